import { SECOND, type Clock } from '../lib/clock.js';
import type { Terminal } from './terminal.js';
import { counted } from './words.js';

export interface Progress {
  /** `total` is null while it is unknown. */
  readonly show: (progress: { readonly read: number; readonly total: number | null }) => void;
  /** The line that was written over stays, and what follows begins a new one. */
  readonly end: () => void;
}

/** Does the work, which says how far it is; `total` is null while nobody knows. */
export async function withProgress<T>(
  { terminal, clock }: { readonly terminal: Terminal; readonly clock: Pick<Clock, 'now'> },
  { verb, noun, total }: { readonly verb: string; readonly noun: string; readonly total: number | null },
  work: (done: (read: number) => void) => Promise<T>,
): Promise<T> {
  const progress = createProgress(terminal, clock, verb, noun);
  try {
    return await work((read) => {
      progress.show({ read, total });
    });
  } finally {
    progress.end();
  }
}

/** What takes less needs no word. */
const QUIET_MS = 2 * SECOND;
/** Where nobody can see a line change, a new one is written this often. */
const LINE_EVERY_MS = 10 * SECOND;

/**
 * How far long work is, such as `Read` so many `order`s: one line that changes on a terminal, a line now and then elsewhere, and nothing
 * in the first two seconds.
 */
export function createProgress(terminal: Terminal, clock: Pick<Clock, 'now'>, verb: string, noun: string): Progress {
  const begun = clock.now();
  let nextLine = begun + QUIET_MS;
  let isLineOpen = false;
  return {
    show: ({ read, total }) => {
      const now = clock.now();
      if (now - begun < QUIET_MS) return;
      const many = total === null ? counted(read, noun) : `${read.toLocaleString('en-US')} of ${counted(total, noun)}`;
      const text = `${verb} ${many}, ${Math.round((read * SECOND) / (now - begun)).toLocaleString('en-US')} a second`;
      if (terminal.isWatched) {
        terminal.rewrite(text);
        isLineOpen = true;
      } else if (now >= nextLine) {
        terminal.err(text);
        nextLine = now + LINE_EVERY_MS;
      }
    },
    end: () => {
      if (isLineOpen) terminal.err('');
      isLineOpen = false;
    },
  };
}
