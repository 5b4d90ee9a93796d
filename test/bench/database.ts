import { createConnection, createPool, type RowDataPacket } from 'mysql2/promise';
import { migrate } from '../../src/db/migrate.js';
import { connectionOptions, SESSION_STATEMENTS, type DatabaseOptions } from '../../src/db/session.js';
import { startPrivateDatabase } from '../../src/sandbox/mariadb.js';

export interface BenchSchema {
  readonly options: DatabaseOptions;
  /** A table of ours, quoted. */
  readonly table: (name: string) => string;
  /** Rows of the last statement; for INSERT and the like nothing of use. Two statements at a time, each on a connection of its own. */
  readonly query: (sql: string) => Promise<Record<string, unknown>[]>;
}

export interface BenchDatabase {
  readonly version: string;
  /** An empty schema with our tables. */
  schema(name: string): Promise<BenchSchema>;
  /** What this work costs in statements of whoever uses the server. */
  counting<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly statements: number }>;
  close(): Promise<void>;
}

const PREFIX = 'wp_wch_';
/** A shop's server has more than the tests' 64 MB: as much as a host of 4 GB would give it. */
const BUFFER_POOL_MB = 1_024;

/** A private server that flushes at every commit, as a shop's does. */
export async function startBenchDatabase(): Promise<BenchDatabase> {
  const server = await startPrivateDatabase({ durable: true });
  const { host, port, user, password } = server;
  const admin = await createConnection({ host, port, user, password, multipleStatements: false });
  const isPrivate = server.socket !== undefined;
  if (isPrivate) await admin.query(`SET GLOBAL innodb_buffer_pool_size = ${BUFFER_POOL_MB * 1_048_576}`);
  const open: { end(): Promise<void> }[] = [admin];
  const questions = async () => {
    const [rows] = await admin.query<RowDataPacket[]>("SHOW GLOBAL STATUS LIKE 'Questions'");
    return Number(rows[0]?.['Value']);
  };
  return {
    version: server.version,
    schema: async (name) => {
      const options = { ...(await server.createSchema(name)), tablePrefix: PREFIX };
      await migrate(options);
      const pool = createPool({ ...connectionOptions(options), connectionLimit: 2 });
      open.push(pool);
      // MariaDB writes into an empty table in bulk then, each index sorted.
      const bulk = 'SET SESSION unique_checks = 0, foreign_key_checks = 0';
      // Answered before the statement that opened the connection.
      pool.pool.on('connection', (connection) => {
        for (const statement of [...SESSION_STATEMENTS, bulk]) connection.query(statement, () => undefined);
      });
      return {
        options,
        table: (table) => `\`${PREFIX}${table}\``,
        query: async (sql) => (await pool.query(sql))[0] as RowDataPacket[],
      };
    },
    counting: async (work) => {
      const before = await questions();
      const result = await work();
      // The second look at the counter counts itself.
      return { result, statements: (await questions()) - before - 1 };
    },
    close: async () => {
      for (const connection of open) await connection.end();
      await server.stop();
    },
  };
}
