import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { startPrivateDatabase, type PrivateDatabase, type SchemaAccess } from '../../src/sandbox/mariadb.js';

export interface TestServer {
  readonly database: PrivateDatabase;
  /** A user with rights on one schema only; the tests run as this one. */
  readonly schema: SchemaAccess;
  /** Runs statements as the administrator and returns the last one's rows. */
  readonly admin: (...statements: string[]) => Promise<RowDataPacket[]>;
}

let started: Promise<TestServer> | undefined;

/** The one private database of the whole run, started when the first test asks. Its zone is not UTC: sessions must not depend on it. */
export function testServer(): Promise<TestServer> {
  started ??= start();
  return started;
}

async function start(): Promise<TestServer> {
  const database = await startPrivateDatabase({ timeZone: process.env['REENGAGED_TEST_SERVER_ZONE'] ?? '-03:30' });
  const schema = await database.createSchema(`reengaged_test_${process.pid}`);
  const admin = async (...statements: string[]) => {
    const { host, port, user, password } = database;
    const connection = await createConnection({ host, port, user, password });
    try {
      let rows: RowDataPacket[] = [];
      for (const statement of statements) [rows] = await connection.query<RowDataPacket[]>(statement);
      return rows;
    } finally {
      await connection.end();
    }
  };
  return { database, schema, admin };
}

/** How many connections the tests' user still has; it waits up to two seconds for closed ones to go. */
export async function leakedConnections(): Promise<number> {
  if (started === undefined) return 0;
  const { admin, schema } = await started;
  for (let left = 40; ; left--) {
    const [row] = await admin(
      `SELECT COUNT(*) AS open, SLEEP(0.05) FROM information_schema.PROCESSLIST WHERE USER = '${schema.user}'`,
    );
    const open = Number(row?.['open']);
    if (open === 0 || left === 0) return open;
  }
}

let tablesAreKept = false;

/** A test failed and its tables are left for a look: on a server of somebody else's they then stay. */
export function keepTables(): void {
  tablesAreKept = true;
}

export async function stopTestServer(): Promise<void> {
  if (started === undefined) return;
  const { database } = await started;
  const isOurOwn = database.socket !== undefined;
  if (isOurOwn || !tablesAreKept) await database.stop();
}
