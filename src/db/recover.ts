import { and, eq, inArray, sql } from 'drizzle-orm';
import { chunks } from '../lib/group.js';
import { actionsOfClaim, claimSet, type ActionRow, type Claim } from './actions.js';
import { logStatuses } from './log.js';
import type { Database } from './pool.js';

export interface Recovered {
  /** How many are pending again. */
  readonly resumed: number;
  /** Those whose POST had begun, claimed by the caller, who has to end them as unknown: they must never be sent again. */
  readonly begun: readonly ActionRow[];
}

/**
 * Takes over what a dead daemon left: actions whose lease ran out, in the database's own time. What the log says decides what becomes
 * of them. The ids are read first and the rows updated by primary key, rechecking: an UPDATE on the lease deadlocks with outcomes.
 */
export async function recoverExpired(database: Database, claim: Claim, limit = 500): Promise<Recovered> {
  const { actions: a } = database.tables;
  const expired = await database.query((orm) =>
    orm
      .select({ id: a.id })
      .from(a)
      .where(and(eq(a.status, 'in-progress'), sql`${a.leaseUntil} < UTC_TIMESTAMP(3)`))
      .orderBy(a.id)
      .limit(limit),
  );
  if (expired.length === 0) return { resumed: 0, begun: [] };
  const ids = expired.map((row) => row.id);
  const statuses = await logStatuses(database, ids);
  const isBegun = (id: number) => statuses.has(id) && statuses.get(id) !== 'reserved';
  const stale = sql`status = 'in-progress' AND lease_until < UTC_TIMESTAMP(3)`;
  let taken = 0;
  for (const group of chunks(ids.filter(isBegun), 100)) {
    const [header] = await database.query((orm) =>
      orm.execute(sql`UPDATE ${a} SET ${claimSet(claim)} WHERE ${inArray(a.id, group)} AND ${stale}`),
    );
    taken += header.affectedRows;
  }
  let resumed = 0;
  for (const group of chunks(
    ids.filter((id) => !isBegun(id)),
    100,
  )) {
    const [header] = await database.query((orm) =>
      orm.execute(sql`
        UPDATE ${a} SET status = 'pending', claim_id = NULL, lease_until = NULL WHERE ${inArray(a.id, group)} AND ${stale}`),
    );
    resumed += header.affectedRows;
  }
  return { resumed, begun: taken === 0 ? [] : await actionsOfClaim(database, claim.claimId) };
}
