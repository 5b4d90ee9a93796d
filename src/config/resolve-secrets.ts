import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Fault } from './explain.js';
import type { Env } from './overlay-env.js';
import { isRecord, pathText, secretPaths, valueAt } from './schema-tree.js';

/** Readable by everybody on the machine. */
const OTHERS_READ = 0o004;

interface Resolved {
  readonly value?: string;
  readonly fault?: Pick<Fault, 'found' | 'wanted'>;
  readonly warning?: string;
}

/**
 * Puts the secrets in the place of `env:NAME` and `file:PATH` (relative to `folder`; white space around the content is dropped), in place.
 * A secret that stands in the file itself works, with a warning; one out of the environment (`sources`) is where it belongs.
 */
export async function resolveSecrets(
  data: unknown,
  env: Env,
  folder: string,
  sources: ReadonlyMap<string, string>,
): Promise<{ faults: Fault[]; warnings: string[] }> {
  const faults: Fault[] = [];
  const warnings: string[] = [];
  for (const path of secretPaths()) {
    const text = pathText(path);
    const written = valueAt(data, path);
    if (typeof written !== 'string' || written === '') continue;
    const { value, fault, warning } = await resolveSecret(written, env, folder, sources.has(text));
    if (value !== undefined) assign(data, path, value);
    if (fault !== undefined) faults.push({ path: text, ...fault });
    if (warning !== undefined) warnings.push(`${text} ${warning}`);
  }
  return { faults, warnings };
}

async function resolveSecret(written: string, env: Env, folder: string, fromEnv: boolean): Promise<Resolved> {
  if (written.startsWith('env:')) return fromVariable(written.slice(4), env);
  if (written.startsWith('file:')) return fromFile(resolve(folder, written.slice(5)));
  if (fromEnv) return {};
  return { warning: 'stands in the configuration file as plain text; write "env:NAME" or "file:PATH" instead.' };
}

function fromVariable(name: string, env: Env): Resolved {
  const value = env[name];
  if (value !== undefined && value !== '') return { value };
  const found = value === undefined ? 'which is not set' : 'which is empty';
  return {
    fault: { found: `"env:${name}", ${found}`, wanted: `the environment variable ${name} with the secret in it` },
  };
}

async function fromFile(path: string): Promise<Resolved> {
  try {
    const value = (await readFile(path, 'utf8')).trim();
    if (value === '')
      return { fault: { found: `the file ${path}, which is empty`, wanted: 'a file with the secret in it' } };
    if (((await stat(path)).mode & OTHERS_READ) === 0) return { value };
    return { value, warning: `comes from ${path}, which every user of this machine can read; chmod it to 600.` };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    return {
      fault: { found: `the file ${path}, which cannot be read (${code})`, wanted: 'a file with the secret in it' },
    };
  }
}

function assign(data: unknown, path: readonly string[], value: string): void {
  const parent = valueAt(data, path.slice(0, -1));
  const key = path.at(-1);
  if (isRecord(parent) && key !== undefined) parent[key] = value;
}
