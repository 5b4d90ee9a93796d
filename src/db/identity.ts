import { and, inArray, isNull, sql, type AnyColumn, type SQL } from 'drizzle-orm';
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

/** A key with more is a till: what stands behind it is not fetched. */
const MOST_STANDINGS = 200;

async function standingsOf(
  database: Database,
  tx: Orm,
  keys: ReadonlySet<Key>,
  paidStatuses: readonly string[],
): Promise<Map<Key, Standing[]>> {
  const { orders } = database.tables;
  const found = new Map<Key, Standing[]>();
  const read = async (column: AnyColumn, where: SQL) => {
    const [rows] = await tx.execute(sql`
      SELECT * FROM (
        SELECT ${column} AS belongs_to, phone, person,
          MAX(CASE WHEN status <> 'trash' THEN created_at END) AS ordered_at,
          MAX(CASE WHEN ${isPurchase(database, paidStatuses)} THEN COALESCE(paid_at, created_at) END) AS bought_at,
          COUNT(*) OVER (PARTITION BY ${column}) AS standings
        FROM ${orders} WHERE ${where} GROUP BY ${column}, phone, person
      ) AS grouped WHERE standings <= ${MOST_STANDINGS}`);
    for (const row of rows as unknown as StandingRow[])
      push(found, String(row.belongs_to), {
        phone: row.phone,
        person: row.person,
        orderedAt: row.ordered_at === null ? null : fromUtc(row.ordered_at),
        boughtAt: row.bought_at === null ? null : fromUtc(row.bought_at),
      });
  };
  const { accounts, emails } = split(keys);
  if (accounts.length > 0) await read(orders.customerId, anyOf(orders.customerId, accounts));
  if (emails.length > 0) await read(orders.email, isAnyEmail(orders.email, emails));
  return found;
}

interface StandingRow {
  readonly belongs_to: string | number;
  readonly phone: string | null;
  readonly person: string | null;
  readonly ordered_at: string | null;
  readonly bought_at: string | null;
}

function split(keys: Iterable<Key>): { readonly accounts: number[]; readonly emails: string[] } {
  const all = [...keys];
  return { accounts: all.filter((key) => !isEmail(key)).map(Number), emails: all.filter(isEmail) };
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
  readonly standings: ReadonlyMap<Key, readonly Standing[]>;
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
  const standings = await standingsOf(database, tx, new Set([...orders.flatMap(keysOf), ...keys]), paidStatuses);
  const open = openKeys(standings, new Set(withPhone.map(({ phone }) => phone)));
  // Only where a phone came, went or changed can orders that are stored be somebody else's now.
  const stirred = [...withPhone.flatMap(keysOf), ...keys].filter((key) => open.get(key)?.some(isLoose));
  const loose = new Map(
    [...(await looseOrders(database, tx, stirred)), ...after.filter(isLoose)].map((order) => [order.id, order]),
  );
  const further = new Set([...loose.values()].flatMap(keysOf).filter((key) => !standings.has(key)));
  for (const [key, list] of await standingsOf(database, tx, further, paidStatuses)) standings.set(key, list);
  const moved = await resolveOrders(database, tx, [...loose.values()], standings);
  const neighbours = [...open.values(), ...[...further].map((key) => standings.get(key) ?? [])].flat();
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

function isLoose({ phone }: { readonly phone: string | null }): boolean {
  return phone === null;
}

/** Without the tills: they join nobody, and did not before the phones that are new. */
function openKeys(standings: ReadonlyMap<Key, Standing[]>, isNew: ReadonlySet<string | null>): Map<Key, Standing[]> {
  return new Map([...standings].filter(([, list]) => !isShared(phonesOf(list).filter((phone) => !isNew.has(phone)))));
}

function phonesOf(standings: readonly Standing[]): string[] {
  return standings.flatMap(({ phone, orderedAt }) => (phone === null || orderedAt === null ? [] : [phone]));
}

/** The orders without a phone that are stored under these keys. */
async function looseOrders(database: Database, tx: Orm, keys: readonly Key[]): Promise<OrderIdentity[]> {
  const { orders } = database.tables;
  const columns = {
    id: orders.orderId,
    phone: orders.phone,
    person: orders.person,
    customerId: orders.customerId,
    email: orders.email,
  };
  const { accounts, emails } = split(keys);
  const found: OrderIdentity[] = [];
  for (const where of [
    accounts.length === 0 ? null : anyOf(orders.customerId, accounts),
    emails.length === 0 ? null : isAnyEmail(orders.email, emails),
  ])
    if (where !== null)
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
  standings: ReadonlyMap<Key, readonly Standing[]>,
): Promise<(string | null)[]> {
  if (loose.length === 0) return [];
  const { orders } = database.tables;
  const ofAccounts = await accountPhones(database, tx, new Set(loose.flatMap(keysOf)));
  const seen = (key: Key | null): SeenPhones | undefined =>
    key === null
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
  const { accounts, emails } = split(keys);
  const found = new Map<Key, string[]>();
  const read = async (column: AnyColumn, where: SQL) => {
    const rows = await tx
      .select({ key: sql<string | number>`${column}`, phone: a.phone })
      .from(a)
      .where(and(where, sql`${a.phone} IS NOT NULL`))
      .orderBy(sql`${a.customerId} DESC`);
    for (const { key, phone } of rows) if (phone !== null) push(found, String(key), phone);
  };
  if (accounts.length > 0) await read(a.customerId, anyOf(a.customerId, accounts));
  if (emails.length > 0) await read(a.email, isAnyEmail(a.email, emails));
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
  const unread = new Set([...keys].filter((key) => !known.has(key)));
  const read = await standingsOf(database, tx, unread, paidStatuses);
  return new Map(
    [...known, ...read].map(([key, list]) => [
      key,
      isShared(phonesOf(list))
        ? []
        : list.flatMap(({ person, boughtAt }) =>
            person === null || boughtAt === null ? [] : [{ person, at: boughtAt }],
          ),
    ]),
  );
}
