import type { RowDataPacket } from 'mysql2/promise';
import type { TestServer } from './server.js';

/** Everything that information_schema says about the tables whose name begins so, but for sizes and times. */
export async function schemaView(
  server: TestServer,
  schema: string,
  prefix: string,
): Promise<Record<string, unknown>[]> {
  const where = `TABLE_SCHEMA = '${schema}' AND TABLE_NAME LIKE '${prefix.replaceAll('_', '\\_')}%'`;
  const views = [
    `SELECT TABLE_NAME, ENGINE, TABLE_COLLATION, CREATE_TIME FROM information_schema.TABLES WHERE ${where} ORDER BY 1`,
    `SELECT * FROM information_schema.COLUMNS WHERE ${where} ORDER BY TABLE_NAME, ORDINAL_POSITION`,
    `SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, SEQ_IN_INDEX, COLUMN_NAME, SUB_PART FROM information_schema.STATISTICS
     WHERE ${where} ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX`,
  ];
  const all: Record<string, unknown>[] = [];
  for (const view of views) all.push(...plain(await server.admin(view)));
  return all;
}

export interface TableView {
  readonly columns: ReadonlyMap<string, Record<string, unknown>>;
  /** Each as `unique(a,b)` or `plain(a)`. */
  readonly indexes: readonly string[];
}

/** A table's columns by name, as SHOW FULL COLUMNS has them, and its indexes without their names. */
export async function tableView(server: TestServer, schema: string, table: string): Promise<TableView> {
  const columns = plain(await server.admin(`SHOW FULL COLUMNS FROM \`${schema}\`.\`${table}\``));
  const parts = plain(await server.admin(`SHOW INDEX FROM \`${schema}\`.\`${table}\``));
  const indexes = new Map<string, string[]>();
  for (const part of parts) {
    const key = `${String(part['Non_unique'])} ${String(part['Key_name'])}`;
    indexes.set(key, [...(indexes.get(key) ?? []), String(part['Column_name'])]);
  }
  return {
    columns: new Map(columns.map((column) => [String(column['Field']), column])),
    indexes: [...indexes]
      .map(([key, names]) => `${key.startsWith('0') ? 'unique' : 'plain'}(${names.join(',')})`)
      .sort(),
  };
}

function plain(rows: RowDataPacket[]): Record<string, unknown>[] {
  return rows.map((row) => ({ ...row }));
}
