import type { ConnectionOptions } from 'mysql2';

/** Where the database is and as whom to go there; `socket`, when given, wins over host and port. */
export interface DatabaseOptions {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly socket?: string | undefined;
  readonly user: string;
  readonly password: string;
  /** The schema. */
  readonly name: string;
  readonly tablePrefix: string;
}

/**
 * What every session begins with, in this order, before its first query.
 * - READ COMMITTED: under REPEATABLE READ a plain SELECT before the lock fixes a stale snapshot, and the frequency cap is overshot.
 * - The sql_mode is ours, not the server's: strict, without NO_BACKSLASH_ESCAPES or ANSI_QUOTES (the driver escapes with backslashes),
 *   and without NO_ZERO_DATE, because shops hold `0000-00-00 00:00:00` and an ALTER TABLE must keep such rows.
 * - wait_timeout: longer than the pool keeps an idle connection, whatever the server's own is.
 */
export const SESSION_STATEMENTS: readonly string[] = [
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  "SET SESSION time_zone = '+00:00', wait_timeout = 600, " +
    "sql_mode = 'STRICT_TRANS_TABLES,ONLY_FULL_GROUP_BY,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
];

/** The pool closes a connection that was idle for this long: well below the session's wait_timeout. */
export const IDLE_TIMEOUT_MS = 60_000;

/** What pool and migration hand to the driver. */
export function connectionOptions(options: DatabaseOptions): ConnectionOptions {
  return {
    ...(options.socket === undefined
      ? { host: options.host ?? '127.0.0.1', port: options.port ?? 3306 }
      : { socketPath: options.socket }),
    user: options.user,
    password: options.password,
    database: options.name,
    charset: 'utf8mb4_general_ci',
    timezone: 'Z',
    // Without this an UPDATE that changes nothing counts the rows it found, and a compare-and-set cannot tell.
    flags: ['-FOUND_ROWS'],
    dateStrings: true,
    jsonStrings: true,
    connectTimeout: 10_000,
  };
}

/** For messages: never with the password. */
export function placeOf(options: DatabaseOptions): string {
  return options.socket ?? `${options.host ?? '127.0.0.1'}:${options.port ?? 3306}`;
}
