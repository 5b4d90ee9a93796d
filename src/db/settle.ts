import { and, inArray, sql, type SQL } from 'drizzle-orm';
import { ENDINGS, type Ending, type FollowUp } from '../reengagement/endings.js';
import { insertGroup, type NewAction } from './actions.js';
import { byKey } from './case.js';
import { appendConsent } from './consent.js';
import { lockCustomers } from './customers.js';
import { lockHeld } from './held.js';
import { historyLine, withLine } from './history.js';
import type { Database, Orm } from './pool.js';
import { settleViews } from './settle-views.js';
import { markUndeliverable } from './undeliverable.js';
import { utcMilli } from './utc.js';

export interface Outcome {
  readonly actionId: number;
  readonly claimId: string;
  readonly ending: Ending;
}

/**
 * Writes how actions ended, as the table of endings says, all of a group in one transaction. Who no longer holds an action writes
 * nothing of its ending but what has become a fact: that a message was accepted, and that somebody wants no more of them.
 */
export async function settle(
  database: Database,
  outcomes: readonly Outcome[],
  now: number,
  asAction: (followUp: FollowUp) => NewAction,
): Promise<void> {
  await database.transaction(async (tx) => {
    const held = await lockHeld(database, tx, outcomes, 'any');
    const undelivered = held.flatMap(({ ending }) => ending.undeliverable ?? []);
    if (undelivered.length > 0) await lockCustomers(database, tx, undelivered.map(({ phone }) => phone).sort());
    const accepted = outcomes.filter(({ ending }) => ENDINGS[ending.name].log === 'sent');
    await settleLog(database, tx, accepted, held);
    if (undelivered.length > 0) await markUndeliverable(database, tx, undelivered, now);
    const told = [...new Set([...accepted, ...held])].filter(({ ending }) => ENDINGS[ending.name].answersViews);
    await settleViews(
      database,
      tx,
      told.flatMap(({ ending }) => ending.views ?? []),
      now,
    );
    for (const { ending } of outcomes) {
      if (ending.revokes)
        await appendConsent(database, tx, [{ ...ending.revokes, decision: 'revoke', decidedAt: now }]);
    }
    if (held.length === 0) return;
    const followUps = held.flatMap(({ ending }) => ending.followUps ?? []);
    if (followUps.length > 0) await insertGroup(database, tx, followUps.map(asAction), now);
    await settleActions(database, tx, held, now);
  });
}

/** Of one action's error, in characters. */
const MAX_ERROR = 2_000;

/** The statuses from which a log row may go to another: a receipt that was quicker than we are must not be undone. */
const LOG_FROM = {
  sent: ['reserved', 'sending', 'unknown'],
  unknown: ['sending'],
  failed: ['reserved', 'sending'],
  reserved: ['sending'],
  removed: ['reserved', 'sending'],
} as const;

async function settleLog(
  database: Database,
  tx: Orm,
  accepted: readonly Outcome[],
  held: readonly Outcome[],
): Promise<void> {
  const { reengagementLog: log } = database.tables;
  for (const effect of ['sent', 'unknown', 'failed', 'reserved', 'removed'] as const) {
    const group = effect === 'sent' ? accepted : held.filter(({ ending }) => ENDINGS[ending.name].log === effect);
    if (group.length === 0) continue;
    const ids = group.map((outcome) => outcome.actionId);
    const rows = and(inArray(log.actionId, ids), inArray(log.status, [...LOG_FROM[effect]]));
    const pick = (value: (ending: Ending) => unknown) =>
      byKey(
        log.actionId,
        group.map(({ actionId, ending }) => [actionId, value(ending)] as const),
      );
    if (effect === 'removed') await tx.delete(log).where(rows);
    else
      await tx
        .update(log)
        .set({ status: effect, ...detailsOf(effect, pick) })
        .where(rows);
  }
}

function detailsOf(effect: keyof typeof LOG_FROM, pick: (value: (ending: Ending) => unknown) => SQL) {
  if (effect === 'sent') return { messageId: pick((ending) => ending.messageId ?? null) };
  if (effect !== 'failed') return {};
  return {
    errorCode: pick((ending) => ending.errorCode ?? null),
    error: pick((ending) => ending.error?.slice(0, 255) ?? null),
  };
}

async function settleActions(database: Database, tx: Orm, held: readonly Outcome[], now: number): Promise<void> {
  const { actions: a } = database.tables;
  const pick = (value: (ending: Ending) => unknown) =>
    byKey(
      a.id,
      held.map(({ actionId, ending }) => [actionId, value(ending)] as const),
    );
  const rule = (ending: Ending) => ENDINGS[ending.name];
  const pending = (ending: Ending) => rule(ending).action === 'pending';
  const counted = (ending: Ending) => (rule(ending).countsAttempt ? 1 : 0);
  const reasonOf = (ending: Ending) => ending.reason ?? ending.name;
  const lineOf = (ending: Ending) =>
    pending(ending) ? historyLine(now, `${reasonOf(ending)} ${ending.error ?? ''}`) : null;
  // history stands first: it is compared with the reason of before. What waits an hour for the same outage has one line of it, not sixty.
  await tx.execute(sql`
    UPDATE ${a} SET
      history = ${withLine(database, sql`NOT (reason <=> ${pick(reasonOf)}) OR ${pick(counted)} = 1`, pick(lineOf))},
      status = ${pick((ending) => rule(ending).action)},
      scheduled_at = COALESCE(${pick((ending) => (pending(ending) ? utcMilli(ending.until ?? now) : null))}, scheduled_at),
      attempts = attempts + ${pick(counted)},
      claim_id = NULL,
      lease_until = NULL,
      unique_key = IF(${pick((ending) => (rule(ending).uniqueKey === 'kept' ? 1 : 0))} = 1, unique_key, NULL),
      unfinished_key = IF(${pick((ending) => (pending(ending) ? 1 : 0))} = 1, unfinished_key, NULL),
      ended_at = ${pick((ending) => (pending(ending) ? null : utcMilli(now)))},
      reason = ${pick(reasonOf)},
      result = ${pick((ending) => (ending.result === undefined ? null : JSON.stringify(ending.result)))},
      error = ${pick((ending) => ending.error?.slice(0, MAX_ERROR) ?? null)}
    WHERE ${inArray(
      a.id,
      held.map((outcome) => outcome.actionId),
    )}`);
}
