import { SECOND } from '../lib/clock.js';
import type { Page } from './page.js';
import { badAnswer } from './shop-error.js';

export interface Walk {
  /** The collection's path, for messages. */
  readonly path: string;
  /** Where to begin, milliseconds: rows of this second and later. 0 is the beginning. */
  readonly from: number;
  /** One page of the rows later than the second `after` (all rows when null), in ascending order of time. */
  fetch(after: number | null, page: number): Promise<Page>;
  /** The row's time, a whole second, or null when it has none; null counts as the beginning. */
  timeOf(row: unknown): number | null;
  /** What the row is known by. */
  keyOf(row: unknown): string;
}

export interface WalkedPage {
  readonly rows: readonly unknown[];
  /** Milliseconds: every row earlier than this second has been handed over. */
  readonly cursor: number;
  readonly total: number | null;
}

/**
 * Walks rows by ascending time while they change. The shop's filter is strictly exclusive and knows only seconds, so each request steps
 * back a second and rows of that second that were handed over already are left out. Always the first page is asked for: a row that is changed moves to
 * the end of the walk and shifts nothing. Only a second with more rows than a page needs page numbers.
 */
export async function* walkBySecond(walk: Walk): AsyncGenerator<WalkedPage> {
  let cursor = floorToSecond(walk.from);
  let seen = new Set<string>();
  let total: number | null | undefined;
  for (;;) {
    const page = await walk.fetch(before(cursor), 1);
    total = total === undefined ? page.total : total;
    const last = lastTime(walk, page, cursor);
    const rows = page.rows.filter((row) => timeIn(walk, row) !== cursor || !seen.has(walk.keyOf(row)));
    if (!page.more) {
      yield { rows, cursor: last, total };
      return;
    }
    if (last > cursor) {
      yield { rows, cursor: last, total };
      seen = new Set(page.rows.filter((row) => timeIn(walk, row) === last).map((row) => walk.keyOf(row)));
      cursor = last;
    } else {
      for await (const crowd of walkCrowdedSecond(walk, cursor, seen)) yield { rows: crowd, cursor, total };
      seen = new Set();
      cursor += SECOND;
    }
  }
}

/**
 * A second with more rows than a page. A row that leaves it (somebody changes it) moves the following ones a page forward, past the reader. So
 * passes are made until two running show the same rows: had one lost a row, the row that left would be missing from the next.
 */
async function* walkCrowdedSecond(walk: Walk, second: number, seen: Set<string>): AsyncGenerator<readonly unknown[]> {
  let previous: ReadonlySet<string> | null = null;
  for (;;) {
    const pass = new Set<string>();
    for (let number = 1, more = true; more; number += 1) {
      const page = await walk.fetch(before(second), number);
      const inside = page.rows.filter((row) => timeIn(walk, row) === second);
      const fresh = inside.filter((row) => !seen.has(walk.keyOf(row)));
      // A cache that looks past the page number would be read for ever.
      if (number > 1 && inside.length > 0 && inside.every((row) => pass.has(walk.keyOf(row))))
        throw badAnswer(walk.path, 'the same page again');
      for (const row of inside) {
        seen.add(walk.keyOf(row));
        pass.add(walk.keyOf(row));
      }
      if (fresh.length > 0) yield fresh;
      more = page.more && !page.rows.some((row) => timeIn(walk, row) > second);
    }
    if (previous !== null && pass.size === previous.size && [...pass].every((key) => previous?.has(key))) return;
    previous = pass;
  }
}

/** The time of the page's last row, at least `cursor`; an error when the shop did not filter or sort: rows would be lost, or read for ever. */
function lastTime(walk: Walk, page: Page, cursor: number): number {
  const times = page.rows.map((row) => timeIn(walk, row));
  const last = Math.max(...times);
  if (page.more) {
    if (times.length === 0) throw badAnswer(walk.path, 'an empty page with more to come');
    if (last < cursor)
      throw badAnswer(walk.path, 'rows from before the time asked for (WooCommerce 5.8 or later is needed)');
    const descends = times.some((at, index) => at < (times[index - 1] ?? at));
    const ascends = times.some((at, index) => at > (times[index - 1] ?? at));
    if (descends && !ascends) throw badAnswer(walk.path, 'rows in descending order of time');
  }
  return Math.max(cursor, last);
}

/** Milliseconds. */
export function timeIn(walk: Walk, row: unknown): number {
  return walk.timeOf(row) ?? 0;
}

/** What to ask for as `after`, so that the whole second comes. */
export function before(second: number): number | null {
  return second === 0 ? null : second - SECOND;
}

export function floorToSecond(at: number): number {
  return Math.max(0, Math.floor(at / SECOND) * SECOND);
}
