import { AppError, isAppError } from '../lib/errors.js';
import { checkConfig } from './check.js';
import { formatFaults, type Fault } from './explain.js';
import { isTooDeep } from './json-text.js';
import { checkedConfig } from './load.js';
import { overlayEnv, type Env } from './overlay-env.js';
import { deepFreeze, placeAt, removeAt } from './plain-data.js';
import { resolveSecrets } from './resolve-secrets.js';
import type { Config } from './schema.js';
import { isRecord, pathText, type Path } from './schema-tree.js';
import { isWithin, overridingVariables } from './settings-view.js';
import { settingPlace } from './settings-key.js';

/**
 * The configuration that a program without a file goes on with.
 * @throws AppError UNKNOWN_SETTING, SETTING_REFUSED
 */
export async function withSetting(config: Config, key: string, value: unknown, env: Env): Promise<Config> {
  const { path: place } = settingPlace(key);
  const next = withValue(config, place, jsonOf(place, value));
  const { faults } = await resolveSecrets(next, env, process.cwd(), new Map());
  const checked = checkConfig(next);
  if (checked.config === undefined || faults.length > 0) throw refused([...checked.faults, ...faults]);
  return deepFreeze(checked.config);
}

/** A copy of plain data with a value at `place`, or without one where it is undefined. @throws AppError SETTING_REFUSED */
export function withValue(data: unknown, place: Path, value: unknown): unknown {
  const next = structuredClone(data);
  if (value === undefined) removeAt(next, place);
  else if (isRecord(next) && !placeAt(next, place, value)) {
    const wanted = 'a place in it, or the one after its end';
    throw refused([{ path: pathText(place), found: 'no such place in the list', wanted }]);
  }
  return next;
}

/** What JSON makes of a value, for only that can be written. @throws AppError SETTING_REFUSED */
export function jsonOf(place: Path, value: unknown): unknown {
  if (value === undefined) return undefined;
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    text = undefined; // a big integer, a circle, or deeper than the stack
  }
  if (text === undefined)
    throw refused([{ path: pathText(place), found: `a ${typeof value}`, wanted: 'a value that JSON can hold' }]);
  if (isTooDeep(text))
    throw refused([{ path: pathText(place), found: 'a value that is nested too deep', wanted: 'a flatter one' }]);
  return JSON.parse(text);
}

/**
 * Holds the file's content with a change against the schema, with and without the variables that win over the change, and returns
 * their names. Where the secrets are kept is not looked at.
 * @throws AppError SETTING_REFUSED for the fault of the change, CONFIG_INVALID with what was wrong before too
 */
export function checkChange(path: string, before: unknown, after: unknown, place: Path, env: Env): string[] {
  const faults = faultsOf(path, after, env);
  if (faults !== undefined) throw faultsOf(path, before, env) === undefined ? refusedBy(faults) : faults;
  const variables = overridingVariables(overlayEnv(structuredClone(after), env).sources, place);
  if (variables.length > 0) {
    const others = Object.fromEntries(Object.entries(env).filter(([name]) => !variables.includes(name)));
    const data = structuredClone(after);
    const { sources } = overlayEnv(data, others);
    const own = checkConfig(data, sources).faults.filter((fault) => isWithin(fault.path, pathText(place)));
    if (own.length > 0) throw refused(own);
  }
  return variables;
}

/** The error that the file's content ends in, or undefined. */
function faultsOf(path: string, content: unknown, env: Env): AppError | undefined {
  const data = structuredClone(content);
  try {
    checkedConfig(`${path}, with this change,`, data, overlayEnv(data, env));
    return undefined;
  } catch (error) {
    if (isAppError(error, 'CONFIG_INVALID')) return error;
    throw error;
  }
}

function refusedBy({ message }: AppError): AppError {
  return new AppError('SETTING_REFUSED', message);
}

export function refused(faults: readonly Fault[]): AppError {
  return new AppError('SETTING_REFUSED', formatFaults('The change', faults));
}
