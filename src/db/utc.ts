/** DATETIME columns as the program sees them: milliseconds since the epoch. Every session's time_zone is +00:00 (pool.ts). */

/** For DATETIME(3) columns and comparisons in raw SQL. */
export function utcMilli(at: number): string {
  return new Date(at).toISOString().slice(0, 23).replace('T', ' ');
}

/** For DATETIME columns. Rounded up: MySQL would round to the nearest second, and a cap's window must never come out shorter. */
export function utcSecond(at: number): string {
  return utcMilli(Math.ceil(at / 1_000) * 1_000).slice(0, 19);
}

/** As Drizzle writes a DATETIME column, rounded like {@link utcSecond}. */
export function secondDate(at: number): Date {
  return new Date(Math.ceil(at / 1_000) * 1_000);
}

/** What raw SQL returns for a DATETIME column. */
export function fromUtc(value: string): number {
  return Date.parse(`${value.replace(' ', 'T')}Z`);
}
