import { eq, inArray, sql } from 'drizzle-orm';
import type { Database, Orm } from './pool.js';

/** A small named fact that outlives the process; null when it was never written. The caller parses it. */
export async function readWatermark(database: Database, name: string): Promise<unknown> {
  const { watermarks } = database.tables;
  const [row] = await database.query((orm) => orm.select().from(watermarks).where(eq(watermarks.name, name)));
  return row === undefined ? null : row.value;
}

/** The same of a fact that is a number, as moments and ids are; null for anything else. */
export async function readNumber(database: Database, name: string): Promise<number | null> {
  const value = await readWatermark(database, name);
  return typeof value === 'number' ? value : null;
}

export async function writeWatermark(database: Database, name: string, value: unknown, now: number): Promise<void> {
  await database.query((orm) => write(database, orm, { name, value }, now));
}

export interface Watermark {
  readonly name: string;
  readonly value: unknown;
}

async function write(database: Database, orm: Orm, { name, value }: Watermark, now: number): Promise<void> {
  const { watermarks } = database.tables;
  const set = { value, updatedAt: new Date(now) };
  await orm
    .insert(watermarks)
    .values({ name, ...set })
    .onDuplicateKeyUpdate({ set });
}

/** Writes only while the guard, whose value is a string, is what it was; says whether. Nobody changes the guard meanwhile. */
export async function writeGuardedWatermark(
  database: Database,
  guard: { readonly name: string; readonly value: string },
  watermark: Watermark,
  now: number,
): Promise<boolean> {
  const { watermarks } = database.tables;
  return await database.transaction(async (tx) => {
    const [stored] = await tx.select().from(watermarks).where(eq(watermarks.name, guard.name)).for('update');
    if (stored?.value !== guard.value) return false;
    await write(database, tx, watermark, now);
    return true;
  });
}

/** Afterwards they were never written. */
export async function forgetWatermarks(database: Database, names: readonly string[]): Promise<void> {
  await database.query((orm) => forget(database, orm, names));
}

async function forget(database: Database, orm: Orm, names: readonly string[]): Promise<void> {
  const { watermarks } = database.tables;
  await orm.delete(watermarks).where(inArray(watermarks.name, [...names]));
}

/** Writes the guard anew and forgets what was written under the old one: afterwards that was never written. */
export async function replaceGuard(
  database: Database,
  guard: Watermark,
  guarded: readonly string[],
  now: number,
): Promise<void> {
  await database.transaction(async (tx) => {
    await write(database, tx, guard, now);
    await forget(database, tx, guarded);
  });
}

/** Waits for the transaction that holds this name, and then holds it until the own one ends. The name must not be that of a fact. */
export async function holdWatermark(database: Database, tx: Orm, name: string): Promise<void> {
  const { watermarks } = database.tables;
  await tx
    .insert(watermarks)
    .values({ name, value: 0, updatedAt: new Date(0) })
    .onDuplicateKeyUpdate({ set: { name: sql`${watermarks.name}` } });
}
