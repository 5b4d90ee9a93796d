import { z } from 'zod';
import { addMoney, isMoney } from '../lib/money.js';
import type { ShopOrder } from '../reengagement/shop-facts.js';
import { fromGmt } from './gmt.js';
import { consentIn, email, list, metaData, metaValues, phoneOf, problemOf, text, typedPhone } from './person-row.js';

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
/** Plugins write numbers as text. Number() alone would take `true` for 1. */
const number = z
  .union([z.number(), z.string().regex(/^(-?\d+(\.\d+)?)?$/)])
  .nullish()
  .transform((value) => Number(value ?? 0));
const itemId = number.pipe(z.int().min(0));

/**
 * What makes it a purchase (status, amounts, times, lines) has to be right. What only describes it (the billing address, meta) is left
 * out where it is odd: to drop the order would make its customer look inactive.
 */
const orderRow = z.looseObject({
  id: z.int().positive(),
  status: z.string().regex(/^[a-z0-9_-]{1,20}$/, { error: 'not a status' }),
  currency: z.string().regex(/^[A-Z]{3}$/, { error: 'not three capital letters' }),
  total: money,
  refunds: list(z.looseObject({ total: money })).refine((refunds) => isStorable(refundedOf(refunds)), {
    error: 'more digits than the mirror holds',
  }),
  customer_id: z.int().min(0).default(0),
  // PHP writes an object without fields as a list.
  billing: z
    .looseObject({
      phone: typedPhone,
      email,
      first_name: text,
      country: text,
    })
    .nullable()
    .catch(null),
  date_created_gmt: moment.refine((at) => at !== null, { error: 'not a date' }),
  date_modified_gmt: moment,
  date_paid_gmt: moment,
  line_items: list(
    z.looseObject({
      product_id: itemId,
      variation_id: itemId,
      quantity: number,
    }),
  ).refine(
    // Lines of the same product become one row.
    (lines) => lines.reduce((sum, { quantity }) => sum + Math.abs(quantity), 0) <= MAX_QUANTITY,
    { error: 'a quantity that the mirror does not hold' },
  ),
  meta_data: metaData,
});
type OrderRow = z.infer<typeof orderRow>;

/** One row of /orders. It never throws: what cannot be read is told as malformed. */
export function parseOrder(row: unknown, parsing: OrderParsing): ShopOrder | MalformedOrder {
  const parsed = orderRow.safeParse(row);
  if (!parsed.success) return { id: orderId(row), problem: problemOf(parsed.error) };
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
    phone: phoneOf(order.billing?.phone ?? '', country, parsing.defaultCountry),
    email: order.billing?.email ?? null,
    firstName: order.billing?.first_name ?? null,
    country: /^[A-Z]{2}$/.test(country) ? country : null,
    createdAt,
    paidAt: order.date_paid_gmt,
    // Imported orders can lack it.
    modifiedAt: order.date_modified_gmt ?? createdAt,
    // A product that was deleted leaves lines with the id 0; what a till takes back has a quantity below zero.
    items: order.line_items
      .filter((item) => item.product_id > 0 && item.quantity > 0)
      .map((item) => ({ productId: item.product_id, variationId: item.variation_id, quantity: item.quantity })),
    marketingConsent: consentIn(order.meta_data, parsing.consentMetaKeys),
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

function language(order: OrderRow, keys: readonly string[]): string | null {
  const tag = (value: unknown) => typeof value === 'string' && /^[A-Za-z]{2,3}([_-][A-Za-z\d]{1,8}){0,3}$/.test(value);
  return (metaValues(order.meta_data, keys).find(tag) as string | undefined) ?? null;
}
