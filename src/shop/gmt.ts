import { fromLocalDateTime, offsetAt } from '../lib/time-zone.js';
import type { ShopParams } from './client.js';

/**
 * WooCommerce's `date_x_gmt`: UTC without a Z. Milliseconds, or null when there is no such moment: importers write the year 1, and
 * Date.parse takes the 30th of February.
 */
export function fromGmt(value: string | null | undefined): number | null {
  if (value === null || value === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(value)) return null;
  const at = Date.parse(`${value}Z`);
  return at >= 0 && toGmt(at) === value ? at : null;
}

/** A moment to the second, UTC without a Z: as a parameter it needs `dates_are_gmt=true` beside it. */
export function toGmt(at: number): string {
  return new Date(at).toISOString().slice(0, 19);
}

/**
 * The parameters for rows modified later than the second `at` (all rows when null). WordPress reads the text as a time of the site (WP_Date_Query)
 * and compares it with the UTC column: right, but for a time that the site's clocks skip in spring, which it moves an hour on. So in that
 * hour the moment is sent with a Z, which is compared with the local column; always doing so would lose rows in the hour that autumn repeats.
 */
export function modifiedAfter(at: number | null, zone: string | undefined): ShopParams {
  if (at === null) return {};
  const text = toGmt(at);
  if (zone !== undefined && isSkipped(text, zone)) return { modified_after: `${text}Z` };
  return { modified_after: text, dates_are_gmt: true };
}

function isSkipped(localTime: string, zone: string): boolean {
  const at = fromLocalDateTime(localTime, zone);
  return toGmt(at + offsetAt(at, zone)) !== localTime;
}
