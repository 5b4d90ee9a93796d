import { and, asc, eq, inArray, isNotNull, like, lt, ne, sql, type SQL } from 'drizzle-orm';
import type { ResultSetHeader } from 'mysql2';
import { chunks } from '../lib/group.js';
import type { Database, Orm } from './pool.js';
import { fromUtc, utcMilli } from './utc.js';

/** The queue's journal: reengagement_actions. Statuses and names are Action Scheduler's. */
export const ACTION_STATUSES = ['pending', 'in-progress', 'complete', 'failed', 'canceled'] as const;
export type ActionStatus = (typeof ACTION_STATUSES)[number];

export interface NewAction {
  readonly hook: string;
  readonly group: string;
  readonly args: unknown;
  readonly priority: number;
  /** Milliseconds, UTC. */
  readonly scheduledAt: number;
  readonly uniqueKey: string | null;
  readonly unfinishedKey: string | null;
  /** Of a message: whom it is for, as canonicalPhone gives it. */
  readonly phone: string | null;
}

export interface ActionRow {
  readonly id: number;
  readonly hook: string;
  readonly group: string;
  readonly args: unknown;
  readonly status: ActionStatus;
  readonly priority: number;
  readonly scheduledAt: number;
  readonly attempts: number;
  readonly claimId: string | null;
  readonly uniqueKey: string | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly reason: string | null;
  readonly result: unknown;
  readonly error: string | null;
  readonly phone: string | null;
  /** One line for each time that it was put off (time, reason, error), the newest first. */
  readonly history: readonly string[];
}

const GROUP = 500;

/** Writes actions in groups and returns how many are new: one whose key is taken is left out without a word. */
export async function insertActions(database: Database, actions: readonly NewAction[], now: number): Promise<number> {
  let inserted = 0;
  for (const group of chunks(actions, GROUP)) {
    const header = await database.query((orm) => insertGroup(database, orm, group, now));
    inserted += header.affectedRows;
  }
  return inserted;
}

/** The id of the new action, or null when its key is taken. */
export async function insertAction(database: Database, action: NewAction, now: number): Promise<number | null> {
  const header = await database.query((orm) => insertGroup(database, orm, [action], now));
  return header.affectedRows === 0 ? null : header.insertId;
}

/** For use inside a transaction: see settle.ts. */
export async function insertGroup(
  database: Database,
  orm: Orm,
  group: readonly NewAction[],
  now: number,
): Promise<ResultSetHeader> {
  const rows = group.map((action) => [
    action.hook,
    action.group,
    JSON.stringify(action.args),
    'pending',
    action.priority,
    utcMilli(action.scheduledAt),
    utcMilli(now),
    action.uniqueKey,
    action.unfinishedKey,
    action.phone,
  ]);
  const { actions } = database.tables;
  // One parameter, which the driver spells out: drizzle's own insert takes longer to write the statement than the server to run it.
  const [header] = await orm.execute(sql`
    INSERT INTO ${actions}
      (hook, group_slug, args, status, priority, scheduled_at, created_at, unique_key, unfinished_key, phone)
    VALUES ${sql.param(rows)} ON DUPLICATE KEY UPDATE id = ${actions.id}`);
  return header;
}

export interface Claim {
  readonly claimId: string;
  readonly leaseSeconds: number;
  readonly now: number;
}

/**
 * Takes up to `limit` due actions of one hook and priority. The index is forced, and the ORDER BY names the whole of it, equality columns
 * too: otherwise MariaDB goes by idx_due, or sorts, and reads and locks every pending row for each claim.
 */
export async function claimDue(
  database: Database,
  hook: string,
  priority: number,
  limit: number,
  claim: Claim,
): Promise<ActionRow[]> {
  const { actions: a } = database.tables;
  const claimed = await database.query(async (orm) => {
    const [header] = await orm.execute(sql`
      UPDATE ${a} FORCE INDEX (idx_claim) SET ${claimSet(claim)}
      WHERE hook = ${hook} AND status = 'pending' AND priority = ${priority} AND scheduled_at <= ${utcMilli(claim.now)}
      ORDER BY hook, status, priority, scheduled_at, id LIMIT ${limit}`);
    return header.affectedRows;
  });
  return claimed === 0 ? [] : await actionsOfClaim(database, claim.claimId);
}

/** Takes one action whatever its time, or returns null when it is no longer pending. */
export async function claimOne(database: Database, id: number, claim: Claim): Promise<ActionRow | null> {
  const { actions: a } = database.tables;
  await database.query((orm) =>
    orm.execute(sql`UPDATE ${a} SET ${claimSet(claim)} WHERE id = ${id} AND status = 'pending'`),
  );
  return (await actionsOfClaim(database, claim.claimId))[0] ?? null;
}

export function claimSet(claim: Claim): SQL {
  return sql`status = 'in-progress', claim_id = ${claim.claimId}, started_at = ${utcMilli(claim.now)}, lease_until = ${leaseEnd(claim.leaseSeconds)}`;
}

function leaseEnd(seconds: number): SQL {
  return sql`DATE_ADD(UTC_TIMESTAMP(3), INTERVAL ${seconds} SECOND)`;
}

export async function actionsOfClaim(database: Database, claimId: string): Promise<ActionRow[]> {
  const { actions: a } = database.tables;
  const rows = await database.query((orm) =>
    orm
      .select()
      .from(a)
      .where(and(eq(a.claimId, claimId), eq(a.status, 'in-progress')))
      .orderBy(asc(a.scheduledAt), asc(a.id)),
  );
  return rows.map(toRow);
}

export async function renewLeases(
  database: Database,
  claimIds: readonly string[],
  leaseSeconds: number,
): Promise<void> {
  if (claimIds.length === 0) return;
  const { actions: a } = database.tables;
  await database.query((orm) =>
    orm
      .update(a)
      .set({ leaseUntil: leaseEnd(leaseSeconds) })
      .where(and(inArray(a.claimId, [...claimIds]), eq(a.status, 'in-progress'))),
  );
}

/** Gives claimed actions back that were never begun. */
export async function releaseActions(
  database: Database,
  ids: readonly number[],
  claimIds: readonly string[],
): Promise<void> {
  const { actions: a } = database.tables;
  for (const group of chunks(ids, GROUP)) {
    await database.query((orm) =>
      orm
        .update(a)
        .set({ status: 'pending', claimId: null, leaseUntil: null })
        .where(and(inArray(a.id, group), inArray(a.claimId, [...claimIds]), eq(a.status, 'in-progress'))),
    );
  }
}

/** The earliest moment at which a pending action of these hooks is due, or null. */
export async function nextDue(database: Database, hooks?: readonly string[]): Promise<number | null> {
  const { actions: a } = database.tables;
  const ofHooks = hooks === undefined ? undefined : inArray(a.hook, [...hooks]);
  const [row] = await database.query((orm) =>
    orm
      .select({ at: sql<string | null>`MIN(${a.scheduledAt})` })
      .from(a)
      .where(and(eq(a.status, 'pending'), ofHooks)),
  );
  return row?.at == null ? null : fromUtc(row.at);
}

export async function findAction(database: Database, id: number): Promise<ActionRow | null> {
  const { actions: a } = database.tables;
  const [row] = await database.query((orm) => orm.select().from(a).where(eq(a.id, id)));
  return row === undefined ? null : toRow(row);
}

export async function findUnfinished(database: Database, unfinishedKey: string): Promise<ActionRow | null> {
  const { actions: a } = database.tables;
  const [row] = await database.query((orm) => orm.select().from(a).where(eq(a.unfinishedKey, unfinishedKey)));
  return row === undefined ? null : toRow(row);
}

/** The oldest other action of the same hook that is running, in any daemon; its id, or null. */
export async function otherRunning(database: Database, action: ActionRow): Promise<number | null> {
  const { actions: a } = database.tables;
  const [row] = await database.query((orm) =>
    orm
      .select({ id: sql<number | null>`MIN(${a.id})` })
      .from(a)
      .where(and(eq(a.hook, action.hook), eq(a.status, 'in-progress'), ne(a.id, action.id))),
  );
  return row?.id ?? null;
}

/** When the newest action of a recurring hook was begun. */
export async function lastSlotStart(database: Database, hook: string): Promise<number | null> {
  const { actions: a } = database.tables;
  const [row] = await database.query((orm) =>
    orm
      .select({ at: sql<string | null>`MAX(${a.startedAt})` })
      .from(a)
      .where(and(eq(a.hook, hook), like(a.uniqueKey, 'slot:%'))),
  );
  return row?.at == null ? null : fromUtc(row.at);
}

/** Moves a slot that was never begun. False when it was, or when the key is taken. */
export async function retimeSlot(
  database: Database,
  id: number,
  uniqueKey: string,
  scheduledAt: number,
  now: number,
): Promise<boolean> {
  const { actions: a } = database.tables;
  const [header] = await database.query((orm) =>
    orm.execute(sql`
      UPDATE IGNORE ${a} SET unique_key = ${uniqueKey}, scheduled_at = ${utcMilli(scheduledAt)}
      WHERE id = ${id} AND status = 'pending' AND (started_at IS NULL OR started_at > ${utcMilli(now)})`),
  );
  return header.affectedRows > 0;
}

/** Makes what waits for one of these reasons due now, and returns how much that is. */
export async function hurryActions(database: Database, reasons: readonly string[], now: number): Promise<number> {
  const { actions: a } = database.tables;
  const [header] = await database.query((orm) =>
    orm
      .update(a)
      .set({ scheduledAt: new Date(now) })
      .where(and(eq(a.status, 'pending'), inArray(a.reason, [...reasons]))),
  );
  return header.affectedRows;
}

/** Deletes what was complete or canceled before `before`, a bounded piece at a time; failed actions stay until they are dismissed. */
export async function pruneActions(database: Database, before: number, limit = 5_000): Promise<number> {
  const { actions: a } = database.tables;
  const old = await database.query((orm) =>
    orm
      .select({ id: a.id })
      .from(a)
      .where(and(inArray(a.status, ['complete', 'canceled']), isNotNull(a.endedAt), lt(a.endedAt, new Date(before))))
      .limit(limit),
  );
  if (old.length === 0) return 0;
  const ids = old.map((row) => row.id);
  await database.query((orm) => orm.delete(a).where(inArray(a.id, ids)));
  return ids.length;
}

export type StoredAction = Database['tables']['actions']['$inferSelect'];

export function toRow(row: StoredAction): ActionRow {
  return {
    id: row.id,
    hook: row.hook,
    group: row.groupSlug,
    args: row.args,
    status: row.status as ActionStatus,
    priority: row.priority,
    scheduledAt: row.scheduledAt.getTime(),
    attempts: row.attempts,
    claimId: row.claimId,
    uniqueKey: row.uniqueKey,
    createdAt: row.createdAt.getTime(),
    startedAt: row.startedAt?.getTime() ?? null,
    endedAt: row.endedAt?.getTime() ?? null,
    reason: row.reason,
    result: row.result,
    error: row.error,
    phone: row.phone,
    history: row.history?.split('\n') ?? [],
  };
}
