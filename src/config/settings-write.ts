import { lstat, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../lib/errors.js';
import type { Fault } from './explain.js';
import { isFixed } from './fixed-sections.js';
import { removeFromJson, setInJson } from './json-edit.js';
import { parseJson, readBytes, textOf } from './load.js';
import type { Env } from './overlay-env.js';
import { DEAD_LOCK_MS, replaceFile } from './replace-file.js';
import { resolveSecrets } from './resolve-secrets.js';
import { pathText, secretPaths, valueAt, type Path } from './schema-tree.js';
import { checkChange, jsonOf, refused, withValue } from './settings-check.js';
import { settingPlace } from './settings-key.js';
import { isReference, isWithin, showable } from './settings-view.js';

const PAUSE_MS = 25;

/** Long enough to outlive the lock of a writer that was killed; who loses so often in a row meets somebody who never stops. */
const MAX_ATTEMPTS = (2 * DEAD_LOCK_MS) / PAUSE_MS;

export interface SettingChange {
  /** False when the file said so already; then no byte was written. */
  readonly changed: boolean;
  /** What the file said before and says now, as it may be shown; undefined where it says nothing. */
  readonly before: unknown;
  readonly after: unknown;
  /** Variables of this environment that win over the file. */
  readonly overriddenBy: readonly string[];
  /** The daemon takes it at its next start. */
  readonly atNextStart: boolean;
  /** The file is a link; behind one the daemon sees no change. */
  readonly behindLink: boolean;
  /** False when the file belongs to whoever wrote it now. */
  readonly ownerKept: boolean;
  /** Settings of the change that hold their secret in plain text. */
  readonly plainSecrets: readonly string[];
  /** References of the change that lead nowhere, seen from here. */
  readonly lostSecrets: readonly Fault[];
}

export interface WriteOptions {
  /** Refuse a reference to a secret that leads nowhere. Default: whoever writes need not be able to read the secrets. */
  readonly secretsNeeded?: boolean;
}

/**
 * Writes a setting, or a whole section, into the file; undefined takes it out, so that the default holds. All of the file is checked
 * with the change before anything is written. Order, indentation, line ends and byte order mark stay; a link stays a link.
 * @throws AppError UNKNOWN_SETTING, SETTING_REFUSED, CONFIG_INVALID (what was wrong before too), CONFIG_UNREADABLE, FILE_UNWRITABLE
 */
export async function writeSetting(
  path: string,
  key: string,
  value: unknown,
  env: Env,
  { secretsNeeded = false }: WriteOptions = {},
): Promise<SettingChange> {
  const { path: place } = settingPlace(key);
  const json = jsonOf(place, value);
  await readBytes(path); // what is missing is told by its own name
  const target = await realpath(path);
  const behindLink = (await lstat(path)).isSymbolicLink();
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const change = await attemptChange(path, target, place, json, env, secretsNeeded);
    if (change !== undefined) return { ...change, behindLink };
    await pause(PAUSE_MS);
  }
  throw new AppError('FILE_UNWRITABLE', `${path} cannot be written: something else changes it all the time`);
}

/** Undefined when another writer was quicker. */
async function attemptChange(
  path: string,
  target: string,
  place: Path,
  value: unknown,
  env: Env,
  secretsNeeded: boolean,
) {
  const bytes = await readBytes(target);
  const text = textOf(bytes);
  const before = parseJson(path, text);
  const after = withValue(before, place, value);
  const overriddenBy = checkChange(path, before, after, place, env);
  // A variable may hide that there is something else above it.
  if (value !== undefined && !isDeepStrictEqual(valueAt(after, place), value))
    throw refused([{ path: pathText(place), found: 'a value above it', wanted: 'an object or a list there' }]);
  const lostSecrets = await lost(after, place, env, dirname(resolve(path)));
  if (secretsNeeded && lostSecrets.length > 0) throw refused(lostSecrets);
  const facts = { ...describe(before, after, place), overriddenBy, lostSecrets };
  if (isDeepStrictEqual(before, after)) return { ...facts, changed: false, ownerKept: true };
  const edited = value === undefined ? removeFromJson(text, place) : setInJson(text, place, value);
  const next = byteOrderMark(path, bytes, text) + edited;
  if (!isDeepStrictEqual(parseJson(path, edited), after))
    throw new AppError('INTERNAL', `The change of ${path} came out as another one; nothing was written`);
  const { replaced, ownerKept } = replaceFile(target, bytes, next);
  return replaced ? { ...facts, changed: true, ownerKept } : undefined;
}

function describe(before: unknown, after: unknown, place: Path) {
  const plainSecrets = secretsWithin(place).filter((path) => {
    const secret = valueAt(after, path);
    return typeof secret === 'string' && secret !== '' && !isReference(secret);
  });
  return {
    before: valueAt(showable(before), place),
    after: valueAt(showable(after), place),
    atNextStart: isFixed(pathText(place)),
    plainSecrets: plainSecrets.map(pathText),
  };
}

async function lost(after: unknown, place: Path, env: Env, folder: string): Promise<Fault[]> {
  const { faults } = await resolveSecrets(structuredClone(after), env, folder, new Map());
  return faults.filter((fault) => isWithin(fault.path, pathText(place)));
}

function secretsWithin(place: Path): string[][] {
  return secretPaths().filter((path) => isWithin(pathText(path), pathText(place)));
}

/** What the file begins with. @throws AppError CONFIG_UNREADABLE for a file that would not come out as it went in */
function byteOrderMark(path: string, bytes: Buffer, text: string): string {
  const mark = bytes.toString('utf8').slice(0, -text.length);
  if (!Buffer.from(mark + text).equals(bytes))
    throw new AppError('CONFIG_UNREADABLE', `The configuration file ${path} is not UTF-8; save it as such.`);
  return mark;
}
