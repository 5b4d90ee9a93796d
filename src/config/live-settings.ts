import { AppError } from '../lib/errors.js';
import type { Logger } from '../lib/logger.js';
import { isFixed, keepFixed } from './fixed-sections.js';
import { loadConfig } from './load.js';
import type { Env } from './overlay-env.js';
import type { Config } from './schema.js';
import { pathText } from './schema-tree.js';
import { withSetting } from './settings-check.js';
import { settingPlace } from './settings-key.js';
import { readSetting } from './settings-view.js';
import { writeSetting } from './settings-write.js';

/** The plugin's SettingsInterface (job documentation, "Configuration"). */
export interface Settings {
  /**
   * The value in effect of a dotted key, such as `reengagement.enabled`; of a secret `[redacted]`.
   * @throws AppError UNKNOWN_SETTING
   */
  readonly get: (key: string) => unknown;
  /**
   * Checks a value, writes it into the configuration file where the program has one, and takes the file up; undefined brings the
   * default back. `database` and `http` are written for the next start.
   * @throws AppError UNKNOWN_SETTING, SETTING_REFUSED, CONFIG_INVALID, CONFIG_UNREADABLE, FILE_UNWRITABLE
   */
  readonly set: (key: string, value: unknown) => Promise<void>;
}

export interface LiveSettingsOptions {
  readonly config: () => Config;
  readonly reconfigure: (next: Config) => void;
  readonly path: string | undefined;
  readonly env: Env;
  readonly logger: Logger;
}

/** One change at a time, so that none undoes another. */
export function createSettings(options: LiveSettingsOptions): Settings {
  let last: Promise<unknown> = Promise.resolve();
  return {
    get: (key) => readSetting(options.config(), key),
    set: (key, value) => {
      const turn = last.then(() => change(options, key, value));
      last = turn.catch(() => undefined); // the caller of this turn has the error
      return turn;
    },
  };
}

async function change(options: LiveSettingsOptions, key: string, value: unknown): Promise<void> {
  const { config, reconfigure, path, env, logger } = options;
  if (path === undefined) {
    if (isFixed(pathText(settingPlace(key).path)))
      throw new AppError('SETTING_REFUSED', `${key} is read at the start only, and there is no file to write it into`);
    reconfigure(await withSetting(config(), key, value, env));
    return;
  }
  await loadConfig(path, env); // what could not be taken up afterwards is told before anything is written
  const { overriddenBy } = await writeSetting(path, key, value, env, { secretsNeeded: true });
  if (overriddenBy.length > 0)
    logger.warn('The environment wins over a setting that was written', { setting: key, variables: overriddenBy });
  reconfigure(keepFixed((await loadConfig(path, env)).config, config()));
}
