import { and, asc, gt, gte, inArray, or, sql } from 'drizzle-orm';
import { chunks } from '../lib/group.js';
import { compareMoney } from '../lib/money.js';
import { canonicalPhone, isE164, phoneSpellings } from '../lib/phone.js';
import {
  attribute,
  type AttributableOrder,
  type AttributionRules,
  type Conversion,
} from '../reengagement/attribution.js';
import { byKey } from './case.js';
import { lockCustomers } from './customers.js';
import type { Database, Orm } from './pool.js';
import { secondDate, utcSecond } from './utc.js';

/**
 * Works out anew what the messages to these people brought, and writes what is different. Their customers rows have to be locked (lock
 * order: customers, then the log). `phones`: as the mirror has them. Returns how many conversions came, went or changed; a second time 0.
 */
export async function attributePhones(
  database: Database,
  tx: Orm,
  phones: readonly string[],
  rules: AttributionRules,
): Promise<number> {
  if (phones.length === 0) return 0;
  const messages = await messagesOf(database, tx, phones);
  // Before the orders: whoever writes an order writes its conversion with it, so none is found here without its order.
  const stored = await storedConversions(database, tx, phones);
  if (messages.size === 0 && stored.length === 0) return 0;
  const orders = await ordersOf(database, tx, [...messages.keys()]);
  const wanted = [...messages].flatMap(([phone, list]) =>
    attribute(list, orders.get(phone) ?? [], rules).map((conversion) => ({ ...conversion, phone })),
  );
  const changed = await writeConversions(database, tx, stored, wanted);
  await writeDocumentedColumns(database, tx, [...messages.values()].flat(), wanted);
  return changed;
}

/** Rows that one statement writes: what a CASE costs grows with the square of its keys. */
const GROUP = 100;

type Wanted = Conversion & { readonly phone: string };

interface Message {
  readonly id: number;
  readonly status: string | null;
  readonly sentAt: number;
  readonly converted: number | null;
  readonly orderId: number | null;
  readonly convertedAt: Date | null;
}

async function messagesOf(database: Database, tx: Orm, phones: readonly string[]): Promise<Map<string, Message[]>> {
  const { reengagementLog: log } = database.tables;
  const asMirrored = new Map(phones.map((phone) => [canonicalPhone(phone), phone]));
  const rows = await tx
    .select({
      id: log.id,
      customerPhone: log.customerPhone,
      status: log.status,
      sentAt: log.sentAt,
      converted: log.converted,
      orderId: log.orderId,
      convertedAt: log.convertedAt,
    })
    .from(log)
    .where(inArray(log.customerPhone, phones.flatMap(phoneSpellings)));
  const found = new Map<string, Message[]>();
  for (const { customerPhone, ...row } of rows) {
    const phone = asMirrored.get(canonicalPhone(customerPhone));
    if (phone === undefined) continue;
    push(found, phone, { ...row, sentAt: row.sentAt.getTime() });
  }
  return found;
}

function push<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

async function storedConversions(database: Database, tx: Orm, phones: readonly string[]) {
  const { conversions } = database.tables;
  return await tx
    .select()
    .from(conversions)
    .where(inArray(conversions.phone, [...phones]));
}

async function ordersOf(database: Database, tx: Orm, phones: readonly string[]) {
  const found = new Map<string, AttributableOrder[]>();
  if (phones.length === 0) return found;
  const { orders } = database.tables;
  const rows = await tx
    .select({
      id: orders.orderId,
      phone: orders.person,
      status: orders.status,
      currency: orders.currency,
      total: orders.total,
      refunded: orders.refunded,
      createdAt: orders.createdAt,
      paidAt: orders.paidAt,
    })
    .from(orders)
    .where(inArray(orders.person, [...phones]));
  for (const { phone, ...row } of rows)
    if (phone !== null)
      push(found, phone, { ...row, createdAt: row.createdAt.getTime(), paidAt: row.paidAt?.getTime() ?? null });
  return found;
}

type Stored = Awaited<ReturnType<typeof storedConversions>>[number];

async function writeConversions(
  database: Database,
  tx: Orm,
  stored: readonly Stored[],
  wanted: readonly Wanted[],
): Promise<number> {
  const { conversions } = database.tables;
  const before = new Map(stored.map((row) => [row.orderId, row]));
  const kept = new Set(wanted.map(({ orderId }) => orderId));
  const gone = stored.map(({ orderId }) => orderId).filter((orderId) => !kept.has(orderId));
  const changed = wanted.filter((conversion) => !isStored(conversion, before.get(conversion.orderId)));
  for (const group of chunks(gone, GROUP)) await tx.delete(conversions).where(inArray(conversions.orderId, group));
  const taken = (column: string) => sql.raw(`VALUES(${column})`);
  for (const group of chunks(changed, GROUP)) {
    await tx
      .insert(conversions)
      .values(
        group.map(({ messageId, convertedAt, ...row }) => ({
          ...row,
          logId: messageId,
          convertedAt: secondDate(convertedAt),
        })),
      )
      .onDuplicateKeyUpdate({
        set: {
          logId: taken('log_id'),
          phone: taken('phone'),
          currency: taken('currency'),
          revenue: taken('revenue'),
          convertedAt: taken('converted_at'),
        },
      });
  }
  return gone.length + changed.length;
}

function isStored(wanted: Wanted, row: Stored | undefined): boolean {
  return (
    row !== undefined &&
    row.logId === wanted.messageId &&
    row.phone === wanted.phone &&
    row.currency === wanted.currency &&
    compareMoney(row.revenue, wanted.revenue) === 0 &&
    row.convertedAt.getTime() === wanted.convertedAt
  );
}

/** The documented columns of the log hold a message's first conversion. */
async function writeDocumentedColumns(
  database: Database,
  tx: Orm,
  messages: readonly Message[],
  wanted: readonly Conversion[],
): Promise<void> {
  const { reengagementLog: log } = database.tables;
  const first = new Map(wanted.toReversed().map((conversion) => [conversion.messageId, conversion]));
  const changed = messages.filter(
    ({ id, converted, orderId, convertedAt }) =>
      (converted ?? 0) !== (first.has(id) ? 1 : 0) ||
      orderId !== (first.get(id)?.orderId ?? null) ||
      (convertedAt?.getTime() ?? null) !== (first.get(id)?.convertedAt ?? null),
  );
  for (const group of chunks(changed, GROUP)) {
    const ids = group.map(({ id }) => id);
    const pick = (value: (conversion: Conversion | undefined) => unknown) =>
      byKey(
        log.id,
        ids.map((id) => [id, value(first.get(id))] as const),
      );
    await tx
      .update(log)
      .set({
        converted: pick((conversion) => (conversion === undefined ? 0 : 1)),
        orderId: pick((conversion) => conversion?.orderId ?? null),
        convertedAt: pick((conversion) => (conversion === undefined ? null : utcSecond(conversion.convertedAt))),
      })
      .where(inArray(log.id, ids));
  }
}

/** Messages read at a time. */
const PAGE = 200;

/**
 * Attributes anew everyone who was sent a message at or after `since` (ms), a page at a time, each in a transaction of its own. Returns how
 * many conversions changed. `onPage` is told how many people are done.
 */
export async function attributeSince(
  database: Database,
  since: number,
  rules: AttributionRules,
  onPage: (people: number) => void = () => undefined,
): Promise<number> {
  let changed = 0;
  let people = 0;
  for (let after = { sentAt: since, id: 0 }; ;) {
    const page = await latestMessages(database, since, after);
    const last = page.at(-1);
    if (last === undefined) return changed;
    const phones = page.map((row) => canonicalPhone(row.phone)).filter(isE164);
    changed += await attributeLocked(database, [...new Set(phones)].sort(), rules);
    people += phones.length;
    onPage(people);
    after = { sentAt: last.sentAt.getTime(), id: last.id };
  }
}

/**
 * A page of the messages behind `after` of which each has the highest id of its phone since then, so that everyone is met once. The highest id
 * is the last entry of the phone's index: no other message of the phone is read for it. Without the hint the table could be read from its end.
 */
async function latestMessages(
  database: Database,
  since: number,
  after: { readonly sentAt: number; readonly id: number },
) {
  const { reengagementLog: log } = database.tables;
  const at = secondDate(after.sentAt);
  return await database.query((orm) =>
    orm
      .select({ id: log.id, phone: log.customerPhone, sentAt: log.sentAt })
      .from(log)
      .where(
        and(
          gte(log.sentAt, at),
          or(gt(log.sentAt, at), gt(log.id, after.id)),
          sql`${log}.id = (SELECT other.id FROM ${log} other IGNORE INDEX (PRIMARY) WHERE other.customer_phone = ${log}.customer_phone AND other.sent_at >= ${utcSecond(since)} ORDER BY other.id DESC LIMIT 1)`,
        ),
      )
      .orderBy(asc(log.sentAt), asc(log.id))
      .limit(PAGE),
  );
}

async function attributeLocked(
  database: Database,
  phones: readonly string[],
  rules: AttributionRules,
): Promise<number> {
  if (phones.length === 0) return 0;
  return await database.transaction(async (tx) => {
    await lockCustomers(database, tx, phones);
    return await attributePhones(database, tx, phones, rules);
  });
}
