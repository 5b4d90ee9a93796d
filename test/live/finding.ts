import { AppError } from '../../src/lib/errors.js';
import type { ShopClient, ShopParams } from '../../src/shop/client.js';
import { wooErrorCode } from '../../src/shop/shop-error.js';

/** What a check found: the shop does not keep to what the code relies on, or it has nothing to tell it by. A plain sentence without personal data. */
export interface Finding {
  readonly kind: 'differs' | 'cannot tell';
  readonly what: string;
}

/** A rule that the code relies on, and how to ask a shop whether it holds. Nothing is found where it does. */
export interface Check {
  readonly rule: string;
  readonly run: (client: ShopClient) => Promise<Finding[]>;
}

export const differs = (what: string): Finding[] => [{ kind: 'differs', what }];
export const cannotTell = (what: string): Finding[] => [{ kind: 'cannot tell', what }];
export const unless = (holds: boolean, what: string): Finding[] => (holds ? [] : differs(what));

export type Row = Readonly<Record<string, unknown>>;

/** The rows of a collection; no list is one without rows. */
export async function rowsOf(client: ShopClient, path: string, params: ShopParams): Promise<Row[]> {
  const { data } = await client.get(path, params);
  return Array.isArray(data) ? (data as Row[]) : [];
}

export const idsOf = (rows: readonly Row[]): number[] => rows.map(({ id }) => Number(id));

/** `rule`, WooCommerce's own error code, or where it sent none ours; null when the request was answered. */
export async function refusalOf(request: Promise<unknown>): Promise<string | null> {
  try {
    await request;
    return null;
  } catch (error) {
    if (!(error instanceof AppError) || isSilent(error)) throw error;
    return wooErrorCode(error) ?? error.code;
  }
}

/** Runs a check; a request that the shop refused against the rule is a finding too. Throws when the shop does not answer at all. */
export async function findingsOf({ run }: Check, client: ShopClient): Promise<Finding[]> {
  try {
    return await run(client);
  } catch (error) {
    if (!(error instanceof AppError) || isSilent(error)) throw error;
    return differs(error.message);
  }
}

function isSilent({ code }: AppError): boolean {
  return code === 'SHOP_UNREACHABLE' || code === 'SHOP_BUSY';
}
