import { eq, inArray } from 'drizzle-orm';
import type { Database } from './pool.js';

/** A small named fact that outlives the process; null when it was never written. The caller parses it. */
export async function readWatermark(database: Database, name: string): Promise<unknown> {
  const { watermarks } = database.tables;
  const [row] = await database.query((orm) => orm.select().from(watermarks).where(eq(watermarks.name, name)));
  return row === undefined ? null : row.value;
}

export async function writeWatermark(database: Database, name: string, value: unknown, now: number): Promise<void> {
  const { watermarks } = database.tables;
  const set = { value, updatedAt: new Date(now) };
  await database.query((orm) =>
    orm
      .insert(watermarks)
      .values({ name, ...set })
      .onDuplicateKeyUpdate({ set }),
  );
}

/** Afterwards they were never written. */
export async function forgetWatermarks(database: Database, names: readonly string[]): Promise<void> {
  const { watermarks } = database.tables;
  await database.query((orm) => orm.delete(watermarks).where(inArray(watermarks.name, [...names])));
}
