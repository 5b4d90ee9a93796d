import { asc } from 'drizzle-orm';
import { canonicalPhone, phoneSpellings } from '../lib/phone.js';
import type { Undeliverable } from '../reengagement/endings.js';
import { anyOf } from './any-of.js';
import type { Database, Orm } from './pool.js';
import { secondDate } from './utc.js';

/** So many messages refused in a row, with none accepted between, and the number is left alone (Meta's advice: after 1 or 2). */
const UNDELIVERABLE_AFTER = 2;

/** Of a message with one of these nobody knows yet whether it arrived. */
const UNDECIDED: readonly (string | null)[] = ['reserved', 'sending', 'unknown'];

/**
 * Marks those of these people whose number has now been undeliverable twice in a row. Their rows have to be locked, and the refusals written
 * into the log. A newer order with the number takes the mark away (order-summary.ts); one more refusal sets it again.
 */
export async function markUndeliverable(
  database: Database,
  tx: Orm,
  refused: readonly Undeliverable[],
  now: number,
): Promise<void> {
  const { reengagementLog: log, customers } = database.tables;
  const codeOf = new Map(refused.map(({ phone, errorCode }) => [phone, errorCode]));
  const rows = await tx
    .select({ phone: log.customerPhone, status: log.status, errorCode: log.errorCode })
    .from(log)
    .where(anyOf(log.customerPhone, [...codeOf.keys()].flatMap(phoneSpellings)))
    .orderBy(asc(log.sentAt), asc(log.id));
  const inARow = new Map<string, number>();
  for (const { phone: stored, status, errorCode } of rows) {
    const phone = canonicalPhone(stored);
    if (status === 'failed') {
      if (errorCode === codeOf.get(phone)) inARow.set(phone, (inARow.get(phone) ?? 0) + 1);
    } else if (!UNDECIDED.includes(status)) inARow.delete(phone);
  }
  const marked = [...inARow].filter(([, times]) => times >= UNDELIVERABLE_AFTER).map(([phone]) => phone);
  if (marked.length === 0) return;
  await tx
    .update(customers)
    .set({ undeliverableAt: secondDate(now) })
    .where(anyOf(customers.phone, marked));
}
