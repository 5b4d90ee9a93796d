import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { AppError } from '../lib/errors.js';
import { explainIssues, formatFaults } from './explain.js';
import { findJsonFault } from './json-text.js';
import { overlayEnv, type Env } from './overlay-env.js';
import { resolveSecrets } from './resolve-secrets.js';
import { configSchema, type Config } from './schema.js';
import { isRecord, secretPaths, valueAt } from './schema-tree.js';

export interface LoadedConfig {
  /** Frozen to its depths; the secrets are in it. */
  readonly config: Config;
  /** What works but should be changed, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Reads the JSON file, lays `env` over it, fetches the secrets and checks everything.
 * Throws CONFIG_UNREADABLE (missing, no permission, not JSON) or CONFIG_INVALID, whose message has one line for every fault.
 */
export async function loadConfig(path: string, env: Env): Promise<LoadedConfig> {
  const data = parseJson(path, await readText(path));
  const overlay = isRecord(data) ? overlayEnv(data, env) : { faults: [], sources: new Map<string, string>() };
  const secrets = await resolveSecrets(data, env, dirname(resolve(path)), overlay.sources);
  const parsed = configSchema.safeParse(data);
  const faults = [
    ...(parsed.success ? [] : explainIssues(parsed.error.issues, data, overlay.sources)),
    ...overlay.faults,
    ...secrets.faults,
  ];
  if (!parsed.success || faults.length > 0) throw new AppError('CONFIG_INVALID', formatFaults(path, faults));
  return { config: deepFreeze(parsed.data), warnings: secrets.warnings };
}

/** The secrets of a configuration, for the logger to leave out. */
export function secretValues(config: Config): string[] {
  return secretPaths()
    .map((path) => valueAt(config, path))
    .filter((value): value is string => typeof value === 'string' && value !== '');
}

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}

async function readText(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    throw new AppError('CONFIG_UNREADABLE', `The configuration file ${path} ${why}.`, { cause: error });
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No cause: the parser's message quotes the file, and so perhaps a secret.
    const fault = findJsonFault(text);
    const where = fault === undefined ? '' : ` in line ${fault.line}, column ${fault.column}: ${fault.problem}`;
    throw new AppError('CONFIG_UNREADABLE', `The configuration file ${path} is not JSON${where}.`);
  }
}
