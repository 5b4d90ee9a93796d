import { inArray, sql } from 'drizzle-orm';
import type { Database, Orm } from './pool.js';

export interface HeldAction {
  readonly actionId: number;
  readonly claimId: string;
}

/**
 * Locks the actions and returns those that are still held by the claim they are run under, so until the transaction ends. Actions are
 * locked first, by primary key, then customers, then the log: one lock order everywhere.
 */
export async function lockHeld<Item extends HeldAction>(
  database: Database,
  tx: Orm,
  items: readonly Item[],
  /** Whether the lease has to be running: whoever begins something needs it, whoever ends something does not. */
  lease: 'running' | 'any',
): Promise<Item[]> {
  const { actions: a } = database.tables;
  const ids = items.map((item) => item.actionId);
  const running = lease === 'running' ? sql`AND lease_until > UTC_TIMESTAMP(3)` : sql``;
  const [rows] = await tx.execute(sql`
    SELECT id, claim_id FROM ${a} FORCE INDEX (PRIMARY)
    WHERE ${inArray(a.id, ids)} AND status = 'in-progress' ${running} ORDER BY id FOR UPDATE`);
  const claims = new Map((rows as unknown as ClaimedRow[]).map((row) => [row.id, row.claim_id]));
  return items.filter((item) => claims.get(item.actionId) === item.claimId);
}

interface ClaimedRow {
  readonly id: number;
  readonly claim_id: string | null;
}
