import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommandLine } from '../../src/cli/program.js';
import type { Config } from '../../src/config/schema.js';
import type { Clock } from '../../src/lib/clock.js';
import type { World } from '../support/world.js';
import { recordingTerminal } from './recording-terminal.js';

/** Runs a command in this process, by the world's clock; without a connection to the terminal's streams. */
export async function runHere(w: World, config: Config, ...args: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'reengaged-here-'));
  const path = join(folder, 'reengaged.json');
  const secret = (name: string, value: string) => {
    writeFileSync(join(folder, name), value, { mode: 0o600 });
    return `file:${join(folder, name)}`;
  };
  const { shop, database, whatsapp } = config;
  const withoutSecrets = {
    ...config,
    shop: {
      ...shop,
      consumer_key: secret('key', shop.consumer_key),
      consumer_secret: secret('secret', shop.consumer_secret),
    },
    database: { ...database, password: secret('password', database.password) },
    whatsapp: { ...whatsapp, access_token: secret('token', whatsapp.access_token) },
  };
  writeFileSync(path, JSON.stringify(withoutSecrets));
  try {
    return await commandLineHere([...args, '--config', path], w.clock);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same for any command line, in the current folder. */
export async function commandLineHere(args: readonly string[], clock: Clock) {
  const { terminal, out, err } = recordingTerminal();
  const before = process.exitCode;
  const listeners = process.listeners('uncaughtException');
  try {
    process.exitCode = undefined;
    await runCommandLine(args, { terminal, clock });
    return { code: exitCode(), out: out(), err: err() };
  } finally {
    process.exitCode = before;
    for (const listener of process.listeners('uncaughtException'))
      if (!listeners.includes(listener)) process.off('uncaughtException', listener);
  }
}

/** Written by the command: the compiler takes it for still undefined. */
function exitCode(): number {
  return Number(process.exitCode ?? 0);
}
