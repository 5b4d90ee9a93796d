import { and, asc, count, gt, inArray, sql } from 'drizzle-orm';
import type { AttributionRules } from '../reengagement/attribution.js';
import type { ShopAccount } from '../reengagement/shop-facts.js';
import { attributePhones } from './conversions.js';
import { GONE, holdIdentities, isInShop, keysOf, settlePersons } from './identity.js';
import { refreshCustomers } from './order-summary.js';
import type { Database, Orm } from './pool.js';

/**
 * Writes accounts of the shop, and works out anew whose the orders are that lead to them and what they say of consent, in one transaction.
 * The same accounts again change nothing. `now`: when the shop was asked (ms). Returns how many conversions changed.
 */
export async function saveAccounts(
  database: Database,
  accounts: readonly ShopAccount[],
  now: number,
  rules: AttributionRules,
): Promise<number> {
  if (accounts.length === 0) return 0;
  return await database.transaction(async (tx) => {
    await holdIdentities(database, tx);
    const stored = await storedAccounts(
      database,
      tx,
      accounts.map(({ id }) => id),
    );
    const asKept = accounts.map((account) => ({ ...account, email: account.email?.toLowerCase() ?? null }));
    await writeAccounts(database, tx, asKept, now);
    const changed = asKept.filter((account) => !isSame(account, stored.get(account.id)));
    const before = changed.map(({ id }) => stored.get(id)).filter((account) => account !== undefined);
    return await settleAccounts(database, tx, [...before, ...changed], rules);
  });
}

/**
 * Takes accounts out that the shop has no longer. Their orders stay. A no stays too, with the phone that it is of, and joins no orders:
 * whoever withdraws and then closes the account is not written to again. Returns how many conversions changed.
 */
export async function removeAccounts(
  database: Database,
  ids: readonly number[],
  rules: AttributionRules,
): Promise<number> {
  if (ids.length === 0) return 0;
  const { accounts: a } = database.tables;
  return await database.transaction(async (tx) => {
    await holdIdentities(database, tx);
    const stored = await storedAccounts(database, tx, ids);
    await tx.delete(a).where(and(inArray(a.customerId, [...ids]), sql`NOT (${a.consent} <=> 0)`));
    await tx
      .update(a)
      .set({ email: GONE })
      .where(inArray(a.customerId, [...ids]));
    return await settleAccounts(database, tx, [...stored.values()], rules);
  });
}

/** A page of the ids of accounts that the shop has, ascending, after one; start with 0. */
export async function accountIds(database: Database, after: number, limit: number): Promise<number[]> {
  const { accounts: a } = database.tables;
  const rows = await database.query((orm) =>
    orm
      .select({ id: a.customerId })
      .from(a)
      .where(and(gt(a.customerId, after), isInShop(a.email)))
      .orderBy(asc(a.customerId))
      .limit(limit),
  );
  return rows.map(({ id }) => id);
}

export async function countAccounts(database: Database): Promise<number> {
  const { accounts: a } = database.tables;
  const [row] = await database.query((orm) => orm.select({ accounts: count() }).from(a).where(isInShop(a.email)));
  return row?.accounts ?? 0;
}

async function storedAccounts(database: Database, tx: Orm, ids: readonly number[]): Promise<Map<number, ShopAccount>> {
  const { accounts: a } = database.tables;
  const rows = await tx
    .select()
    .from(a)
    .where(inArray(a.customerId, [...ids]));
  return new Map(
    rows.map(({ customerId: id, phone, email, consent }) => [
      id,
      { id, phone, email, consent: consent === null ? null : consent === 1 },
    ]),
  );
}

function isSame(account: ShopAccount, stored: ShopAccount | undefined): boolean {
  const { phone, email, consent } = account;
  return stored?.phone === phone && stored.email === email && stored.consent === consent;
}

async function writeAccounts(database: Database, tx: Orm, list: readonly ShopAccount[], now: number): Promise<void> {
  const taken = (column: string) => sql.raw(`VALUES(${column})`);
  await tx
    .insert(database.tables.accounts)
    .values(
      list.map(({ id, phone, email, consent }) => ({
        customerId: id,
        phone,
        email,
        consent: consent === null ? null : Number(consent),
        checkedAt: new Date(now),
      })),
    )
    .onDuplicateKeyUpdate({
      set: {
        phone: taken('phone'),
        email: taken('email'),
        consent: taken('consent'),
        checkedAt: taken('checked_at'),
      },
    });
}

/** `accounts`: as they were, and as they are. */
async function settleAccounts(
  database: Database,
  tx: Orm,
  accounts: readonly ShopAccount[],
  rules: AttributionRules,
): Promise<number> {
  if (accounts.length === 0) return 0;
  const keys = accounts.flatMap(({ id, email }) => keysOf({ customerId: id, email }));
  const { persons, standings } = await settlePersons(database, tx, { before: [], after: [], keys }, rules.paidStatuses);
  // Nobody gets a row for an account that says nothing: most accounts never ordered.
  const asked = accounts.filter(({ consent }) => consent !== null).map(({ phone }) => phone);
  const phones = [...new Set([...persons, ...asked])].filter((phone) => phone !== null).sort();
  await refreshCustomers(database, tx, { persons: phones, standings }, rules.paidStatuses);
  return await attributePhones(database, tx, phones, rules);
}
