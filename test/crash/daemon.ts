import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

export interface Running {
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
}

/** The built program with a configuration of its own. */
export function program(main: string, configPath: string, ...args: string[]): Running {
  const child = spawn(process.execPath, [main, ...args, '--config', configPath], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = once(child, 'close').then(
    ([code, signal]: (number | NodeJS.Signals | null)[]) => ({ code, signal, output }) as Ended,
  );
  return {
    ended,
    kill: (signal) => {
      child.kill(signal);
    },
  };
}

/** A configuration file in a folder of its own; `remove` deletes both. */
export async function configurationFile(content: object): Promise<{ path: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'reengaged-test-'));
  const path = join(folder, 'reengaged.json');
  await writeFile(path, JSON.stringify(content), { mode: 0o600 });
  return { path, remove: () => rm(folder, { recursive: true }) };
}
