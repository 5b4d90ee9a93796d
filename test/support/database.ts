import type { Suite } from 'mocha';
import { createConnection } from 'mysql2/promise';
import { migrate } from '../../src/db/migrate.js';
import { openDatabase, type Database } from '../../src/db/pool.js';
import type { DatabaseOptions } from '../../src/db/session.js';
import { keepTables, testServer, type TestServer } from './server.js';

/** What every prefix begins with; the suite passes with any. */
const BASE = process.env['REENGAGED_TEST_PREFIX'] ?? '';
let counter = 0;

/** A prefix that no other describe of this run has. */
export function freshPrefix(): string {
  counter += 1;
  return `${BASE}t${counter}_`;
}

/** For tests that need the server itself; to be called inside describe(). */
export function useServer(): () => TestServer {
  let server: TestServer | undefined;
  before(async () => {
    server = await testServer();
  });
  return () => given(server);
}

export interface UseDatabaseOptions {
  readonly poolSize?: number;
}

/**
 * The tables under a prefix of their own, migrated once for the describe that calls this, and a pool on them. Tests of one describe share
 * them. They are dropped when all its tests passed; when one failed they stay (on a server that outlives the run) and are named.
 */
export function useDatabase(
  options: UseDatabaseOptions = {},
): (() => Database) & { readonly options: () => DatabaseOptions } {
  let database: Database | undefined;
  let where: DatabaseOptions | undefined;
  before(async () => {
    where = { ...(await testServer()).schema, tablePrefix: freshPrefix() };
    await migrate(where);
    database = openDatabase({ ...where, poolSize: options.poolSize ?? 4 });
  });
  after(async function () {
    await database?.close();
    const suite = this.test?.parent;
    if (where === undefined) return;
    if (suite !== undefined && passed(suite)) {
      await dropTables(where);
      return;
    }
    keepTables();
    process.stderr.write(`The tables ${where.name}.${where.tablePrefix}* of this describe are kept.\n`);
  });
  return Object.assign(() => given(database), { options: () => given(where) });
}

/** Drops every table whose name begins with the prefix. */
export async function dropTables(where: DatabaseOptions): Promise<void> {
  const { host, port, user, password, name } = where;
  const connection = await createConnection({
    ...(host && { host }),
    ...(port && { port }),
    user,
    password,
    database: name,
  });
  try {
    const [rows] = await connection.query('SHOW TABLES LIKE ?', [`${where.tablePrefix.replaceAll('_', '\\_')}%`]);
    const tables = (rows as Record<string, string>[]).flatMap((row) => Object.values(row));
    if (tables.length > 0) await connection.query(`DROP TABLE ${tables.map((table) => `\`${table}\``).join(', ')}`);
  } finally {
    await connection.end();
  }
}

function passed(suite: Suite): boolean {
  return suite.tests.every((test) => test.state === 'passed') && suite.suites.every(passed);
}

function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('Only from inside a test or a hook.');
  return value;
}
