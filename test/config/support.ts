import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load.js';
import { AppError } from '../../src/lib/errors.js';

export const EXAMPLE = new URL('../../config/reengaged.example.json', import.meta.url).pathname;

/** What the example's `env:` secrets ask for. */
export const SECRETS = {
  WOOCOMMERCE_KEY: 'ck_5ec7e7',
  WOOCOMMERCE_SECRET: 'cs_0dd5ec7e7',
  DATABASE_PASSWORD: 'correct horse',
  WHATSAPP_TOKEN: 'EAAtoken',
};

/** The example, changed at dotted paths; undefined takes a setting out. */
export function exampleWith(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const config = JSON.parse(readFileSync(EXAMPLE, 'utf8')) as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    let parent = config;
    for (const key of keys) parent = (parent[key] ??= {}) as Record<string, unknown>;
    parent[last] = value;
  }
  return config;
}

/** A folder that the test's `afterEach` removes. */
export interface Folder {
  readonly path: string;
  write(content: unknown, name?: string, mode?: number): string;
  remove(): void;
}

export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'reengaged-config-'));
  return {
    path,
    write: (content, name = 'reengaged.json', mode = 0o600) => {
      const file = join(path, name);
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
      chmodSync(file, mode);
      return file;
    },
    remove: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** The error that loading ends in. */
export async function loadError(path: string, env: Record<string, string> = SECRETS): Promise<AppError> {
  try {
    await loadConfig(path, env);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('The configuration was accepted.');
}

/** The lines of the message that tell faults. */
export async function faultLines(path: string, env?: Record<string, string>): Promise<string[]> {
  const error = await loadError(path, env);
  return error.message
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
}
