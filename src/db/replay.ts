import { and, eq, gte, inArray, isNotNull, isNull, ne, notInArray, or, sql } from 'drizzle-orm';
import { canonicalPhone, phoneSpellings } from '../lib/phone.js';
import { insertGroup, type ActionRow, type NewAction } from './actions.js';
import { changeActions, type Changed, type Refusal } from './by-hand.js';
import { byKey } from './case.js';
import { historyLine, withLastEnding } from './history.js';
import type { ActionSelection } from './journal.js';
import type { Database, Orm } from './pool.js';
import { utcMilli } from './utc.js';

export interface Replay {
  readonly now: number;
  readonly unfinishedKey: (action: ActionRow) => string | null;
  /** The arguments to run it with, or undefined where they stay as they are. */
  readonly args: (action: ActionRow) => unknown;
  readonly deleteCoupon: (couponCode: string) => NewAction;
  /** The campaign type of a message that must not come twice: not one about products, whose views say whether they were told. */
  readonly campaignType: (action: ActionRow) => string | null;
}

/**
 * Makes failed or canceled actions pending again, due now and with no attempt counted. A send keeps its row in the log: reserveSlots
 * takes a failed one up again, after every check that any send has to pass. Refused are actions whose message may have been sent, and
 * those whose key another unfinished action holds.
 */
export async function retryActions(
  database: Database,
  selection: ActionSelection,
  replay: Replay,
  onChanged?: (count: number) => void,
): Promise<Changed> {
  const retry = async (tx: Orm, actions: readonly ActionRow[]) => {
    const begun = await begunMessages(database, tx, actions);
    const sentSince = await outdoneMessages(database, tx, actions, replay);
    const ready = actions.filter(({ id }) => !begun.has(id) && !sentSince.has(id));
    const back = ready.length === 0 ? [] : await makePending(database, tx, ready, replay);
    const held = ready.filter((action) => !back.includes(action));
    await replaceArguments(database, tx, back, replay);
    await dropCoupons(database, tx, back, replay);
    return [
      ...[...begun].map((id): Refusal => ({ kind: 'begun', id })),
      ...[...sentSince].filter((id) => !begun.has(id)).map((id): Refusal => ({ kind: 'sent_since', id })),
      ...(await withHolders(database, tx, held, replay)),
    ];
  };
  return await changeActions(database, 'retry', selection, retry, onChanged);
}

async function begunMessages(database: Database, tx: Orm, actions: readonly ActionRow[]): Promise<Set<number>> {
  const { reengagementLog: log } = database.tables;
  const rows = await tx
    .select({ id: log.actionId })
    .from(log)
    .where(
      and(
        inArray(log.actionId, idsOf(actions)),
        or(isNull(log.status), notInArray(log.status, ['reserved', 'failed'])),
      ),
    );
  return new Set(rows.map((row) => row.id ?? 0));
}

/** The failure gave the day's key up, so the next run may have sent the same: only the cap would keep it from coming twice. */
async function outdoneMessages(
  database: Database,
  tx: Orm,
  actions: readonly ActionRow[],
  { campaignType }: Replay,
): Promise<Set<number>> {
  const messages = actions.flatMap((action) => {
    const { id, phone, createdAt } = action;
    const type = campaignType(action);
    return phone === null || type === null ? [] : [{ id, phone, type, createdAt }];
  });
  if (messages.length === 0) return new Set();
  const { reengagementLog: log } = database.tables;
  const rows = await tx
    .select({ phone: log.customerPhone, type: log.campaignType, sentAt: log.sentAt, actionId: log.actionId })
    .from(log)
    .where(
      and(
        inArray(log.customerPhone, [...new Set(messages.flatMap(({ phone }) => phoneSpellings(phone)))]),
        gte(log.sentAt, new Date(Math.min(...messages.map(({ createdAt }) => createdAt)))),
        or(isNull(log.status), ne(log.status, 'failed')),
      ),
    );
  const sent = new Map<string, typeof rows>();
  for (const row of rows) {
    const key = JSON.stringify([canonicalPhone(row.phone), row.type]);
    sent.set(key, [...(sent.get(key) ?? []), row]);
  }
  const isOutdone = ({ id, phone, type, createdAt }: (typeof messages)[number]) =>
    sent
      .get(JSON.stringify([phone, type]))
      ?.some(({ actionId, sentAt }) => actionId !== id && sentAt.getTime() >= createdAt) === true;
  return new Set(messages.filter(isOutdone).map(({ id }) => id));
}

/** Leaves out whose key is taken, also by a neighbour or by whoever dispatches the same at this moment: hence IGNORE and no look before. */
async function makePending(
  database: Database,
  tx: Orm,
  actions: readonly ActionRow[],
  { now, unfinishedKey }: Replay,
): Promise<ActionRow[]> {
  const { actions: a } = database.tables;
  const keys = actions.map((action) => [action.id, unfinishedKey(action)] as const);
  await tx.execute(sql`
    UPDATE IGNORE ${a} SET
      history = ${withLastEnding(database, actions, historyLine(now, 'retried by hand'))},
      status = 'pending',
      scheduled_at = ${utcMilli(now)},
      attempts = 0,
      unfinished_key = ${byKey(a.id, keys)},
      ended_at = NULL,
      reason = NULL,
      result = NULL,
      error = NULL
    WHERE ${inArray(a.id, idsOf(actions))} ORDER BY id`);
  const rows = await tx
    .select({ id: a.id })
    .from(a)
    .where(and(inArray(a.id, idsOf(actions)), eq(a.status, 'pending')));
  const pending = new Set(rows.map((row) => row.id));
  return actions.filter((action) => pending.has(action.id));
}

async function replaceArguments(database: Database, tx: Orm, actions: readonly ActionRow[], replay: Replay) {
  const { actions: a } = database.tables;
  const changed = actions.flatMap((action) => {
    const args = replay.args(action);
    return args === undefined ? [] : [[action.id, JSON.stringify(args)] as const];
  });
  if (changed.length === 0) return;
  await tx
    .update(a)
    .set({ args: byKey(a.id, changed) })
    .where(
      inArray(
        a.id,
        changed.map(([id]) => id),
      ),
    );
}

/** The refusal had the coupon deleted, perhaps not yet: the same code, made again, could be deleted after it has reached the customer. */
async function dropCoupons(
  database: Database,
  tx: Orm,
  actions: readonly ActionRow[],
  { now, deleteCoupon }: Replay,
): Promise<void> {
  if (actions.length === 0) return;
  const { reengagementLog: log } = database.tables;
  const withCoupon = and(inArray(log.actionId, idsOf(actions)), isNotNull(log.couponCode));
  const rows = await tx.select({ code: log.couponCode }).from(log).where(withCoupon);
  const codes = rows.flatMap(({ code }) => (code === null ? [] : [code]));
  if (codes.length === 0) return;
  await insertGroup(database, tx, codes.map(deleteCoupon), now);
  await tx.update(log).set({ couponCode: null }).where(withCoupon);
}

async function withHolders(
  database: Database,
  tx: Orm,
  actions: readonly ActionRow[],
  { unfinishedKey }: Replay,
): Promise<Refusal[]> {
  const { actions: a } = database.tables;
  const keys = actions.flatMap((action) => unfinishedKey(action) ?? []);
  if (keys.length === 0) return [];
  const rows = await tx.select({ id: a.id, key: a.unfinishedKey }).from(a).where(inArray(a.unfinishedKey, keys));
  const holders = new Map(rows.map((row) => [row.key, row.id]));
  return actions.map((action): Refusal => ({
    kind: 'waiting',
    id: action.id,
    other: holders.get(unfinishedKey(action)) ?? null,
  }));
}

/**
 * Lays failed actions aside: canceled, with the reason `dismissed`, so that they are forgotten in time. It counts from now, since whoever
 * dismissed the wrong one may still retry it. The log keeps its row.
 */
export async function dismissActions(
  database: Database,
  selection: ActionSelection,
  now: number,
  onChanged?: (count: number) => void,
): Promise<Changed> {
  const { actions: a } = database.tables;
  const dismiss = async (tx: Orm, actions: readonly ActionRow[]) => {
    await tx
      .update(a)
      .set({
        history: withLastEnding(database, actions, null),
        status: 'canceled',
        reason: 'dismissed',
        endedAt: new Date(now),
      })
      .where(inArray(a.id, idsOf(actions)));
    return [];
  };
  return await changeActions(database, 'dismiss', selection, dismiss, onChanged);
}

function idsOf(actions: readonly ActionRow[]): number[] {
  return actions.map((action) => action.id);
}
