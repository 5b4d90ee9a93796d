import type { Connection, RowDataPacket } from 'mysql2/promise';
import { AppError } from '../lib/errors.js';
import type { SchemaState } from './adopt.js';
import type { MigrationFile, MigrationStatement } from './migrate-files.js';

/** Which statements of which file have been run, and what they were: `{prefix}reengagement_migrations`. */
const RECORD_TABLE = 'reengagement_migrations';

export interface RecordedStatement {
  readonly file: string;
  /** From 1. */
  readonly position: number;
  readonly hash: string;
  readonly fileHash: string;
}

export interface PendingStatement {
  readonly file: MigrationFile;
  readonly position: number;
  readonly statement: MigrationStatement;
}

export function recordTableStatement(prefix: string): string {
  return (
    `CREATE TABLE \`${prefix}${RECORD_TABLE}\` (\n` +
    '\t`file` varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,\n' +
    '\t`position` int NOT NULL,\n' +
    '\t`hash` char(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,\n' +
    '\t`file_hash` char(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,\n' +
    '\t`applied_at` datetime NOT NULL,\n' +
    '\tPRIMARY KEY (`file`,`position`)\n' +
    ') ENGINE=InnoDB'
  );
}

/** Null: no migration has ever begun here. */
export async function readRecord(connection: Connection, prefix: string): Promise<RecordedStatement[] | null> {
  const [found] = await connection.query<RowDataPacket[]>(
    'SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?',
    [prefix + RECORD_TABLE],
  );
  if (found.length === 0) return null;
  const [rows] = await connection.query<RowDataPacket[]>(
    `SELECT \`file\`, \`position\`, \`hash\`, file_hash AS fileHash FROM \`${prefix}${RECORD_TABLE}\``,
  );
  return rows as unknown as RecordedStatement[];
}

export async function recordStatement(connection: Connection, prefix: string, done: PendingStatement): Promise<void> {
  await connection.query(`INSERT INTO \`${prefix}${RECORD_TABLE}\` VALUES (?, ?, ?, ?, UTC_TIMESTAMP())`, [
    done.file.name,
    done.position,
    done.statement.hash,
    done.file.hash,
  ]);
}

/**
 * What is shipped and not recorded, in order. Throws MIGRATION_CHANGED when a recorded statement is not the one shipped now,
 * SCHEMA_NEWER when the record names a file that this release does not have.
 */
export function pendingStatements(
  files: readonly MigrationFile[],
  record: readonly RecordedStatement[],
): PendingStatement[] {
  for (const done of record) refuseStranger(files, done);
  const recorded = new Set(record.map(({ file, position }) => `${file} ${position}`));
  return files.flatMap((file) =>
    file.statements
      .map((statement, index) => ({ file, position: index + 1, statement }))
      .filter(({ position }) => !recorded.has(`${file.name} ${position}`)),
  );
}

function refuseStranger(files: readonly MigrationFile[], done: RecordedStatement): void {
  const file = files.find(({ name }) => name === done.file);
  if (file === undefined) {
    throw new AppError(
      'SCHEMA_NEWER',
      `The database has the migration ${done.file}, which this release does not know.`,
    );
  }
  // The file's hash too: a statement put behind the recorded ones changes the file and none of their hashes.
  if (file.statements[done.position - 1]?.hash !== done.hash || file.hash !== done.fileHash) {
    throw new AppError(
      'MIGRATION_CHANGED',
      `Migration ${done.file} has changed since statement ${done.position} of it ran.`,
    );
  }
}

/** The tables whose name begins with the prefix, or with `''` all of the schema. */
export async function readSchema(connection: Connection, prefix: string): Promise<SchemaState> {
  const state: SchemaState = new Map();
  const like = [`${prefix.replaceAll('_', '\\_')}%`];
  const [columns] = await connection.query<RowDataPacket[]>(
    'SELECT TABLE_NAME AS tableName, COLUMN_NAME AS columnName FROM information_schema.COLUMNS ' +
      'WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE ?',
    like,
  );
  for (const { tableName, columnName } of columns as { tableName: string; columnName: string }[]) {
    const table = state.get(tableName) ?? { columns: new Set<string>(), indexes: [] };
    table.columns.add(columnName.toLowerCase());
    state.set(tableName, table);
  }
  const [indexes] = await connection.query<RowDataPacket[]>(
    // A part with a prefix length (SUB_PART) is another index than the whole column.
    'SELECT TABLE_NAME AS tableName, INDEX_NAME AS indexName, MIN(NON_UNIQUE) AS nonUnique, ' +
      "GROUP_CONCAT(CONCAT(IFNULL(COLUMN_NAME, ''), IFNULL(CONCAT('(', SUB_PART, ')'), '')) ORDER BY SEQ_IN_INDEX) AS columnNames " +
      'FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE ? GROUP BY TABLE_NAME, INDEX_NAME',
    like,
  );
  for (const row of indexes as { tableName: string; indexName: string; nonUnique: number; columnNames: string }[]) {
    state.get(row.tableName)?.indexes.push({
      name: row.indexName,
      unique: row.nonUnique === 0,
      columns: row.columnNames.split(','),
    });
  }
  return state;
}
