import { SECOND, type Clock } from '../lib/clock.js';
import type { Terminal } from './terminal.js';
import { counted } from './words.js';

export interface Progress {
  /** `total` is null while it is unknown. */
  readonly show: (progress: { readonly read: number; readonly total: number | null }) => void;
  /** The line that was written over stays, and what follows begins a new one. */
  readonly end: () => void;
}

/** Where nobody can see a line change, a new one is written this often. */
const LINE_EVERY_MS = 10 * SECOND;

/** How far a walk through the orders is: one line that changes on a terminal, a line now and then elsewhere. */
export function createProgress(terminal: Terminal, clock: Pick<Clock, 'now'>): Progress {
  const begun = clock.now();
  let lastLine = begun;
  let isLineOpen = false;
  return {
    show: ({ read, total }) => {
      const now = clock.now();
      const seconds = (now - begun) / SECOND;
      const rate = seconds > 0 ? `, ${Math.round(read / seconds).toLocaleString('en-US')} a second` : '';
      const text = `Read ${read.toLocaleString('en-US')} of ${total === null ? 'the orders' : counted(total, 'order')}${rate}`;
      if (terminal.isWatched) {
        terminal.rewrite(text);
        isLineOpen = true;
      } else if (now - lastLine >= LINE_EVERY_MS) {
        terminal.err(text);
        lastLine = now;
      }
    },
    end: () => {
      if (isLineOpen) terminal.err('');
      isLineOpen = false;
    },
  };
}
