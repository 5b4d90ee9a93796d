import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { AppError, errorMessage } from '../lib/errors.js';
import { noteRunning, noteStopped } from './mariadb-cleanup.js';
import { asRoot, type ServerBinary } from './mariadb-install.js';

const START_MS = 60_000;
const STOP_MS = 10_000;

export interface ServerFolder {
  readonly server: ServerBinary;
  /** Holds the data, the socket and the log; short, because a socket's path may have about 100 characters. */
  readonly folder: string;
  readonly options: readonly string[];
}

export interface ServerProcess {
  readonly port: number;
  /** SIGTERM, and SIGKILL when that takes longer than ten seconds. The folder stays. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

export const socketOf = (folder: string): string => join(folder, 's.sock');

/** Starts the server and waits until `connect` succeeds. Without `port` it takes a free one, and another when that was lost meanwhile. */
export async function startServer(
  at: ServerFolder,
  connect: () => Promise<void>,
  port?: number,
): Promise<ServerProcess> {
  for (let tries = 1; ; tries++) {
    const chosen = port ?? (await freePort());
    const child = spawnServer(at, chosen);
    const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') => {
      await stopChild(child, signal);
      noteStopped(at.folder);
    };
    try {
      await ready(child, connect);
      return { port: chosen, stop };
    } catch (cause) {
      await stop('SIGKILL');
      const log = readLog(at.folder);
      if (port === undefined && tries < 5 && /already in use/i.test(log)) continue;
      throw new AppError('SANDBOX_FAILED', `The private database did not start. ${log}`, { cause });
    }
  }
}

function spawnServer({ server, folder, options }: ServerFolder, port: number): ChildProcess {
  const fixed = [
    '--no-defaults',
    `--datadir=${join(folder, 'data')}`,
    `--socket=${socketOf(folder)}`,
    `--pid-file=${join(folder, 'pid')}`,
    `--log-error=${join(folder, 'error.log')}`,
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    '--skip-log-bin',
    '--performance-schema=OFF',
    '--innodb-buffer-pool-size=64M',
    '--key-buffer-size=1M',
    '--max-connections=300',
    '--character-set-server=utf8mb4',
    ...asRoot(),
  ];
  // A process group of its own: Ctrl-C at the terminal must not reach the server before its user has closed the connections.
  const child = spawn(server.path, [...fixed, ...options], { detached: true, stdio: 'ignore' });
  if (child.pid !== undefined) noteRunning(folder, child.pid);
  child.unref();
  return child;
}

async function ready(child: ChildProcess, connect: () => Promise<void>): Promise<void> {
  const deadline = AbortSignal.timeout(START_MS);
  const ended = new Promise<never>((_resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      reject(new Error(`the server ended with ${code ?? signal ?? 'nothing'}`));
    });
  });
  const connected = async () => {
    for (;;) {
      try {
        await connect();
        return;
      } catch (error) {
        if (deadline.aborted) throw new Error(`no connection in time: ${errorMessage(error)}`, { cause: error });
        if (child.exitCode !== null) return;
        await wait(25);
      }
    }
  };
  await Promise.race([ended, connected()]);
}

async function stopChild(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const exited = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await exited;
  clearTimeout(timer);
}

function readLog(folder: string): string {
  try {
    return readFileSync(join(folder, 'error.log'), 'utf8')
      .split('\n')
      .filter((line) => line.includes('[ERROR]'))
      .slice(-5)
      .join(' ');
  } catch {
    return 'It wrote no log.';
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
