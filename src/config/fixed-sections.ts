import type { Config } from './schema.js';

/** What the running program has built its connections and its listener on. */
const FIXED_SECTIONS = ['database', 'http'] as const;

/** Whether a setting, dotted, takes effect at the next start only. */
export function isFixed(path: string): boolean {
  return FIXED_SECTIONS.some((section) => path === section || path.startsWith(`${section}.`));
}

/** `next`, with the sections that cannot change while the program runs as they are in `running`. */
export function keepFixed(next: Config, running: Config): Config {
  return Object.freeze({ ...next, database: running.database, http: running.http });
}
