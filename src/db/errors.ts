import { DrizzleQueryError } from 'drizzle-orm/errors';
import { AppError, type ErrorCode } from '../lib/errors.js';

/** Server error numbers, the same on MySQL and MariaDB, that mean something else than a faulty statement. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  1044: 'DB_DENIED', // no right on the schema
  1045: 'DB_DENIED', // wrong user or password
  1130: 'DB_DENIED', // host not allowed
  1142: 'DB_DENIED', // no right on the table
  1143: 'DB_DENIED', // no right on the column
  1227: 'DB_DENIED', // a privilege is missing
  1698: 'DB_DENIED', // wrong authentication plugin
  1049: 'DB_UNKNOWN_SCHEMA',
  1205: 'DB_BUSY', // lock wait timeout
  1213: 'DB_BUSY', // deadlock
  1054: 'SCHEMA_OUTDATED', // unknown column
  1146: 'SCHEMA_OUTDATED', // unknown table
  1040: 'DB_UNREACHABLE', // too many connections
  1053: 'DB_UNREACHABLE', // the server shuts down
  1129: 'DB_UNREACHABLE', // host blocked after many errors
  1203: 'DB_UNREACHABLE', // too many connections of this user
  1226: 'DB_UNREACHABLE', // a limit of this user
  1290: 'DB_UNREACHABLE', // read only, as during a failover
  1792: 'DB_UNREACHABLE', // read-only transaction, likewise
  1836: 'DB_UNREACHABLE', // read-only mode, likewise
  1927: 'DB_UNREACHABLE', // connection killed
  4031: 'DB_UNREACHABLE', // closed for being idle
};

/** Those whose server text names users, schemas, tables and columns, and never a value. */
const SAFE_TEXT: ReadonlySet<ErrorCode> = new Set(['DB_DENIED', 'DB_UNKNOWN_SCHEMA', 'SCHEMA_OUTDATED']);

interface DriverError extends Error {
  readonly code?: string;
  readonly errno?: number;
  readonly sqlState?: string;
  readonly sqlMessage?: string;
  readonly fatal?: boolean;
}

/**
 * The AppError for what the driver or drizzle threw; anything that is not theirs comes back as it is. Neither the message nor the
 * cause holds a statement or a parameter: drizzle's and the server's texts quote both, phone numbers included.
 */
export function translateDatabaseError(error: unknown, place: string): unknown {
  const driver = error instanceof DrizzleQueryError ? (error.cause ?? new Error('A statement failed.')) : error;
  if (!isDriverError(driver)) return driver;
  const code = codeOf(driver);
  return new AppError(code, messageOf(code, driver, place), { cause: withoutValues(driver) });
}

/** Whether the same work may be tried again at once: a deadlock (1213) or a lock that was waited for too long (1205). */
export function isContention(error: unknown): boolean {
  const driver = error instanceof DrizzleQueryError ? error.cause : error;
  return isDriverError(driver) && codeOf(driver) === 'DB_BUSY';
}

function isDriverError(error: unknown): error is DriverError {
  if (!(error instanceof Error) || error instanceof AppError) return false;
  return 'sqlState' in error || 'fatal' in error || error.message === 'Pool is closed.';
}

function codeOf(error: DriverError): ErrorCode {
  if (error.sqlState === undefined) return 'DB_UNREACHABLE';
  return CODES[error.errno ?? 0] ?? 'DB_QUERY';
}

function messageOf(code: ErrorCode, error: DriverError, place: string): string {
  const label = labelOf(error);
  if (code === 'DB_UNREACHABLE') return `The database at ${place} cannot be reached: ${label}.`;
  if (SAFE_TEXT.has(code)) return `The database refused: ${error.sqlMessage ?? label}.`;
  return `The database refused a statement: ${label}${subjectOf(error)}.`;
}

function labelOf(error: DriverError): string {
  const name = error.code ?? (error.sqlState === undefined ? error.message : 'unknown error');
  return error.sqlState === undefined ? name : `${name} (${error.errno ?? 0})`;
}

/** The key or column that the server's text ends with, never the value before it. */
function subjectOf(error: DriverError): string {
  const found = /for (key|column) ['`]?([\w.`]+?)['`]?(?: at row \d+)?$/.exec(error.sqlMessage ?? '');
  return found?.[1] === undefined || found[2] === undefined ? '' : ` for ${found[1]} ${found[2]}`;
}

function withoutValues(error: DriverError): Error {
  const cause = new Error(labelOf(error));
  cause.name = 'DatabaseError';
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  cause.stack = [`DatabaseError: ${cause.message}`, ...frames].join('\n');
  return Object.assign(cause, { code: error.code, errno: error.errno, sqlState: error.sqlState });
}
