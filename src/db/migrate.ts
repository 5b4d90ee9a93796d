import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import { AppError, isAppError } from '../lib/errors.js';
import { missingStatements, type SchemaState, type TableState } from './adopt.js';
import { translateDatabaseError } from './errors.js';
import { readMigrations, sha256, type MigrationFile } from './migrate-files.js';
import {
  pendingStatements,
  readRecord,
  readSchema,
  recordStatement,
  recordTableStatement,
  type PendingStatement,
} from './migrate-record.js';
import { PREFIX_TOKEN } from './prefix.js';
import { connectionOptions, placeOf, SESSION_STATEMENTS, type DatabaseOptions } from './session.js';
import { parseStatement, type IndexPart, type Statement } from './statement.js';

export interface MigrateOptions {
  /** Say what would be run, and run nothing. */
  readonly dryRun?: boolean;
  /** Told of each statement before it runs. */
  readonly onStatement?: (sql: string) => void;
  /** Default: the ones shipped. */
  readonly files?: readonly MigrationFile[];
}

export interface MigrationReport {
  readonly dryRun: boolean;
  /** Every statement that was run (or would be), in order; the bookkeeping's own rows are not among them. */
  readonly statements: readonly string[];
}

/** `empty`: no migration has begun here, whatever tables there are. `newer`: a newer release has been at it. */
export type DatabaseState = 'empty' | 'outdated' | 'current' | 'newer';

const LOCK_SECONDS = 60;

/**
 * Brings the tables to what this release needs. Additive: tables, columns and indexes that are missing are made, in tables that somebody
 * else made too; nothing is dropped and no row is touched. Safe to run twice, by several processes at once, and after a crash.
 * Throws MIGRATION_CHANGED, SCHEMA_NEWER, MIGRATION_LOCKED or DB_*.
 */
export async function migrate(options: DatabaseOptions, how: MigrateOptions = {}): Promise<MigrationReport> {
  return connected(options, async (connection) => {
    if (how.dryRun === true)
      return { dryRun: true, statements: [...(await makePlan(connection, options, how)).statements] };
    return locked(connection, options, async () => {
      const plan = await makePlan(connection, options, how);
      for (const step of plan.steps) {
        for (const statement of step.statements) {
          how.onStatement?.(statement);
          await connection.query(statement);
        }
        if (step.pending !== null) await recordStatement(connection, options.tablePrefix, step.pending);
      }
      return { dryRun: false, statements: plan.statements };
    });
  });
}

/** Whether `migrate` has something to do, for checks at the start. Throws MIGRATION_CHANGED or DB_*. */
export async function databaseState(options: DatabaseOptions, files = readMigrations()): Promise<DatabaseState> {
  return connected(options, async (connection) => {
    const record = await readRecord(connection, options.tablePrefix);
    if (record === null) return 'empty';
    try {
      return pendingStatements(files, record).length === 0 ? 'current' : 'outdated';
    } catch (error) {
      if (isAppError(error, 'SCHEMA_NEWER')) return 'newer';
      throw error;
    }
  });
}

interface Step {
  readonly statements: readonly string[];
  /** What is recorded once they have run; null for the record's own table. */
  readonly pending: PendingStatement | null;
}

interface Plan {
  readonly steps: readonly Step[];
  readonly statements: readonly string[];
}

async function makePlan(connection: Connection, options: DatabaseOptions, how: MigrateOptions): Promise<Plan> {
  const prefix = options.tablePrefix;
  const record = await readRecord(connection, prefix);
  const pending = pendingStatements(how.files ?? readMigrations(), record ?? []);
  const state: SchemaState =
    pending.length === 0 ? new Map<string, TableState>() : await readSchema(connection, prefix);
  const parsed = pending.map((one) => {
    const text = one.statement.text.replaceAll(PREFIX_TOKEN, prefix);
    return { pending: one, text, statement: parseStatement(text) };
  });
  const steps: Step[] = parsed.map(({ pending: one, text, statement }, at) => ({
    statements: missingStatements(
      text,
      statement,
      state,
      indexesOf(
        statement,
        parsed.slice(at + 1).map((later) => later.statement),
      ),
    ),
    pending: one,
  }));
  if (record === null) steps.unshift({ statements: [recordTableStatement(prefix)], pending: null });
  return { steps, statements: steps.flatMap((step) => step.statements) };
}

/** The indexes that the statements after a CREATE TABLE give that table, up to the first one that may do anything else. */
function indexesOf(created: Statement, later: readonly Statement[]): IndexPart[] {
  if (created.kind !== 'create-table') return [];
  const end = later.findIndex(({ kind }) => kind === 'other' || kind === 'add-column');
  return later
    .slice(0, end === -1 ? undefined : end)
    .flatMap((one) => (one.kind === 'create-index' && one.table === created.table ? [one.index] : []));
}

/** One migration at a time for a schema and prefix, in all processes of all hosts. GET_LOCK needs no privilege, and ends with the session. */
async function locked<T>(connection: Connection, options: DatabaseOptions, work: () => Promise<T>): Promise<T> {
  const name = `reengaged:${sha256(`${options.name}/${options.tablePrefix}`).slice(0, 40)}`;
  const [rows] = await connection.query<RowDataPacket[]>('SELECT GET_LOCK(?, ?) AS got', [name, LOCK_SECONDS]);
  if (rows[0]?.['got'] !== 1) {
    throw new AppError('MIGRATION_LOCKED', `Another process has been migrating for more than ${LOCK_SECONDS} seconds.`);
  }
  try {
    return await work();
  } finally {
    await connection.query('DO RELEASE_LOCK(?)', [name]).catch(() => undefined);
  }
}

async function connected<T>(options: DatabaseOptions, work: (connection: Connection) => Promise<T>): Promise<T> {
  try {
    const connection = await createConnection(connectionOptions(options));
    try {
      for (const statement of SESSION_STATEMENTS) await connection.query(statement);
      // A long transaction on one of the tables must not hold an ALTER, and everyone behind it, for a day.
      await connection.query('SET SESSION lock_wait_timeout = 60');
      return await work(connection);
    } finally {
      await connection.end().catch(() => undefined);
    }
  } catch (error) {
    throw translateDatabaseError(error, placeOf(options));
  }
}
