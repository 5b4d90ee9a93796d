import { and, inArray, sql, type AnyColumn, type SQL } from 'drizzle-orm';
import { ENDINGS, type Ending, type FollowUp } from '../reengagement/endings.js';
import { insertGroup, type NewAction } from './actions.js';
import { appendConsent } from './consent.js';
import type { Database, Orm } from './pool.js';
import { utcMilli } from './utc.js';

export interface Outcome {
  readonly actionId: number;
  readonly claimId: string;
  readonly ending: Ending;
}

/**
 * Writes how actions ended, as the table of endings says, all of a group in one transaction: the log first, then the views, then the
 * actions by primary key (one lock order everywhere). Whoever lost its claim writes nothing but a better truth into the log.
 */
export async function settle(
  database: Database,
  outcomes: readonly Outcome[],
  now: number,
  asAction: (followUp: FollowUp) => NewAction,
): Promise<void> {
  await database.transaction(async (tx) => {
    await settleLog(database, tx, outcomes);
    await settleViews(database, tx, outcomes);
    for (const { ending } of outcomes) {
      if (ending.revokes)
        await appendConsent(database, tx, [{ ...ending.revokes, decision: 'revoke', decidedAt: now }]);
    }
    const followUps = outcomes.flatMap(({ ending }) => ending.followUps ?? []);
    if (followUps.length > 0) await insertGroup(database, tx, followUps.map(asAction), now);
    await settleActions(database, tx, outcomes, now);
  });
}

/** `CASE column WHEN key THEN value ... END`: a different value for each row of one UPDATE. */
function byKey(column: AnyColumn, pairs: readonly (readonly [number, unknown])[]): SQL {
  const whens = pairs.map(([key, value]) => sql`WHEN ${key} THEN ${value}`);
  return sql`CASE ${column} ${sql.join(whens, sql` `)} END`;
}

/** The statuses from which a log row may go to another: a receipt that was quicker than we are must not be undone. */
const LOG_FROM = {
  sent: ['reserved', 'sending', 'unknown'],
  unknown: ['sending'],
  failed: ['reserved', 'sending'],
  reserved: ['sending'],
  removed: ['reserved', 'sending', 'failed'],
} as const;

async function settleLog(database: Database, tx: Orm, outcomes: readonly Outcome[]): Promise<void> {
  const { reengagementLog: log } = database.tables;
  const claims = [...new Set(outcomes.map((outcome) => outcome.claimId))];
  for (const effect of ['sent', 'unknown', 'failed', 'reserved', 'removed'] as const) {
    const group = outcomes.filter((outcome) => ENDINGS[outcome.ending.name].log === effect);
    if (group.length === 0) continue;
    const ids = group.map((outcome) => outcome.actionId);
    const rows = and(inArray(log.actionId, ids), inArray(log.status, [...LOG_FROM[effect]]));
    const held = and(rows, inArray(log.claimId, claims));
    if (effect === 'sent') {
      const messageIds = group.map(({ actionId, ending }) => [actionId, ending.messageId ?? null] as const);
      await tx
        .update(log)
        .set({ status: 'sent', messageId: byKey(log.actionId, messageIds) })
        .where(rows);
    } else if (effect === 'failed') {
      const codes = group.map(({ actionId, ending }) => [actionId, ending.errorCode ?? null] as const);
      const errors = group.map(({ actionId, ending }) => [actionId, ending.error?.slice(0, 255) ?? null] as const);
      await tx
        .update(log)
        .set({ status: 'failed', errorCode: byKey(log.actionId, codes), error: byKey(log.actionId, errors) })
        .where(held);
    } else if (effect === 'removed') {
      await tx.delete(log).where(held);
    } else {
      await tx
        .update(log)
        .set({ status: effect })
        .where(effect === 'unknown' ? rows : held);
    }
  }
}

async function settleViews(database: Database, tx: Orm, outcomes: readonly Outcome[]): Promise<void> {
  const { productViews: views } = database.tables;
  const answered = outcomes
    .filter((outcome) => ENDINGS[outcome.ending.name].answersViews)
    .flatMap((outcome) => outcome.ending.views ?? []);
  const back = answered.filter((view) => view.priceTold === null).map((view) => view.id);
  if (back.length > 0) await tx.update(views).set({ inStock: 1 }).where(inArray(views.id, back));
  const dropped = answered.filter((view) => view.priceTold !== null);
  if (dropped.length > 0) {
    const prices = dropped.map((view) => [view.id, view.priceTold] as const);
    await tx
      .update(views)
      .set({ priceTold: byKey(views.id, prices) })
      .where(
        inArray(
          views.id,
          dropped.map((view) => view.id),
        ),
      );
  }
}

async function settleActions(database: Database, tx: Orm, outcomes: readonly Outcome[], now: number): Promise<void> {
  const { actions: a } = database.tables;
  const pick = (value: (ending: Ending) => unknown) =>
    byKey(
      a.id,
      outcomes.map(({ actionId, ending }) => [actionId, value(ending)] as const),
    );
  const rule = (ending: Ending) => ENDINGS[ending.name];
  const pending = (ending: Ending) => rule(ending).action === 'pending';
  await tx.execute(sql`
    UPDATE ${a} SET
      status = ${pick((ending) => rule(ending).action)},
      scheduled_at = COALESCE(${pick((ending) => (pending(ending) ? utcMilli(ending.until ?? now) : null))}, scheduled_at),
      attempts = attempts + ${pick((ending) => (rule(ending).countsAttempt ? 1 : 0))},
      claim_id = NULL,
      lease_until = NULL,
      unique_key = IF(${pick((ending) => (rule(ending).uniqueKey === 'kept' ? 1 : 0))} = 1, unique_key, NULL),
      unfinished_key = IF(${pick((ending) => (pending(ending) ? 1 : 0))} = 1, unfinished_key, NULL),
      ended_at = ${pick((ending) => (pending(ending) ? null : utcMilli(now)))},
      reason = ${pick((ending) => ending.reason ?? ending.name)},
      result = ${pick((ending) => (ending.result === undefined ? null : JSON.stringify(ending.result)))},
      error = ${pick((ending) => ending.error ?? null)}
    WHERE ${inArray(
      a.id,
      outcomes.map((outcome) => outcome.actionId),
    )}
      AND ${inArray(a.claimId, [...new Set(outcomes.map((outcome) => outcome.claimId))])} AND status = 'in-progress'`);
}
