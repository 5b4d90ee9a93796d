import { isOutage } from '../lib/errors.js';
import { readAhead } from './read-ahead.js';
import { before, floorToSecond, timeIn, walkBySecond, type Walk, type WalkedPage } from './walk.js';

/**
 * How far a walk in two has come, milliseconds: every row earlier than `lower` has been handed over, and every row from `split` up to
 * `upper`. When `lower` reaches `split` the two are one, and the cursor is a number again.
 */
interface SplitCursor {
  readonly lower: number;
  readonly split: number;
  readonly upper: number;
  /** Rows that were handed over from `split` on. */
  readonly read: number;
}

/** A number: every row earlier than this second has been handed over. */
export type WalkCursor = number | SplitCursor;

export interface LongWalk extends Walk {
  /** Rows on a full page. */
  readonly pageSize: number;
  /** What an earlier walk has done of its upper half, or null. */
  readonly upper: Omit<SplitCursor, 'lower'> | null;
}

interface LongWalkPage {
  readonly rows: readonly unknown[];
  readonly cursor: WalkCursor;
  /** Rows to hand over in the whole walk, as the shop counted them at its beginning. */
  readonly total: number | null;
}

/** A shorter walk is not worth the request that finds its middle. */
const LONG_PAGES = 20;

/**
 * A walk by seconds; a long one is done by two workers, because a shop answers two requests at a time almost as fast as one. The lower
 * goes from the beginning up to the second of the row in the middle, the upper from there to the end, and each reads its next page while those
 * before are being saved: where a page begins depends only on the last one read.
 *
 * No row is lost between them: a row that changes gets the time of now, which lies before the upper worker, whichever half it was in; and when
 * both have come to their ends, one more walk goes on where the upper had ended. Where the middle lies is no matter of right or wrong, so a
 * middle that has moved meanwhile does no harm. Each page comes with the cursor that holds once it and the pages before it are saved.
 */
export async function* walkInTwo(walk: LongWalk): AsyncGenerator<LongWalkPage> {
  let below = walkBySecond(walk);
  let upper = walk.upper;
  let lower = floorToSecond(walk.from);
  let total: number | null = null;
  if (upper === null) {
    const first = await below.next();
    if (first.done === true) return;
    below = startingWith(first.value, below);
    ({ total } = first.value);
    if (total === null || total <= LONG_PAGES * walk.pageSize) {
      yield* below;
      return;
    }
  }
  const firstTotal = total;
  async function* walkAbove(): AsyncGenerator<WalkedPage> {
    if (upper === null && firstTotal !== null) {
      const split = await findMiddle(walk, firstTotal);
      if (split === null) return;
      upper = { split, upper: split, read: 0 };
    }
    if (upper !== null) yield* walkBySecond({ ...walk, from: upper.upper });
  }
  const above = walkAbove();
  const belowSplit = upTo(walk, below, () => upper?.split ?? Infinity);
  for await (const { source, value } of readAhead([belowSplit, above])) {
    if (source === belowSplit) {
      lower = value.cursor;
      // The shop counts the rows of the upper half too that an earlier walk has read.
      total ??= value.total === null ? null : value.total - (walk.upper?.read ?? 0);
    } else if (upper !== null) {
      upper = { ...upper, upper: value.cursor, read: upper.read + value.rows.length };
    }
    yield { rows: value.rows, cursor: joined(lower, upper), total };
  }
  if (upper === null) return;
  // A row that the lower worker had not come to and that changed after the upper had ended lies behind them both.
  for await (const { rows, cursor } of walkBySecond({ ...walk, from: Math.max(lower, upper.upper) }))
    yield { rows, cursor, total };
}

function joined(lower: number, upper: LongWalk['upper']): WalkCursor {
  if (upper === null) return lower;
  return lower >= upper.split ? Math.max(lower, upper.upper) : { lower, ...upper };
}

/** The second of the row in the middle. Null when it helps nobody, and when the shop cannot count so far in time: then one worker does it all. */
async function findMiddle(walk: LongWalk, total: number): Promise<number | null> {
  const start = floorToSecond(walk.from);
  try {
    // The lower worker is two requests ahead of the upper.
    const page = await walk.fetch(before(start), Math.ceil(total / walk.pageSize / 2) + 2);
    const split = page.rows.length === 0 ? start : timeIn(walk, page.rows[0]);
    return split > start ? split : null;
  } catch (error) {
    // A shop that is down fails the other worker too.
    if (isOutage(error)) return null;
    throw error;
  }
}

async function* startingWith<T>(first: T, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}

/** The pages without the rows of the second `end()` and later. The last page's cursor is `end()`. */
async function* upTo(walk: Walk, pages: AsyncGenerator<WalkedPage>, end: () => number): AsyncGenerator<WalkedPage> {
  for await (const page of pages) {
    if (page.cursor >= end()) {
      yield { ...page, rows: page.rows.filter((row) => timeIn(walk, row) < end()), cursor: end() };
      return;
    }
    yield page;
  }
  if (end() < Infinity) yield { rows: [], cursor: end(), total: null };
}
