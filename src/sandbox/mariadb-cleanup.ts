import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Holds the process id of the server that runs in the folder; not the server's own pid file, which it writes late. */
const pidFile = (folder: string): string => join(folder, 'running');

export function noteRunning(folder: string, pid: number): void {
  writeFileSync(pidFile(folder), `${pid}\n`);
}

export function noteStopped(folder: string): void {
  rmSync(pidFile(folder), { force: true });
}

const WATCH = 'trap "" INT TERM HUP; cat >/dev/null; read -r pid <"$1/running" && kill -KILL "$pid"; rm -rf -- "$1"';

/**
 * Ties a folder and the server in it to this process: at an exit both go at once. For what leaves no time to tidy up (a signal, kill -9)
 * a shell waits at a pipe that closes when this process is gone. The function that comes back unties them.
 */
export function tieToThisProcess(folder: string): () => void {
  const watcher = spawn('/bin/sh', ['-c', WATCH, 'sh', folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.on('error', () => undefined);
  watcher.unref();
  (watcher.stdin as unknown as { unref(): void }).unref();
  const atExit = () => {
    endServer(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  process.once('exit', atExit);
  return () => {
    process.off('exit', atExit);
    watcher.kill('SIGKILL');
  };
}

function endServer(folder: string): void {
  try {
    process.kill(Number(readFileSync(pidFile(folder), 'utf8')), 'SIGKILL');
  } catch {
    // No server runs there, or it has just ended: both are what is wanted.
  }
}
