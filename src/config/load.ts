import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { AppError } from '../lib/errors.js';
import { checkConfig } from './check.js';
import { formatFaults, type Fault } from './explain.js';
import { findJsonFault, isTooDeep, MAX_DEPTH } from './json-text.js';
import { overlayEnv, type Env, type Overlay } from './overlay-env.js';
import { deepFreeze } from './plain-data.js';
import { resolveSecrets } from './resolve-secrets.js';
import type { Config } from './schema.js';
import { secretPaths, valueAt } from './schema-tree.js';

export interface LoadedConfig {
  /** Frozen to its depths; the secrets are in it. */
  readonly config: Config;
  /** What works but should be changed, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Reads the JSON file, lays `env` over it, fetches the secrets and checks everything.
 * Throws CONFIG_UNREADABLE (missing, no permission, not JSON, nested too deep) or CONFIG_INVALID, whose message has one line for every fault.
 */
export async function loadConfig(path: string, env: Env): Promise<LoadedConfig> {
  const data = parseJson(path, textOf(await readBytes(path)));
  const overlay = overlayEnv(data, env);
  const secrets = await resolveSecrets(data, env, dirname(resolve(path)), overlay.sources);
  const config = checkedConfig(path, data, overlay, secrets.faults);
  return { config: deepFreeze(config), warnings: secrets.warnings };
}

/** @throws AppError CONFIG_INVALID with the faults of `data`, after `overlay` was laid over it, and the `more` that are known. */
export function checkedConfig(where: string, data: unknown, overlay: Overlay, more: readonly Fault[] = []): Config {
  const checked = checkConfig(data, overlay.sources);
  const faults = [...checked.faults, ...overlay.faults, ...more];
  if (checked.config === undefined || faults.length > 0)
    throw new AppError('CONFIG_INVALID', formatFaults(where, faults));
  return checked.config;
}

/** The secrets of a configuration, for the logger to leave out. */
export function secretValues(config: Config): string[] {
  return secretPaths()
    .map((path) => valueAt(config, path))
    .filter((value): value is string => typeof value === 'string' && value !== '');
}

/** @throws AppError CONFIG_UNREADABLE */
export async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    throw new AppError('CONFIG_UNREADABLE', `The configuration file ${path} ${why}.`, { cause: error });
  }
}

/** UTF-8, without its byte order mark. */
export function textOf(bytes: Buffer): string {
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}

/** @throws AppError CONFIG_UNREADABLE */
export function parseJson(path: string, text: string): unknown {
  if (isTooDeep(text))
    throw new AppError(
      'CONFIG_UNREADABLE',
      `The configuration file ${path} has lists or objects inside of each other more than ${MAX_DEPTH} deep; no setting needs that.`,
    );
  try {
    return JSON.parse(text);
  } catch {
    // No cause: the parser's message quotes the file, and so perhaps a secret.
    const fault = findJsonFault(text);
    const where = fault === undefined ? '' : ` in line ${fault.line}, column ${fault.column}: ${fault.problem}`;
    throw new AppError('CONFIG_UNREADABLE', `The configuration file ${path} is not JSON${where}.`);
  }
}
