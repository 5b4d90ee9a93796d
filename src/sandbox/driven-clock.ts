import type { Clock } from '../lib/clock.js';

/** A clock that stands still until it is told to move. */
export interface DrivenClock extends Clock {
  /** Moves on by `ms`, waking sleepers in the order in which they are due, each at its own time. */
  advance(ms: number): Promise<void>;
  /** The same, up to `at`. A time that has passed already moves nothing. */
  advanceTo(at: number): Promise<void>;
  /** Jumps, back too, as when somebody sets a host's clock: sleeps are by duration and none of them ends. */
  set(at: number): void;
}

interface Sleeper {
  due: number;
  readonly wake: () => void;
}

/** `start`: milliseconds since the epoch. */
export function createDrivenClock(start: number): DrivenClock {
  let time = start;
  let sleepers: Sleeper[] = [];

  const nextDue = (until: number): Sleeper | undefined =>
    sleepers
      .filter((sleeper) => sleeper.due <= until)
      .reduce<Sleeper | undefined>((first, one) => (first && first.due <= one.due ? first : one), undefined);

  const advanceTo = async (at: number): Promise<void> => {
    await settle();
    for (let next = nextDue(at); next !== undefined; next = nextDue(at)) {
      time = Math.max(time, next.due);
      next.wake();
      await settle();
    }
    time = Math.max(time, at);
  };

  return {
    now: () => time,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (ms <= 0 || signal?.aborted === true) {
          resolve();
          return;
        }
        const wake = () => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const sleeper: Sleeper = { due: time + ms, wake };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', wake, { once: true });
      }),
    advance: (ms) => advanceTo(time + ms),
    advanceTo,
    set: (at) => {
      for (const sleeper of sleepers) sleeper.due += at - time;
      time = at;
    },
  };
}

/** Lets every promise that can settle without I/O settle, and those that a few rounds of I/O callbacks settle. */
async function settle(): Promise<void> {
  for (let round = 0; round < 3; round++) await new Promise((resolve) => setImmediate(resolve));
}
