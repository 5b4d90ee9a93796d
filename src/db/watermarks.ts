import { eq, inArray, sql } from 'drizzle-orm';
import type { Database, Orm } from './pool.js';

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

/** Waits for the transaction that holds this name, and then holds it until the own one ends. The name must not be that of a fact. */
export async function holdWatermark(database: Database, tx: Orm, name: string): Promise<void> {
  const { watermarks } = database.tables;
  await tx
    .insert(watermarks)
    .values({ name, value: 0, updatedAt: new Date(0) })
    .onDuplicateKeyUpdate({ set: { name: sql`${watermarks.name}` } });
}
