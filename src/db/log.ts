import { and, eq, inArray, sql } from 'drizzle-orm';
import { z } from 'zod';
import { limitReason, type LimitReason, type MessageLimits } from '../reengagement/eligibility.js';
import type { AnsweredView } from '../reengagement/endings.js';
import type { LoggedMessage } from '../reengagement/frequency-cap.js';
import { LAPSE_CAMPAIGNS } from '../reengagement/lapse.js';
import { LOG_STATUSES, type LogStatus } from '../reengagement/log-status.js';
import { canonicalPhone, phoneSpellings } from '../lib/phone.js';
import { DAY } from '../lib/clock.js';
import { anyOf } from './any-of.js';
import { byKey } from './case.js';
import { lockCustomers } from './customers.js';
import { lockHeld, type HeldAction } from './held.js';
import type { Database, Orm } from './pool.js';
import { secondDate, utcSecond } from './utc.js';

export interface LogRow extends LoggedMessage {
  readonly phone: string;
  readonly campaignType: string;
  readonly errorCode: number | null;
  readonly couponCode: string | null;
}

/**
 * What was sent, tried or reserved for these people in the last 30 days, everything still reserved, and the campaign messages of all time:
 * a lapse may last for years. Keyed by canonicalPhone.
 */
export async function recentLog(
  database: Database,
  phones: readonly string[],
  now: number,
): Promise<Map<string, LogRow[]>> {
  return await database.query((orm) => readLog(database, orm, phones, now));
}

async function readLog(
  database: Database,
  orm: Orm,
  phones: readonly string[],
  now: number,
): Promise<Map<string, LogRow[]>> {
  const found = new Map<string, LogRow[]>();
  if (phones.length === 0) return found;
  const { reengagementLog: log } = database.tables;
  const rows = await orm
    .select({
      phone: log.customerPhone,
      campaignType: log.campaignType,
      actionId: log.actionId,
      status: log.status,
      sentAt: log.sentAt,
      errorCode: log.errorCode,
      couponCode: log.couponCode,
    })
    .from(log)
    .where(
      sql`${anyOf(log.customerPhone, phones.flatMap(phoneSpellings))} AND (${log.sentAt} > ${utcSecond(now - 30 * DAY - 1_000)} OR ${log.status} IN ('reserved', 'sending') OR (${inArray(log.campaignType, [...LAPSE_CAMPAIGNS])} AND NOT (${log.status} <=> 'failed')))`,
    );
  for (const row of rows) {
    const phone = canonicalPhone(row.phone);
    const list = found.get(phone) ?? [];
    list.push({ ...row, phone, status: toStatus(row.status), sentAt: row.sentAt.getTime() });
    found.set(phone, list);
  }
  return found;
}

function toStatus(status: string | null): LogStatus | null {
  return (LOG_STATUSES as readonly (string | null)[]).includes(status) ? (status as LogStatus) : null;
}

export interface ReservationRequest extends HeldAction {
  readonly phone: string;
  readonly campaignType: string;
  /** Their last purchase (ms), from which on the messages of a lapse are counted. */
  readonly lastPaidAt: number | null;
  /** Kept with the reservation, so that a repeated attempt makes the same coupon again and not another. */
  readonly couponCode: string | null;
}

export type Reservation =
  | { readonly kind: 'reserved'; readonly couponCode: string | null }
  | { readonly kind: 'capped'; readonly reason: LimitReason }
  /** The action is somebody else's now, or has ended: nothing may be done for it any more. */
  | { readonly kind: 'lost' }
  /** An earlier attempt of this action already began its POST: it must not be made again. */
  | { readonly kind: 'begun'; readonly status: LogStatus };

/**
 * Takes a slot under the frequency cap, and in the lapse, for each request whose action is still held, in one transaction under a lock on the customers.
 * Their rows have to exist (ensureCustomers). READ COMMITTED is vital: a snapshot taken before the lock would not see a neighbour's slot.
 */
export async function reserveSlots(
  database: Database,
  requests: readonly ReservationRequest[],
  limits: MessageLimits,
  now: number,
): Promise<Reservation[]> {
  return await database.transaction(async (tx) => {
    const held = new Set(await lockHeld(database, tx, requests, 'running'));
    const phones = [...new Set(requests.map((request) => request.phone))].sort();
    await lockCustomers(database, tx, phones);
    const known = await readLog(database, tx, phones, now);
    const own = await ownRows(database, tx, requests);
    const taken: ReservationRequest[] = [];
    const again: ReservationRequest[] = [];
    const answers = requests.map((request): Reservation => {
      if (!held.has(request)) return { kind: 'lost' };
      const row = own.get(request.actionId);
      if (row !== undefined && row.status !== 'reserved' && row.status !== 'failed') {
        return { kind: 'begun', status: row.status ?? 'sent' };
      }
      const others = (known.get(request.phone) ?? []).filter((message) => message.actionId !== request.actionId);
      const reason = limitReason({ ...request, log: others, ownActionId: request.actionId }, limits, now);
      if (reason !== null) return { kind: 'capped', reason };
      (row === undefined ? taken : again).push(request);
      known.set(request.phone, [...others, asReserved(request, now)]);
      return { kind: 'reserved', couponCode: row?.couponCode ?? request.couponCode };
    });
    await writeReservations(database, tx, taken, again, now);
    return answers;
  });
}

function asReserved(request: ReservationRequest, now: number): LogRow {
  return {
    phone: request.phone,
    campaignType: request.campaignType,
    actionId: request.actionId,
    status: 'reserved',
    sentAt: now,
    errorCode: null,
    couponCode: null,
  };
}

async function ownRows(database: Database, tx: Orm, requests: readonly ReservationRequest[]) {
  const { reengagementLog: log } = database.tables;
  const rows = await tx
    .select({ actionId: log.actionId, status: log.status, couponCode: log.couponCode })
    .from(log)
    .where(
      inArray(
        log.actionId,
        requests.map((request) => request.actionId),
      ),
    );
  return new Map(rows.map((row) => [row.actionId, { status: toStatus(row.status), couponCode: row.couponCode }]));
}

async function writeReservations(
  database: Database,
  tx: Orm,
  taken: readonly ReservationRequest[],
  again: readonly ReservationRequest[],
  now: number,
) {
  const { reengagementLog: log } = database.tables;
  if (taken.length > 0) {
    await tx.insert(log).values(
      taken.map((request) => ({
        customerPhone: request.phone,
        campaignType: request.campaignType,
        status: 'reserved',
        sentAt: secondDate(now),
        actionId: request.actionId,
        claimId: request.claimId,
        couponCode: request.couponCode,
      })),
    );
  }
  if (again.length === 0) return;
  const pick = (value: (request: ReservationRequest) => unknown) =>
    byKey(
      log.actionId,
      again.map((request) => [request.actionId, value(request)] as const),
    );
  await tx
    .update(log)
    .set({
      status: 'reserved',
      claimId: pick((request) => request.claimId),
      sentAt: secondDate(now),
      errorCode: null,
      error: null,
      couponCode: sql`COALESCE(${log.couponCode}, ${pick((request) => request.couponCode)})`,
    })
    .where(
      and(
        inArray(
          log.actionId,
          again.map((request) => request.actionId),
        ),
        inArray(log.status, ['reserved', 'failed']),
      ),
    );
}

export interface SendingMark extends HeldAction {
  /** The product views that the message answers: what a crash leaves unknown is settled by them. */
  readonly views: readonly AnsweredView[];
}

/**
 * Marks messages as being sent, committed before any of their POSTs begins: after a crash each of them is unknown and never sent again.
 * False for one whose action or reservation is somebody else's by now. A mark always comes before the end of the lease, so that whoever
 * takes an expired action over sees it.
 */
export async function markSending(database: Database, marks: readonly SendingMark[], now: number): Promise<boolean[]> {
  const { reengagementLog: log } = database.tables;
  return await database.transaction(async (tx) => {
    const held = await lockHeld(database, tx, marks, 'running');
    if (held.length === 0) return marks.map(() => false);
    const rows = await tx
      .select({ actionId: log.actionId, claimId: log.claimId, status: log.status })
      .from(log)
      .where(
        inArray(
          log.actionId,
          held.map((mark) => mark.actionId),
        ),
      )
      .for('update');
    const reserved = new Map(rows.map((row) => [row.actionId, row.status === 'reserved' ? row.claimId : null]));
    const granted = new Set(held.filter((mark) => reserved.get(mark.actionId) === mark.claimId));
    if (granted.size > 0) {
      const views = [...granted].map((mark) => [mark.actionId, JSON.stringify(mark.views)] as const);
      await tx
        .update(log)
        .set({ status: 'sending', sentAt: secondDate(now), answeredViews: byKey(log.actionId, views) })
        .where(
          inArray(
            log.actionId,
            [...granted].map((mark) => mark.actionId),
          ),
        );
    }
    return marks.map((mark) => granted.has(mark));
  });
}

const answeredViews = z.array(z.object({ id: z.int(), priceTold: z.string().nullable() })).catch([]);

/** The product views that the messages of these actions were marked as answering. */
export async function answeredViewsOf(
  database: Database,
  actionIds: readonly number[],
): Promise<Map<number, AnsweredView[]>> {
  if (actionIds.length === 0) return new Map();
  const { reengagementLog: log } = database.tables;
  const rows = await database.query((orm) =>
    orm
      .select({ actionId: log.actionId, views: log.answeredViews })
      .from(log)
      .where(inArray(log.actionId, [...actionIds])),
  );
  return new Map(rows.map((row) => [row.actionId ?? 0, answeredViews.parse(row.views)]));
}

/** The statuses that the log holds for these actions. */
export async function logStatuses(
  database: Database,
  actionIds: readonly number[],
): Promise<Map<number, LogStatus | null>> {
  if (actionIds.length === 0) return new Map();
  const { reengagementLog: log } = database.tables;
  const rows = await database.query((orm) =>
    orm
      .select({ actionId: log.actionId, status: log.status })
      .from(log)
      .where(inArray(log.actionId, [...actionIds])),
  );
  return new Map(rows.flatMap((row) => (row.actionId === null ? [] : [[row.actionId, toStatus(row.status)] as const])));
}

/** The code that was reserved for an action's coupon, or null. */
export async function couponOfAction(database: Database, actionId: number): Promise<string | null> {
  const { reengagementLog: log } = database.tables;
  const [row] = await database.query((orm) =>
    orm
      .select({ code: log.couponCode })
      .from(log)
      .where(and(eq(log.actionId, actionId), eq(log.status, 'failed'))),
  );
  return row?.code ?? null;
}
