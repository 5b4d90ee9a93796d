import { z } from 'zod';
import { firstPhoneIn } from '../lib/phone.js';
import { plainText } from './text.js';

/** What the rows of /orders and of /customers say of a person in the same way. */

/** PHP writes a list whose numbering has a gap as an object. */
export const list = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => (typeof value === 'object' ? Object.values(value ?? {}) : value), z.array(item).default([]));
/** What WooCommerce's eraser leaves: `[deleted]` in the site's language, and an address under a domain that nobody has (RFC 2606). */
const ERASED = /^\[[^\]]*\]$|\.invalid$/i;
export const text = z
  .string()
  .catch('')
  .transform((value) => plainText(value).replace(ERASED, '') || null);
/** The mirror holds 191 characters, and an address that is cut is somebody else's. */
export const email = text.transform((value) =>
  /^[^\s@]{1,64}@[^\s@]{1,100}\.[^\s@.]{1,24}$/.test(value ?? '') ? value : null,
);
export const typedPhone = z.union([z.string(), z.number()]).catch('');
export const metaData = list(
  z.looseObject({ key: z.unknown(), value: z.unknown() }).catch({ key: null, value: null }),
).catch([]);
type MetaData = z.infer<typeof metaData>;

/** What is wrong with which field. No value of it is repeated. */
export function problemOf(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'row'}: ${issue.message}`).join('; ');
}

/** `country`: of the billing address, '' for none; its phone may be written for the shop's own (`defaultCountry`) all the same. */
export function phoneOf(typed: string | number, country: string, defaultCountry: string | null): string | null {
  const text = String(typed);
  if (text === '') return null;
  return firstPhoneIn(text, country === '' ? null : country) ?? firstPhoneIn(text, defaultCountry);
}

/** Where several keys speak, a no wins. A value that is neither a yes nor a no says nothing. */
export function consentIn(meta: MetaData, keys: readonly string[]): boolean | null {
  const said = metaValues(meta, keys).map(yesOrNo);
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

export function metaValues(meta: MetaData, keys: readonly string[]): unknown[] {
  return keys.flatMap((key) => meta.filter((one) => one.key === key).map(({ value }) => value));
}
