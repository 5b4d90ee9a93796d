import { checkedConfig, parseJson, readBytes, textOf } from './load.js';
import { overlayEnv, type Env } from './overlay-env.js';
import { namedSettings, settingKey, settingPlace } from './settings-key.js';
import { isRecord, pathText, secretPaths, valueAt, type Path } from './schema-tree.js';
import { withoutLogins } from './without-logins.js';

export const REDACTED = '[redacted]';

/** The settings in effect, as they may be shown, and where each one comes from. */
export interface SettingsView {
  readonly shown: unknown;
  /** The file's content, with its secrets. */
  readonly written: unknown;
  readonly sources: ReadonlyMap<string, string>;
}

export interface ListedSetting {
  readonly key: string;
  /** Undefined where nothing is set and there is no default. */
  readonly value: unknown;
  readonly source: 'file' | 'environment' | 'default';
  /** The environment variable. */
  readonly variable?: string;
}

/**
 * Reads the settings without a look at where the secrets are kept: whoever asks need not be able to read them.
 * @throws AppError CONFIG_UNREADABLE, CONFIG_INVALID
 */
export async function viewSettings(path: string, env: Env): Promise<SettingsView> {
  const data = parseJson(path, textOf(await readBytes(path)));
  const written = structuredClone(data);
  const overlay = overlayEnv(data, env);
  return { shown: showable(checkedConfig(path, data, overlay)), written, sources: overlay.sources };
}

/**
 * The value in effect of a dotted key, or undefined where there is none. Of a secret it says where it is kept, or `[redacted]`.
 * @throws AppError UNKNOWN_SETTING
 */
export function readSetting(config: unknown, key: string): unknown {
  return valueAt(showable(config), settingPlace(key).path);
}

/** Every setting that has a name of its own, in the order of the schema. */
export function listSettings({ shown, written, sources }: SettingsView): ListedSetting[] {
  return namedSettings().map((path) => {
    const variable = overridingVariables(sources, path)[0];
    const listed = { key: settingKey(path), value: valueAt(shown, path) };
    if (variable !== undefined) return { ...listed, source: 'environment', variable };
    return { ...listed, source: valueAt(written, path) === undefined ? 'default' : 'file' };
  });
}

/** The environment variables that stand above a setting, or above a part of it. */
export function overridingVariables(sources: ReadonlyMap<string, string>, path: Path): string[] {
  const text = pathText(path);
  return [...sources].filter(([other]) => isWithin(other, text) || isWithin(text, other)).map(([, name]) => name);
}

/** A copy without secrets: neither those of the schema nor a login in an address. References to a secret stay. */
export function showable(config: unknown): unknown {
  const copy = textsWithoutLogins(config);
  for (const path of secretPaths()) {
    const section = valueAt(copy, path.slice(0, -1));
    const name = path.at(-1) ?? '';
    if (isRecord(section) && Object.hasOwn(section, name)) section[name] = showableSecret(section[name]);
  }
  return copy;
}

/** `env:NAME`, `file:PATH`, nothing at all, or `[redacted]`. */
function showableSecret(value: unknown): string {
  return typeof value === 'string' && (value === '' || isReference(value)) ? value : REDACTED;
}

export function isReference(secret: string): boolean {
  return /^(env|file):/.test(secret);
}

function textsWithoutLogins(value: unknown): unknown {
  if (typeof value === 'string') return withoutLogins(value);
  if (Array.isArray(value)) return value.map(textsWithoutLogins);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, textsWithoutLogins(each)]));
}

export function isWithin(path: string, section: string): boolean {
  return path === section || path.startsWith(`${section}.`) || path.startsWith(`${section}[`);
}
