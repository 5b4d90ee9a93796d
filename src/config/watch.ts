import { watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { AppError, errorMessage, isAppError } from '../lib/errors.js';
import type { Logger } from '../lib/logger.js';
import { isFixed, keepFixed } from './fixed-sections.js';
import { loadConfig } from './load.js';
import type { Env } from './overlay-env.js';
import type { Config } from './schema.js';
import { isRecord } from './schema-tree.js';

/** Long enough for an editor to have written the whole file. */
const SETTLE_MS = 100;

export interface WatchOptions {
  readonly path: string;
  readonly env: Env;
  /** What the program runs with. */
  readonly initial: Config;
  /** `next` is what to run with from now on: `database` and `http` stay as they were. */
  readonly onChange: (next: Config, changedPaths: string[]) => void;
  /** The last good configuration stays. */
  readonly onInvalid: (error: AppError) => void;
  /** The file now says something else here, which takes effect at the next start. */
  readonly onRestartNeeded: (paths: string[]) => void;
  readonly logger?: Logger;
}

export interface ConfigWatch {
  /** Reads the file now (SIGHUP) and resolves when what it says has been told. It rejects only when a callback throws. */
  reload(): Promise<void>;
  close(): void;
}

/**
 * Watches the configuration file and tells what changed. The folder is watched, not the file, since editors and Kubernetes put
 * another file in its place. A change behind a symbolic link, or in the file of a secret, is not seen: for that there is SIGHUP.
 */
export function watchConfig(options: WatchOptions): ConfigWatch {
  let running = options.initial;
  let lastRead = options.initial;
  let closed = false;
  let queue = Promise.resolve();

  const read = async (): Promise<void> => {
    const loaded = await loadConfig(options.path, options.env).catch((error: unknown) => {
      if (!isAppError(error)) throw error;
      return error;
    });
    if (closed) return;
    if (loaded instanceof AppError) {
      options.onInvalid(loaded);
      return;
    }
    if (changedPaths(lastRead, loaded.config).length === 0) return;
    lastRead = loaded.config;
    for (const warning of loaded.warnings) options.logger?.warn(warning);
    const [fixed, free] = partition(changedPaths(running, loaded.config), isFixed);
    if (fixed.length > 0) options.onRestartNeeded(fixed);
    if (free.length === 0) return;
    running = keepFixed(loaded.config, running);
    options.onChange(running, free);
  };
  const reload = (): Promise<void> => {
    const turn = queue.then(read);
    queue = turn.catch(() => undefined); // the caller of this turn has the error
    return turn;
  };
  const stopWatching = watchFile(
    options.path,
    () => {
      reload().catch((error: unknown) => {
        options.onInvalid(toAppError('A new configuration could not be put into effect', error));
      });
    },
    (error) => {
      options.onInvalid(toAppError('The configuration file is no longer watched; send SIGHUP after a change', error));
    },
  );
  return {
    reload,
    close: () => {
      closed = true;
      stopWatching();
    },
  };
}

function watchFile(path: string, onSettled: () => void, onError: (error: unknown) => void): () => void {
  const name = basename(path);
  let timer: NodeJS.Timeout | undefined;
  const onEvent = (_event: string, changed: string | null): void => {
    // `..data` is the link that Kubernetes turns over when a mounted file changes.
    if (changed !== null && changed !== name && changed !== '..data') return;
    clearTimeout(timer);
    timer = setTimeout(onSettled, SETTLE_MS);
    timer.unref();
  };
  try {
    const watcher = watch(dirname(resolve(path)), { persistent: false }, onEvent);
    watcher.on('error', onError);
    return () => {
      clearTimeout(timer);
      watcher.close();
    };
  } catch (error) {
    onError(error); // no more inotify watches, or a file system without them
    return () => undefined;
  }
}

function toAppError(what: string, error: unknown): AppError {
  return isAppError(error) ? error : new AppError('INTERNAL', `${what}: ${errorMessage(error)}.`, { cause: error });
}

function partition(paths: readonly string[], test: (path: string) => boolean): [string[], string[]] {
  return [paths.filter(test), paths.filter((path) => !test(path))];
}

/** The settings that differ, dotted; a list counts as one setting. */
function changedPaths(before: unknown, after: unknown, path = ''): string[] {
  if (!isRecord(before) || !isRecord(after)) return isDeepStrictEqual(before, after) ? [] : [path];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => changedPaths(before[key], after[key], path === '' ? key : `${path}.${key}`));
}
