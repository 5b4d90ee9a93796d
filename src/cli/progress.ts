import { MINUTE, SECOND, type Clock } from '../lib/clock.js';
import { paceOf, type Pace } from '../lib/pace.js';
import { spokenDuration } from '../lib/spoken-time.js';
import type { Terminal } from './terminal.js';
import { counted } from './words.js';

export interface Progress {
  /** `total` is null while it is unknown. Work that does not tell its own pace has it reckoned. */
  readonly show: (progress: { readonly read: number; readonly total: number | null } & Partial<Pace>) => void;
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
const LINE_EVERY_MS = MINUTE;

/**
 * How far long work is, such as `Read` so many `order`s: one line that changes on a terminal, a line a minute elsewhere, and nothing
 * in the first two seconds.
 */
export function createProgress(terminal: Terminal, clock: Pick<Clock, 'now'>, verb: string, noun: string): Progress {
  const begun = clock.now();
  let nextLine = begun + QUIET_MS;
  let isLineOpen = false;
  return {
    show: ({ read, total, ...told }) => {
      const now = clock.now();
      if (now - begun < QUIET_MS) return;
      const { perSecond, leftMs } = { ...paceOf({ read, total }, now - begun), ...told };
      const many = total === null ? counted(read, noun) : `${read.toLocaleString('en-US')} of ${counted(total, noun)}`;
      const text = `${verb} ${many}, ${Math.round(perSecond).toLocaleString('en-US')} a second${left(leftMs)}`;
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

function left(ms: number | null): string {
  if (ms === null || ms === 0) return '';
  return ms < MINUTE ? ', less than a minute left' : `, about ${spokenDuration(ms)} left`;
}
