import { Temporal } from 'temporal-polyfill';
import { HOUR, MINUTE } from './clock.js';
import { AppError } from './errors.js';

/**
 * Local time. Moments are milliseconds since the epoch, UTC; a zone is an IANA name or a plain offset such as `+05:30`, which Intl
 * refuses and Temporal takes. A bad zone, date or time is an AppError INTERNAL: who reads one from outside asks isZone first.
 */

function zoned(at: number, zone: string): Temporal.ZonedDateTime {
  return attempt(`${at} in the time zone ${zone}`, () =>
    Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone),
  );
}

function attempt<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new AppError('INTERNAL', `Cannot reckon with ${what}.`, { cause });
  }
}

/** Whether times can be reckoned in this zone. */
export function isZone(zone: string): boolean {
  // Temporal would also take a whole ISO date and read the zone out of it.
  if (!/^([+-]\d\d:\d\d|[A-Za-z][\w+/-]*)$/.test(zone)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}

/** The zone of a WordPress site: `timezone_string`, or where that is empty or unknown here, `gmt_offset` (hours, such as 5.75) as an offset. */
export function siteZone(timezoneString: string, gmtOffsetHours: number): string {
  if (isZone(timezoneString)) return timezoneString;
  const minutes = Math.round(Math.abs(gmtOffsetHours) * 60);
  const zone = `${gmtOffsetHours < 0 ? '-' : '+'}${twoDigits(Math.trunc(minutes / 60))}:${twoDigits(minutes % 60)}`;
  return isZone(zone) ? zone : 'UTC';
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

/** The local date, `YYYY-MM-DD`. */
export function localDate(at: number, zone: string): string {
  return zoned(at, zone).toPlainDate().toString();
}

/** `YYYY-MM-DDTHH+hh:mm`: the offset stands in it because the hour at the end of summer time comes twice. */
export function localHourKey(at: number, zone: string): string {
  const local = zoned(at, zone);
  return `${local.toPlainDate().toString()}T${twoDigits(local.hour)}${local.offset}`;
}

/** The first moment with the same localHourKey: an hour that a clock change cuts begins at the change. */
export function startOfLocalHour(at: number, zone: string): number {
  const local = zoned(at, zone);
  const start = at - sinceFullHour(local);
  const change = zoned(start, zone).offset === local.offset ? null : nextOffsetChange(start, zone);
  return change ?? start;
}

/** The first moment after `at` with another localHourKey. */
export function nextLocalHour(at: number, zone: string): number {
  const local = zoned(at, zone);
  const end = at - sinceFullHour(local) + HOUR;
  const change = zoned(end, zone).offset === local.offset ? null : nextOffsetChange(at, zone);
  return change ?? end;
}

function sinceFullHour(local: Temporal.ZonedDateTime): number {
  return local.minute * MINUTE + local.second * 1_000 + local.millisecond;
}

/** The next moment after `at` at which the zone's offset changes, or null when it never does. */
export function nextOffsetChange(at: number, zone: string): number | null {
  return zoned(at, zone).getTimeZoneTransition('next')?.epochMilliseconds ?? null;
}

/** The zone's offset from UTC at this moment, in milliseconds. */
export function offsetAt(at: number, zone: string): number {
  return zoned(at, zone).offsetNanoseconds / 1e6;
}

/** The moment of a local date (`YYYY-MM-DD`) and time (`HH:MM`). A time that a clock change skips is the moment of the change; of one that comes twice it is the first. */
export function atLocalTime(date: string, time: string, zone: string): number {
  return fromLocalDateTime(`${date} ${time}:00`, zone);
}

/** The moment of `YYYY-MM-DD HH:mm:ss` as a MySQL DATETIME shows it; skipped and repeated times as in atLocalTime. */
export function fromLocalDateTime(dateTime: string, zone: string): number {
  return attempt(`"${dateTime}" in ${zone}`, () => {
    const wanted = Temporal.PlainDateTime.from(dateTime);
    const found = wanted.toZonedDateTime(zone);
    if (found.toPlainDateTime().equals(wanted)) return found.epochMilliseconds;
    const before = wanted.toZonedDateTime(zone, { disambiguation: 'earlier' }).epochMilliseconds;
    return nextOffsetChange(before, zone) ?? found.epochMilliseconds;
  });
}

/** A local date so many calendar days later (or earlier). */
export function addDays(date: string, days: number): string {
  return attempt(`${date} and ${days} days`, () => Temporal.PlainDate.from(date).add({ days }).toString());
}

/** The first moment of the next local day, which is not always midnight. */
export function startOfNextDay(at: number, zone: string): number {
  return zoned(at, zone).toPlainDate().add({ days: 1 }).toZonedDateTime(zone).epochMilliseconds;
}

/** What the clock on the wall shows, in minutes since 00:00. */
export function minutesOfDay(at: number, zone: string): number {
  const { hour, minute } = zoned(at, zone);
  return hour * 60 + minute;
}

/** The local date as people of this language (`es`, `es_ES`, `de_DE_formal`) write it; English where the language is unknown. */
export function formatLocalDate(at: number, zone: string, language: string): string {
  // A plain date, because Intl of Node 20 takes no zone that is a plain offset.
  return zoned(at, zone).toPlainDate().toLocaleString(locales(language), { dateStyle: 'long' });
}

function locales(language: string): readonly string[] {
  const tag = language.replaceAll('_', '-');
  return [tag, tag.split('-', 1)[0] ?? '', 'en'].filter((candidate) => {
    try {
      return Intl.getCanonicalLocales(candidate).length > 0;
    } catch {
      return false;
    }
  });
}
