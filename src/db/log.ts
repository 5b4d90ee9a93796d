import { eq, inArray, sql } from 'drizzle-orm';
import { frequencyCap, type FrequencyCaps, type LoggedMessage } from '../reengagement/frequency-cap.js';
import { LOG_STATUSES, type LogStatus } from '../reengagement/log-status.js';
import { phoneSpellings, withPlus } from '../lib/phone.js';
import { DAY } from '../lib/clock.js';
import { lockCustomers } from './customers.js';
import type { Database, Orm } from './pool.js';
import { secondDate, utcSecond } from './utc.js';

export interface LogRow extends LoggedMessage {
  readonly phone: string;
  readonly errorCode: number | null;
  readonly couponCode: string | null;
}

/** What was sent, tried or reserved for these people in the last 30 days, and everything still reserved. Keyed by phone with plus. */
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
      actionId: log.actionId,
      status: log.status,
      sentAt: log.sentAt,
      errorCode: log.errorCode,
      couponCode: log.couponCode,
    })
    .from(log)
    .where(
      sql`${inArray(log.customerPhone, phones.flatMap(phoneSpellings))} AND (${log.sentAt} > ${utcSecond(now - 30 * DAY - 1_000)} OR ${log.status} IN ('reserved', 'sending'))`,
    );
  for (const row of rows) {
    const phone = withPlus(row.phone);
    const list = found.get(phone) ?? [];
    list.push({ ...row, phone, status: toStatus(row.status), sentAt: row.sentAt.getTime() });
    found.set(phone, list);
  }
  return found;
}

function toStatus(status: string | null): LogStatus | null {
  return (LOG_STATUSES as readonly (string | null)[]).includes(status) ? (status as LogStatus) : null;
}

export interface ReservationRequest {
  readonly actionId: number;
  readonly claimId: string;
  readonly phone: string;
  readonly campaignType: string;
  /** Kept with the reservation, so that a repeated attempt makes the same coupon again and not another. */
  readonly couponCode: string | null;
}

export type Reservation =
  | { readonly kind: 'reserved'; readonly couponCode: string | null }
  | { readonly kind: 'capped' }
  /** An earlier attempt of this action already began its POST: it must not be made again. */
  | { readonly kind: 'begun'; readonly status: LogStatus };

/**
 * Takes a slot under the frequency cap for each request, in one transaction under a lock on the customers. Their rows have to exist
 * (ensureCustomers). READ COMMITTED is vital: a snapshot taken before the lock would not see a neighbour's slot.
 */
export async function reserveSlots(
  database: Database,
  requests: readonly ReservationRequest[],
  caps: FrequencyCaps,
  now: number,
): Promise<Reservation[]> {
  return await database.transaction(async (tx) => {
    const phones = [...new Set(requests.map((request) => request.phone))].sort();
    await lockCustomers(database, tx, phones);
    const known = await readLog(database, tx, phones, now);
    const own = await ownRows(database, tx, requests);
    const taken: ReservationRequest[] = [];
    const again: ReservationRequest[] = [];
    const answers = requests.map((request): Reservation => {
      const row = own.get(request.actionId);
      if (row !== undefined && row.status !== 'reserved' && row.status !== 'failed') {
        return { kind: 'begun', status: row.status ?? 'sent' };
      }
      const others = (known.get(request.phone) ?? []).filter((message) => message.actionId !== request.actionId);
      if (!frequencyCap(others, caps, now, request.actionId).allowed) return { kind: 'capped' };
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
  for (const request of again) {
    await tx
      .update(log)
      .set({
        status: 'reserved',
        claimId: request.claimId,
        sentAt: secondDate(now),
        errorCode: null,
        error: null,
        couponCode: sql`COALESCE(${log.couponCode}, ${request.couponCode})`,
      })
      .where(inArray(log.actionId, [request.actionId]));
  }
}

export interface SendingMark {
  readonly actionId: number;
  readonly claimId: string;
}

/**
 * Marks messages as being sent, committed before any of their POSTs begins: after a crash each of them is unknown and never sent again.
 * False for one whose reservation somebody else has taken over.
 */
export async function markSending(database: Database, marks: readonly SendingMark[], now: number): Promise<boolean[]> {
  const { reengagementLog: log } = database.tables;
  return await database.transaction(async (tx) => {
    const rows = await tx
      .select({ actionId: log.actionId, claimId: log.claimId, status: log.status })
      .from(log)
      .where(
        inArray(
          log.actionId,
          marks.map((mark) => mark.actionId),
        ),
      )
      .for('update');
    const held = new Map(rows.map((row) => [row.actionId, row.status === 'reserved' ? row.claimId : null]));
    const granted = marks.map((mark) => held.get(mark.actionId) === mark.claimId);
    const ids = marks.filter((_, index) => granted[index]).map((mark) => mark.actionId);
    if (ids.length > 0) {
      await tx
        .update(log)
        .set({ status: 'sending', sentAt: secondDate(now) })
        .where(inArray(log.actionId, ids));
    }
    return granted;
  });
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
    orm.select({ code: log.couponCode }).from(log).where(eq(log.actionId, actionId)),
  );
  return row?.code ?? null;
}
