import { SECOND } from './clock.js';

export interface Pace {
  readonly perSecond: number;
  /** Milliseconds until the end at this pace, zero or more; null while unknown. */
  readonly leftMs: number | null;
}

/** How fast long work goes. `total` is null while unknown, and may be short of what comes in the end; `elapsedMs`: since its beginning. */
export function paceOf(
  { read, total }: { readonly read: number; readonly total: number | null },
  elapsedMs: number,
): Pace {
  const perSecond = elapsedMs <= 0 ? 0 : (read * SECOND) / elapsedMs;
  if (total === null || perSecond === 0) return { perSecond, leftMs: null };
  return { perSecond, leftMs: (Math.max(0, total - read) * SECOND) / perSecond };
}
