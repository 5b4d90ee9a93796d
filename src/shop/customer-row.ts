import { z } from 'zod';
import type { ShopAccount } from '../reengagement/shop-facts.js';
import type { OrderParsing } from './order-row.js';
import { consentIn, email, metaData, phoneOf, problemOf, text, typedPhone } from './person-row.js';

/** `consentMetaKeys`: of accounts, which have keys of their own. */
export type AccountParsing = Pick<OrderParsing, 'defaultCountry' | 'consentMetaKeys'>;

/** A row that is not what WooCommerce documents. No value of it is repeated. */
export interface MalformedAccount {
  readonly id: number | null;
  readonly problem: string;
}

/** What only describes the account is left out where it is odd. */
const accountRow = z.looseObject({
  id: z.int().positive(),
  email,
  billing: z.looseObject({ phone: typedPhone, email, country: text }).nullable().catch(null),
  meta_data: metaData,
});

/** One row of /customers. It never throws: what cannot be read is told as malformed. */
export function parseAccount(row: unknown, parsing: AccountParsing): ShopAccount | MalformedAccount {
  const parsed = accountRow.safeParse(row);
  if (!parsed.success) return { id: accountId(row), problem: problemOf(parsed.error) };
  const { id, email: login, billing, meta_data: meta } = parsed.data;
  return {
    id,
    phone: phoneOf(billing?.phone ?? '', billing?.country?.toUpperCase() ?? '', parsing.defaultCountry),
    // Orders carry the billing address's.
    email: billing?.email ?? login,
    consent: consentIn(meta, parsing.consentMetaKeys),
  };
}

export function accountId(row: unknown): number | null {
  return typeof row === 'object' && row !== null && 'id' in row && typeof row.id === 'number' ? row.id : null;
}
