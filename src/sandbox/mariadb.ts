import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { AppError } from '../lib/errors.js';
import { tieToThisProcess } from './mariadb-cleanup.js';
import { findServer, initialiseDataFolder } from './mariadb-install.js';
import { socketOf, startServer, type ServerFolder } from './mariadb-process.js';

/** A user who has every right on one schema and none elsewhere; fits the database section of the configuration. */
export interface SchemaAccess {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly name: string;
}

export interface PrivateDatabase {
  readonly kind: 'mariadb' | 'mysql';
  readonly version: string;
  readonly host: string;
  readonly port: number;
  /** None on a server that was named in REENGAGED_TEST_DATABASE_URL. */
  readonly socket: string | undefined;
  /** The administrator. */
  readonly user: string;
  readonly password: string;
  /** `mysql://user:password@host:port/` of the administrator. */
  readonly adminUrl: string;
  /** An empty schema, and a user of the same name (up to 32 small letters, digits and underscores) for it. */
  createSchema(name: string): Promise<SchemaAccess>;
  /** Ends the server and removes every trace of it. On a named server: drops the schemas and users that were made here. */
  stop(): Promise<void>;
  /** As by kill -9; the data stay for `restart`. Only for a server of our own. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port. Only for a server of our own. */
  restart(): Promise<void>;
}

export interface PrivateDatabaseOptions {
  /** Flushes at every commit, as a shop's server does. Otherwise the disk is never waited for. */
  readonly durable?: boolean;
  /** The server's own time zone, such as `+05:30`: sessions must not depend on it. Default: UTC. */
  readonly timeZone?: string;
}

/**
 * A MariaDB or MySQL of our own in a temporary folder, reachable on loopback and by a socket, which ends with this process at the latest;
 * or throw-away schemas on the server in REENGAGED_TEST_DATABASE_URL. Throws SANDBOX_FAILED.
 */
export async function startPrivateDatabase(options: PrivateDatabaseOptions = {}): Promise<PrivateDatabase> {
  const url = process.env['REENGAGED_TEST_DATABASE_URL'];
  return url === undefined || url === '' ? startOwn(options) : useNamed(new URL(url));
}

async function startOwn(options: PrivateDatabaseOptions): Promise<PrivateDatabase> {
  const server = await findServer();
  const folder = mkdtempSync(join(tmpdir(), 're-'));
  const untie = tieToThisProcess(folder);
  const remove = () => {
    rmSync(folder, { recursive: true, force: true });
    untie();
  };
  try {
    const admin = { host: '127.0.0.1', user: 'sandbox', password: newPassword() };
    const initFile = join(folder, 'init.sql');
    mkdirSync(join(folder, 'data'));
    writeFileSync(initFile, adminSql(admin), { mode: 0o600 });
    await initialiseDataFolder(server, join(folder, 'data'), adminSql(admin));
    const at: ServerFolder = {
      server,
      folder,
      options: [...serverOptions(options), ...(server.kind === 'mysql' ? [`--init-file=${initFile}`] : [])],
    };
    const connect = async () => {
      const connection = await createConnection({
        socketPath: socketOf(folder),
        user: admin.user,
        password: admin.password,
      });
      await connection.end();
    };
    let running = await startServer(at, connect);
    const { port } = running;
    const base = await describeServer({ ...admin, port });
    return {
      ...base,
      socket: socketOf(folder),
      createSchema: (name) => createSchema(base, name),
      kill: () => running.stop('SIGKILL'),
      restart: async () => {
        await running.stop();
        running = await startServer(at, connect, port);
      },
      stop: async () => {
        await running.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

function serverOptions(options: PrivateDatabaseOptions): string[] {
  // nosync survives a killed server (the system has the pages), not a power cut; `loose` because MySQL has no sync_frm.
  const quick = ['--innodb-flush-log-at-trx-commit=2', '--innodb-flush-method=nosync', '--loose-sync-frm=0'];
  return [
    ...(options.durable === true ? ['--innodb-flush-log-at-trx-commit=1'] : quick),
    `--default-time-zone=${options.timeZone ?? '+00:00'}`,
  ];
}

/** The administrator instead of a root without password, whom every user of this machine could be over TCP. */
function adminSql(admin: { readonly user: string; readonly password: string }): string {
  return [
    `CREATE USER IF NOT EXISTS '${admin.user}'@'%' IDENTIFIED BY '${admin.password}';`,
    `GRANT ALL ON *.* TO '${admin.user}'@'%' WITH GRANT OPTION;`,
    ...['localhost', '127.0.0.1', '::1'].map((host) => `DROP USER IF EXISTS 'root'@'${host}';`),
  ].join('\n');
}

async function useNamed(url: URL): Promise<PrivateDatabase> {
  const base = await describeServer({
    host: url.hostname,
    port: Number(url.port || '3306'),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  });
  const made: string[] = [];
  const refuse = () =>
    Promise.reject(new AppError('SANDBOX_FAILED', 'Only a private server can be killed or restarted.'));
  return {
    ...base,
    socket: undefined,
    createSchema: async (name) => {
      made.push(name);
      return createSchema(base, name);
    },
    kill: refuse,
    restart: refuse,
    stop: async () => {
      const drops = made
        .splice(0)
        .flatMap((name) => [`DROP DATABASE IF EXISTS \`${name}\``, `DROP USER IF EXISTS '${name}'@'%'`]);
      await execute(base, drops);
    },
  };
}

interface Admin {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

async function describeServer(admin: Admin) {
  const [version] = await execute(admin, ['SELECT VERSION() AS version']);
  const text = String((version as { version?: unknown }[])[0]?.version);
  const { host, port, user, password } = admin;
  const adminUrl = `mysql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/`;
  return { ...admin, adminUrl, version: text, kind: /mariadb/i.test(text) ? ('mariadb' as const) : ('mysql' as const) };
}

async function createSchema(admin: Admin, name: string): Promise<SchemaAccess> {
  if (!/^[a-z0-9_]{1,32}$/.test(name)) throw new AppError('SANDBOX_FAILED', `Not a schema name: ${name}.`);
  const password = newPassword();
  await execute(admin, [
    `CREATE DATABASE \`${name}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
    `CREATE USER '${name}'@'%' IDENTIFIED BY '${password}'`,
    // In a GRANT an underscore stands for any character.
    `GRANT ALL ON \`${name.replaceAll('_', '\\_')}\`.* TO '${name}'@'%'`,
  ]);
  return { host: admin.host, port: admin.port, user: name, password, name };
}

async function execute(admin: Admin, statements: readonly string[]): Promise<unknown[]> {
  const connection = await createConnection({
    host: admin.host,
    port: admin.port,
    user: admin.user,
    password: admin.password,
  });
  try {
    const results: unknown[] = [];
    for (const statement of statements) results.push((await connection.query(statement))[0]);
    return results;
  } finally {
    await connection.end();
  }
}

function newPassword(): string {
  return randomBytes(12).toString('hex');
}
