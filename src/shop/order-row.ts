import { z } from 'zod';
import { addMoney, isMoney } from '../lib/money.js';
import { normalisePhone } from '../lib/phone.js';
import type { ShopOrder } from '../reengagement/shop-facts.js';
import { fromGmt } from './gmt.js';
import { plainText } from './text.js';

export interface OrderParsing {
  /** ISO 3166 alpha-2, for phones whose order names no country or the wrong one. */
  readonly defaultCountry: string | null;
  readonly consentMetaKeys: readonly string[];
  readonly languageMetaKeys: readonly string[];
}

/** An order that is not what WooCommerce documents: which, and what is wrong with which field. No value of it is repeated. */
export interface MalformedOrder {
  readonly id: number | null;
  readonly problem: string;
}

/** PHP writes a list whose numbering has a gap as an object. */
const list = <T extends z.ZodType>(item: T) =>
  z.preprocess(
    (value) => (typeof value === 'object' && value !== null ? Object.values(value) : value),
    z.array(item).default([]),
  );
/** The mirror's columns hold 18 digits before the point and 8 behind it. */
const isStorable = (amount: string) => /^-?\d{1,18}(\.\d{1,8})?$/.test(amount);
const money = z
  .union([z.string(), z.number()])
  .transform(String)
  .refine(isMoney, { error: 'not an amount', abort: true })
  .refine(isStorable, { error: 'more digits than the mirror holds' });
const MAX_QUANTITY = 2_147_483_647;
const moment = z
  .string()
  .nullish()
  .transform((value) => fromGmt(value));
const text = z
  .string()
  .nullish()
  .transform((value) => plainText(value ?? '') || null);

const orderRow = z.looseObject({
  id: z.int().positive(),
  status: z.string().regex(/^[a-z0-9_-]{1,20}$/, { error: 'not a status' }),
  currency: z.string().regex(/^[A-Z]{3}$/, { error: 'not three capital letters' }),
  total: money,
  refunds: list(z.looseObject({ total: money })).refine((refunds) => isStorable(refundedOf(refunds)), {
    error: 'more digits than the mirror holds',
  }),
  customer_id: z.int().min(0).default(0),
  billing: z.preprocess(
    // PHP writes an object without fields as a list.
    (value) => (Array.isArray(value) ? {} : value),
    z
      .looseObject({ phone: z.union([z.string(), z.number()]).nullish(), email: text, first_name: text, country: text })
      .optional(),
  ),
  date_created_gmt: moment.refine((at) => at !== null, { error: 'not a date' }),
  date_modified_gmt: moment,
  date_paid_gmt: moment,
  line_items: list(
    z.looseObject({
      product_id: z.coerce.number().int(),
      variation_id: z.coerce.number().int().min(0).default(0),
      quantity: z.coerce.number(),
    }),
  ).refine(
    // Lines of the same product become one row.
    (lines) => lines.reduce((sum, { quantity }) => sum + Math.abs(quantity), 0) <= MAX_QUANTITY,
    { error: 'a quantity that the mirror does not hold' },
  ),
  meta_data: list(z.looseObject({ key: z.unknown(), value: z.unknown() })),
});
type OrderRow = z.infer<typeof orderRow>;

/** One row of /orders. It never throws: what cannot be read is told as malformed. */
export function parseOrder(row: unknown, parsing: OrderParsing): ShopOrder | MalformedOrder {
  const parsed = orderRow.safeParse(row);
  if (!parsed.success) return { id: orderId(row), problem: problem(parsed.error) };
  const order = parsed.data;
  const createdAt = order.date_created_gmt;
  const country = order.billing?.country?.toUpperCase() ?? '';
  return {
    id: order.id,
    status: order.status,
    currency: order.currency,
    total: order.total,
    refunded: refundedOf(order.refunds),
    customerId: order.customer_id,
    phone: phone(order, country, parsing.defaultCountry),
    email: order.billing?.email ?? null,
    firstName: order.billing?.first_name ?? null,
    country: /^[A-Z]{2}$/.test(country) ? country : null,
    createdAt,
    paidAt: order.date_paid_gmt,
    // Imported orders can lack it.
    modifiedAt: order.date_modified_gmt ?? createdAt,
    // A product that was deleted leaves lines with the id 0.
    items: order.line_items
      .filter((item) => item.product_id > 0)
      .map((item) => ({ productId: item.product_id, variationId: item.variation_id, quantity: item.quantity })),
    marketingConsent: consent(order, parsing.consentMetaKeys),
    language: language(order, parsing.languageMetaKeys),
  };
}

function refundedOf(refunds: readonly { total: string }[]): string {
  return refunds.map(({ total }) => total.replace(/^-/, '')).reduce(addMoney, '0');
}

export function orderId(row: unknown): number | null {
  return typeof row === 'object' && row !== null && 'id' in row && typeof row.id === 'number' ? row.id : null;
}

/** When the row was modified, milliseconds, or null. */
export function orderModifiedAt(row: unknown): number | null {
  if (typeof row !== 'object' || row === null || !('date_modified_gmt' in row)) return null;
  return typeof row.date_modified_gmt === 'string' ? fromGmt(row.date_modified_gmt) : null;
}

function problem(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'row'}: ${issue.message}`).join('; ');
}

function phone(order: OrderRow, country: string, defaultCountry: string | null): string | null {
  const typed = String(order.billing?.phone ?? '');
  if (typed === '') return null;
  return normalisePhone(typed, country === '' ? null : country) ?? normalisePhone(typed, defaultCountry);
}

/** Where several keys speak, a no wins. A value that is neither a yes nor a no says nothing. */
function consent(order: OrderRow, keys: readonly string[]): boolean | null {
  const said = metaValues(order, keys).map(yesOrNo);
  if (said.includes(false)) return false;
  return said.includes(true) ? true : null;
}

function yesOrNo(value: unknown): boolean | null {
  if (value === null || value === undefined) return false;
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return null;
  const word = String(value).trim().toLowerCase();
  if (['yes', '1', 'true', 'on'].includes(word)) return true;
  return ['no', '0', 'false', ''].includes(word) ? false : null;
}

function language(order: OrderRow, keys: readonly string[]): string | null {
  const tag = (value: unknown) => typeof value === 'string' && /^[A-Za-z]{2,3}([_-][A-Za-z\d]{1,8}){0,3}$/.test(value);
  return (metaValues(order, keys).find(tag) as string | undefined) ?? null;
}

function metaValues(order: OrderRow, keys: readonly string[]): unknown[] {
  return keys.flatMap((key) => order.meta_data.filter((meta) => meta.key === key).map((meta) => meta.value));
}
