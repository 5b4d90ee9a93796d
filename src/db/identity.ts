import { and, inArray, isNotNull, isNull, sql, type AnyColumn, type SQL } from 'drizzle-orm';
import { chunks } from '../lib/group.js';
import { emailKey, isShared, resolvePerson, type KeyPurchase, type SeenPhones } from '../reengagement/identity.js';
import { anyOf } from './any-of.js';
import { byKey } from './case.js';
import type { Database, Orm } from './pool.js';
import { isPurchase } from './purchase.js';
import { fromUtc } from './utc.js';
import { holdWatermark } from './watermarks.js';

/** What an order says of whose it is. */
export interface OrderIdentity {
  readonly id: number;
  readonly phone: string | null;
  readonly person: string | null;
  /** 0 for a guest. */
  readonly customerId: number;
  readonly email: string | null;
}

/** An account (its id) or an email (emailKey): by these orders without a phone are joined to others. */
export type Key = string;

export function keysOf({ customerId, email }: Pick<OrderIdentity, 'customerId' | 'email'>): Key[] {
  return [customerId > 0 ? String(customerId) : null, emailKey(email)].filter((key) => key !== null);
}

const isEmail = (key: Key) => key.includes('@');

/** The email of an account that the shop has no longer, of which only its no is kept: no account of the shop has it. */
export const GONE = '';

export function isInShop(email: AnyColumn): SQL {
  return sql`NOT (${email} <=> ${GONE})`;
}

/** Held until the transaction ends, by whoever writes orders or accounts: of two at a time, neither would see what the other brings. */
export async function holdIdentities(database: Database, tx: Orm): Promise<void> {
  await holdWatermark(database, tx, 'identities');
}

/** The orders of one key that have the same phone and the same person. */
interface Standing {
  readonly phone: string | null;
  readonly person: string | null;
  /** The newest order outside the trash, and the newest purchase (ms). */
  readonly orderedAt: number | null;
  readonly boughtAt: number | null;
}

/** What stands behind each key that was asked for; null for a till's, which joins nobody. */
type Standings = Map<Key, readonly Standing[] | null>;

/** A key with more phones, or with more orders without one, is a till's: what stands behind it is not fetched. */
const MOST_BEHIND = 200;

async function standingsOf(
  database: Database,
  tx: Orm,
  keys: readonly Key[],
  paidStatuses: readonly string[],
  tills: ReadonlySet<Key>,
): Promise<Standings> {
  const asked = keys.filter((key) => !tills.has(key));
  const read = await groupStandings(database, tx, asked, paidStatuses);
  return new Map(keys.map((key) => [key, tills.has(key) ? null : (read.get(key) ?? [])]));
}

async function groupStandings(
  database: Database,
  tx: Orm,
  keys: readonly Key[],
  paidStatuses: readonly string[],
): Promise<Map<Key, Standing[]>> {
  const { orders } = database.tables;
  const found = new Map<Key, Standing[]>();
  for (const [column, where] of conditions(orders, keys)) {
    const [rows] = await tx.execute(sql`
      SELECT ${column} AS belongs_to, phone, person,
        MAX(CASE WHEN status <> 'trash' THEN created_at END) AS ordered_at,
        MAX(CASE WHEN ${isPurchase(database, paidStatuses)} THEN COALESCE(paid_at, created_at) END) AS bought_at
      FROM ${orders} WHERE ${where} GROUP BY ${column}, phone, person`);
    for (const row of rows as unknown as StandingRow[])
      push(found, String(row.belongs_to), {
        phone: row.phone,
        person: row.person,
        orderedAt: row.ordered_at === null ? null : fromUtc(row.ordered_at),
        boughtAt: row.bought_at === null ? null : fromUtc(row.bought_at),
      });
  }
  return found;
}

interface Tills {
  readonly tills: ReadonlySet<Key>;
  /** Those that this change made one, or no longer one, by their orders without a phone. */
  readonly turned: ReadonlySet<Key>;
}

async function hasManyPhones(database: Database, tx: Orm, where: SQL): Promise<boolean> {
  const { orders } = database.tables;
  const phones = await tx
    .selectDistinct({ phone: orders.phone })
    .from(orders)
    .where(and(where, isNotNull(orders.phone)))
    .limit(MOST_BEHIND + 1);
  return phones.length > MOST_BEHIND;
}

/** Counts in an index who has many orders, and looks at no more of those than it takes to know. */
async function tillsAmong(
  database: Database,
  tx: Orm,
  keys: readonly Key[],
  { before, after }: Pick<Changed, 'before' | 'after'>,
): Promise<Tills> {
  const { orders } = database.tables;
  const changed = new Set([...before, ...after].map(({ id }) => id));
  const tills = new Set<Key>();
  const turned = new Set<Key>();
  for (const [column, where] of conditions(orders, keys)) {
    const [many] = await tx.execute(sql`
      SELECT ${column} AS belongs_to FROM ${orders} WHERE ${where}
      GROUP BY ${column} HAVING COUNT(*) > ${MOST_BEHIND - before.length}`);
    for (const { belongs_to } of many as unknown as Pick<StandingRow, 'belongs_to'>[]) {
      const key = String(belongs_to);
      const own = isEmail(key) ? isAnyEmail(column, [key]) : anyOf(column, [Number(key)]);
      const loose = await tx
        .select({ id: orders.orderId })
        .from(orders)
        .where(and(own, isNull(orders.phone)))
        .limit(MOST_BEHIND + 1 + changed.size);
      const others = loose.filter(({ id }) => !changed.has(id)).length;
      const isCrowded = (list: readonly OrderIdentity[]) =>
        others + list.filter((order) => isLoose(order) && keysOf(order).includes(key)).length > MOST_BEHIND;
      if (isCrowded(before) !== isCrowded(after)) turned.add(key);
      if (isCrowded(after) || (await hasManyPhones(database, tx, own))) tills.add(key);
    }
  }
  return { tills, turned };
}

interface StandingRow {
  readonly belongs_to: string | number;
  readonly phone: string | null;
  readonly person: string | null;
  readonly ordered_at: string | null;
  readonly bought_at: string | null;
}

/** For the accounts and for the emails among the keys, as far as there are any: the column and the condition. */
function conditions(
  { customerId, email }: Readonly<Record<'customerId' | 'email', AnyColumn>>,
  keys: Iterable<Key>,
): (readonly [AnyColumn, SQL])[] {
  const all = [...keys];
  const accounts = all.filter((key) => !isEmail(key)).map(Number);
  const emails = all.filter(isEmail);
  return [
    ...(accounts.length === 0 ? [] : [[customerId, anyOf(customerId, accounts)] as const]),
    ...(emails.length === 0 ? [] : [[email, isAnyEmail(email, emails)] as const]),
  ];
}

/** The tables' collation may take one letter for another. */
function isAnyEmail(column: AnyColumn, emails: readonly string[]): SQL {
  return sql`${anyOf(column, emails)} AND CAST(${column} AS BINARY) IN (${sql.param(emails)})`;
}

function push<K, T>(lists: Map<K, T[]>, key: K, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

/** What changed in the mirror: orders as they were and as they are, and keys of which the shop's accounts say something else. */
export interface Changed {
  readonly before: readonly OrderIdentity[];
  readonly after: readonly OrderIdentity[];
  readonly keys: readonly Key[];
}

export interface Settled {
  readonly persons: readonly string[];
  readonly standings: ReadonlyMap<Key, readonly Standing[] | null>;
}

/**
 * Writes down whose the orders without a phone are that a change concerns. `persons` (E.164, sorted): of whom something may be different
 * now, and whoever shares an account or an email with what changed. `standings`: those that were read and still hold. Identities are to be held.
 */
export async function settlePersons(
  database: Database,
  tx: Orm,
  { before, after, keys }: Changed,
  paidStatuses: readonly string[],
): Promise<Settled> {
  const orders = [...before, ...after];
  const withPhone = orders.filter(({ phone }) => phone !== null);
  const asked = [...new Set([...orders.flatMap(keysOf), ...keys])];
  const { tills, turned } = await tillsAmong(database, tx, asked, { before, after });
  const standings = await standingsOf(database, tx, asked, paidStatuses, tills);
  const open = openKeys(standings, new Set(withPhone.map(({ phone }) => phone)));
  // Only where a phone came, went or changed, or a till was found out, can orders that are stored be somebody else's now.
  const stirred = new Set([
    ...[...withPhone.flatMap(keysOf), ...keys].filter((key) => open.get(key)?.some(isLoose)),
    ...turned,
  ]);
  const loose = new Map(
    [...(await looseOrders(database, tx, stirred)), ...after.filter(isLoose)].map((order) => [order.id, order]),
  );
  const further = [...new Set([...loose.values()].flatMap(keysOf).filter((key) => !standings.has(key)))];
  for (const [key, list] of await unchangedStandings(database, tx, further, paidStatuses)) standings.set(key, list);
  const moved = await resolveOrders(database, tx, [...loose.values()], standings);
  const until = await groupStandings(
    database,
    tx,
    [...turned].filter((key) => tills.has(key)),
    paidStatuses,
  );
  const neighbours = [...open.values(), ...until.values(), ...further.map((key) => standings.get(key) ?? [])].flat();
  const persons = [
    ...withPhone.map(({ phone }) => phone),
    ...[...orders, ...neighbours].map(({ person }) => person),
    ...moved,
  ];
  return {
    persons: [...new Set(persons)].filter((person) => person !== null).sort(),
    standings: moved.length === 0 ? standings : new Map(),
  };
}

/** Of keys that no changed order has. */
async function unchangedStandings(
  database: Database,
  tx: Orm,
  keys: readonly Key[],
  paidStatuses: readonly string[],
): Promise<Standings> {
  const { tills } = await tillsAmong(database, tx, keys, { before: [], after: [] });
  return await standingsOf(database, tx, keys, paidStatuses, tills);
}

function isLoose({ phone }: { readonly phone: string | null }): boolean {
  return phone === null;
}

/** Without the tills: they join nobody, and did not before the phones that are new. */
function openKeys(standings: Standings, isNew: ReadonlySet<string | null>): Map<Key, readonly Standing[]> {
  const isOpen = (list: readonly Standing[]) => !isShared(phonesOf(list).filter((phone) => !isNew.has(phone)));
  return new Map(
    [...standings].flatMap(([key, list]) => (list !== null && isOpen(list) ? [[key, list] as const] : [])),
  );
}

function phonesOf(standings: readonly Standing[]): string[] {
  return standings.flatMap(({ phone, orderedAt }) => (phone === null || orderedAt === null ? [] : [phone]));
}

/** The orders without a phone that are stored under these keys. */
async function looseOrders(database: Database, tx: Orm, keys: Iterable<Key>): Promise<OrderIdentity[]> {
  const { orders } = database.tables;
  const columns = {
    id: orders.orderId,
    phone: orders.phone,
    person: orders.person,
    customerId: orders.customerId,
    email: orders.email,
  };
  const found: OrderIdentity[] = [];
  for (const [, where] of conditions(orders, keys))
    found.push(
      ...(await tx
        .select(columns)
        .from(orders)
        .where(and(where, isNull(orders.phone)))),
    );
  return found;
}

/** Rows that one statement writes: what a CASE costs grows with the square of its keys. */
const GROUP = 100;

/** Returns the persons that orders were taken from or given to. */
async function resolveOrders(
  database: Database,
  tx: Orm,
  loose: readonly OrderIdentity[],
  standings: Settled['standings'],
): Promise<(string | null)[]> {
  if (loose.length === 0) return [];
  const { orders } = database.tables;
  const ofAccounts = await accountPhones(database, tx, new Set(loose.flatMap(keysOf)));
  const seen = (key: Key | null): SeenPhones | undefined =>
    key === null || standings.get(key) === null
      ? undefined
      : {
          ofAccounts: ofAccounts.get(key) ?? [],
          ofOrders: (standings.get(key) ?? []).flatMap(({ phone, orderedAt }) =>
            phone === null || orderedAt === null ? [] : [{ phone, at: orderedAt }],
          ),
        };
  const moved = loose
    .map((order) => {
      const account = order.customerId > 0 ? String(order.customerId) : null;
      return { ...order, now: resolvePerson(order, seen(account), seen(emailKey(order.email))) };
    })
    .filter(({ person, now }) => person !== now);
  for (const group of chunks(moved, GROUP)) {
    const person = byKey(
      orders.orderId,
      group.map(({ id, now }) => [id, now] as const),
    );
    const ids = group.map(({ id }) => id);
    await tx.update(orders).set({ person }).where(inArray(orders.orderId, ids));
  }
  return moved.flatMap(({ person, now }) => [person, now]);
}

/** What the shop's accounts say of these keys, the newest account first. */
async function accountPhones(database: Database, tx: Orm, keys: ReadonlySet<Key>): Promise<Map<Key, string[]>> {
  const { accounts: a } = database.tables;
  const found = new Map<Key, string[]>();
  for (const [column, where] of conditions(a, keys)) {
    const rows = await tx
      .select({ key: sql<string | number>`${column}`, phone: a.phone })
      .from(a)
      .where(and(where, isNotNull(a.phone), isInShop(a.email)))
      .orderBy(sql`${a.customerId} DESC`);
    for (const { key, phone } of rows) if (phone !== null) push(found, String(key), phone);
  }
  return found;
}

/** For each of these keys who bought under it, and when last; nobody where it is a till's. `known`: standings that were read already. */
export async function purchasesByKey(
  database: Database,
  tx: Orm,
  keys: ReadonlySet<Key>,
  known: Settled['standings'],
  paidStatuses: readonly string[],
): Promise<ReadonlyMap<Key, readonly KeyPurchase[]>> {
  const unread = [...keys].filter((key) => !known.has(key));
  const read = await unchangedStandings(database, tx, unread, paidStatuses);
  return new Map(
    [...known, ...read].map(([key, list]) => [
      key,
      list === null || isShared(phonesOf(list))
        ? []
        : list.flatMap(({ person, boughtAt }) =>
            person === null || boughtAt === null ? [] : [{ person, at: boughtAt }],
          ),
    ]),
  );
}
