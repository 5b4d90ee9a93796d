import type { ShopAccount } from '../reengagement/shop-facts.js';
import type { ShopClient } from './client.js';
import { accountId, parseAccount, type AccountParsing, type MalformedAccount } from './customer-row.js';
import { CUSTOMER_FIELDS, PAGE_SIZE } from './fields.js';
import { getPage } from './page.js';
import { badAnswer, wooErrorCode } from './shop-error.js';

export interface Accounts {
  readonly accounts: readonly ShopAccount[];
  readonly malformed: readonly MalformedAccount[];
}

export interface AccountsWalk {
  /** The highest id that is known already: the walk ends there. */
  readonly above: number;
  readonly from: WalkPosition;
  readonly parse: AccountParsing;
}

export interface WalkPosition {
  readonly page: number;
  /** How many accounts the shop had when the page before was read. */
  readonly total: number | null;
}

export interface AccountsPage extends Accounts {
  /** 0 on a page without any. */
  readonly highest: number;
  readonly next: WalkPosition;
}

/** Without `role` WooCommerce leaves out subscribers and all the others who are no `customer` but may have bought. */
const EVERYBODY = { role: 'all', _fields: CUSTOMER_FIELDS };

/**
 * The shop's accounts by descending id, down to a known one: there is no filter for new or changed ones (`modified_after` is ignored). New accounts only
 * repeat rows; where the shop has fewer than before, rows have come forward past the reader, who steps back. Errors are the client's.
 */
export async function* walkAccounts(
  client: ShopClient,
  { above, from, parse }: AccountsWalk,
): AsyncGenerator<AccountsPage> {
  for (let { page, total } = from; ;) {
    const answer = await getPage(client, 'customers', { ...EVERYBODY, orderby: 'id', order: 'desc' }, page);
    const gone = (total ?? 0) - (answer.total ?? total ?? 0);
    total = answer.total;
    if (gone > 0 && page > 1) {
      page = Math.max(1, page - Math.ceil(gone / PAGE_SIZE));
      continue;
    }
    const ids = answer.rows.map(accountId).filter((id) => id !== null);
    if (ids.some((id, index) => id > (ids[index - 1] ?? id)))
      throw badAnswer('customers', 'rows in another order than asked for');
    page += 1;
    yield { ...parsed(answer.rows, parse), highest: ids[0] ?? 0, next: { page, total } };
    if (!answer.more || ids.some((id) => id <= above)) return;
  }
}

/** Up to 100 accounts by their ids. `missing`: those that the shop did not name, which is not yet a proof that they are gone. */
export async function accountsById(
  client: ShopClient,
  ids: readonly number[],
  parse: AccountParsing,
): Promise<Accounts & { readonly missing: readonly number[] }> {
  const { rows } = await getPage(client, 'customers', { ...EVERYBODY, include: ids });
  const found = new Set(rows.map(accountId));
  return { ...parsed(rows, parse), missing: ids.filter((id) => !found.has(id)) };
}

/** Null when the shop says that there is no such account. */
export async function findAccount(
  client: ShopClient,
  id: number,
  parse: AccountParsing,
): Promise<ShopAccount | MalformedAccount | null> {
  try {
    return parseAccount((await client.get(`customers/${id}`, { _fields: CUSTOMER_FIELDS })).data, parse);
  } catch (error) {
    if (wooErrorCode(error) === 'wc_user_invalid_id') return null;
    throw error;
  }
}

function parsed(rows: readonly unknown[], parse: AccountParsing): Accounts {
  const all = rows.map((row) => parseAccount(row, parse));
  return {
    accounts: all.filter((account): account is ShopAccount => !('problem' in account)),
    malformed: all.filter((account): account is MalformedAccount => 'problem' in account),
  };
}
