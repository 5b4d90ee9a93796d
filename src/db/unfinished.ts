import { and, asc, eq, gt, inArray } from 'drizzle-orm';
import type { ActionRow } from './actions.js';
import type { Database } from './pool.js';

/** A page of a hook's actions that wait or run, by id: start after 0. */
export async function unfinishedActions(
  database: Database,
  hook: string,
  after: number,
  limit: number,
): Promise<Pick<ActionRow, 'id' | 'args' | 'createdAt'>[]> {
  const { actions: a } = database.tables;
  const rows = await database.query((orm) =>
    orm
      .select({ id: a.id, args: a.args, createdAt: a.createdAt })
      .from(a)
      .where(and(eq(a.hook, hook), inArray(a.status, ['pending', 'in-progress']), gt(a.id, after)))
      .orderBy(asc(a.id))
      .limit(limit),
  );
  return rows.map((row) => ({ ...row, createdAt: row.createdAt.getTime() }));
}
