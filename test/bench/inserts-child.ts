import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { connectionOptions, SESSION_STATEMENTS, type DatabaseOptions } from '../../src/db/session.js';
import { chunks } from '../../src/lib/group.js';
import { serve } from './serve.js';

export interface InsertsInput {
  readonly database: DatabaseOptions;
  readonly groupSize: number;
}

/** The bare loop: takes the rows that a planner has written out of the journal, empties it, and inserts the same rows in groups. */
serve(async ({ database, groupSize }: InsertsInput) => {
  const connection = await createConnection(connectionOptions(database));
  for (const statement of SESSION_STATEMENTS) await connection.query(statement);
  const table = `\`${database.tablePrefix}reengagement_actions\``;
  const [rows] = await connection.query<RowDataPacket[]>(`SELECT * FROM ${table} WHERE phone IS NOT NULL`);
  await connection.query(`TRUNCATE ${table}`);
  const columns = Object.keys(rows[0] ?? {}).filter((name) => name !== 'id');
  const list = columns.map((name) => `\`${name}\``).join(', ');
  const groups = chunks(
    rows.map((row) => columns.map((name): unknown => row[name])),
    groupSize,
  );
  return {
    run: async () => {
      for (const group of groups) await connection.query(`INSERT INTO ${table} (${list}) VALUES ?`, [group]);
      return rows.length;
    },
    close: () => connection.end(),
  };
});
