import { Temporal } from 'temporal-polyfill';
import { HOUR, MINUTE, SECOND } from '../../lib/clock.js';

/** The shop's zone. Instants are milliseconds since the epoch; texts are `YYYY-MM-DDTHH:MM:SS`, as WordPress prints them. */
export interface SiteTime {
  readonly timezoneString: string;
  gmtOffset(at: number): number;
  local(at: number): string;
  gmt(at: number): string;
  /** A site-local text as an instant; a time that the clocks skip moves forward, as PHP does it. */
  fromLocal(text: string): number;
}

function offsetZone(hours: number): string {
  const minutes = Math.round(Math.abs(hours) * 60);
  const pad = (value: number) => String(value).padStart(2, '0');
  return `${hours < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}

const iso = (ms: number) => new Date(ms).toISOString().slice(0, 19);

/** `timezoneString` may be empty: then the plain `gmtOffset` in hours counts, as on a site that set "UTC+5:30". */
export function createSiteTime(timezoneString: string, gmtOffset: number): SiteTime {
  const zone = timezoneString === '' ? offsetZone(gmtOffset) : timezoneString;
  const offsets = new Map<number, number>();
  const offset = (at: number): number => {
    const quarter = Math.floor(at / (15 * MINUTE));
    let found = offsets.get(quarter);
    if (found === undefined) {
      const zoned = Temporal.Instant.fromEpochMilliseconds(quarter * 15 * MINUTE).toZonedDateTimeISO(zone);
      found = zoned.offsetNanoseconds / 1e6;
      offsets.set(quarter, found);
    }
    return found;
  };
  return {
    timezoneString,
    gmtOffset: (at) => offset(at) / HOUR,
    local: (at) => iso(at + offset(at)),
    gmt: iso,
    fromLocal: (text) => {
      const plain = Temporal.PlainDateTime.from(text.slice(0, 19).replace(' ', 'T'));
      return plain.toZonedDateTime(zone).epochMilliseconds;
    },
  };
}

/** Down to the whole second: a shop stores no more. */
export const wholeSecond = (at: number): number => Math.floor(at / SECOND) * SECOND;
