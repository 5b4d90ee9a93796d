import { sql, type AnyColumn, type SQL } from 'drizzle-orm';

/** `CASE column WHEN key THEN value ... END`: a different value for each row of one UPDATE. */
export function byKey(column: AnyColumn, pairs: readonly (readonly [number, unknown])[]): SQL {
  const whens = pairs.map(([key, value]) => sql`WHEN ${key} THEN ${value}`);
  return sql`CASE ${column} ${sql.join(whens, sql` `)} END`;
}
