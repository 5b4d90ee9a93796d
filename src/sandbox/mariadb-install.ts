import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError } from '../lib/errors.js';

export interface ServerBinary {
  readonly path: string;
  readonly kind: 'mariadb' | 'mysql';
}

const PLACES = [
  '/usr/sbin',
  '/usr/libexec',
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/local/libexec',
  '/opt/homebrew/bin',
];
const PACKAGE = 'mariadb-server-core';

/**
 * The server's program: found, or as root on Debian installed first (said on stderr). Elsewhere it throws SANDBOX_FAILED with the
 * command that installs it. The package leaves no service behind; --no-remove, because it conflicts with a shop's own MySQL.
 */
export async function findServer(): Promise<ServerBinary> {
  const found = await lookForServer();
  if (found !== null) return found;
  const install = `apt-get update && apt-get install -y --no-install-recommends --no-remove ${PACKAGE}`;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new AppError(
      'SANDBOX_FAILED',
      `Neither mariadbd nor mysqld was found. On Debian or Ubuntu: sudo sh -c '${install}'. On a Mac: brew install mariadb. ` +
        'Or name a server in REENGAGED_TEST_DATABASE_URL (mysql://user:password@host:port/).',
    );
  }
  console.error(`No MariaDB here; installing ${PACKAGE} (no service is started).`);
  await run('/bin/sh', ['-c', `(${install}) >&2`], { ...process.env, DEBIAN_FRONTEND: 'noninteractive' });
  const installed = await lookForServer();
  if (installed === null)
    throw new AppError('SANDBOX_FAILED', `${PACKAGE} was installed, and still there is no mariadbd.`);
  return installed;
}

async function lookForServer(): Promise<ServerBinary | null> {
  const folders = [...(process.env['PATH'] ?? '').split(':').filter((folder) => folder !== ''), ...PLACES];
  for (const name of ['mariadbd', 'mysqld']) {
    const path = folders.map((folder) => join(folder, name)).find(isExecutable);
    if (path !== undefined)
      return { path, kind: /mariadb/i.test(await run(path, ['--version'])) ? 'mariadb' : 'mysql' };
  }
  return null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Fills an empty data folder and makes `adminSql` part of it. MariaDB is bootstrapped from its own SQL files: mariadb-install-db wants
 * my_print_defaults, which Debian ships in another package. MySQL runs `initFile` when it starts for the first time.
 */
export async function initialiseDataFolder(server: ServerBinary, dataFolder: string, adminSql: string): Promise<void> {
  const options = ['--no-defaults', `--datadir=${dataFolder}`, ...asRoot()];
  if (server.kind === 'mysql') {
    await run(server.path, [...options, '--initialize-insecure']);
    return;
  }
  const systemTables = ['mysql_system_tables.sql', 'mysql_performance_tables.sql', 'mysql_system_tables_data.sql'];
  const folder = shareFolder(server.path, systemTables[0] ?? '');
  // Lines with @current_hostname make accounts for the host's name, which a server without name resolution cannot match.
  const lines = systemTables
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n')
    .split('\n')
    .filter((line) => !line.includes('@current_hostname'));
  const input = [
    'CREATE DATABASE mysql;',
    'USE mysql;',
    'SET @auth_root_socket=NULL;',
    ...lines,
    'FLUSH PRIVILEGES;',
    adminSql,
    '',
  ];
  const bootstrap = [
    ...options,
    '--bootstrap',
    '--skip-log-bin',
    '--innodb-log-file-size=16M',
    '--innodb-buffer-pool-size=16M',
  ];
  await run(server.path, bootstrap, process.env, input.join('\n'));
}

/** As root the servers refuse to run unless told to. */
export function asRoot(): string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : [];
}

function shareFolder(program: string, file: string): string {
  const prefix = dirname(dirname(program));
  const folders = [prefix, '/usr'].flatMap((at) => ['mysql', 'mariadb', ''].map((name) => join(at, 'share', name)));
  const found = folders.find((folder) => existsSync(join(folder, file)));
  if (found !== undefined) return found;
  throw new AppError('SANDBOX_FAILED', `${file} of MariaDB was not found in ${folders.join(', ')}.`);
}

function run(program: string, args: readonly string[], env = process.env, input?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-4_000);
    });
    child.stdin?.on('error', () => undefined).end(input);
    child.once('error', (cause) => {
      reject(new AppError('SANDBOX_FAILED', `${program} cannot be started.`, { cause }));
    });
    child.once('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new AppError('SANDBOX_FAILED', `${program} ended with ${code ?? 'a signal'}: ${errors.trim()}`));
    });
  });
}
