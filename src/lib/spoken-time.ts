import { DAY, HOUR, MINUTE } from './clock.js';
import { formatLocalDate, minutesOfDay } from './time-zone.js';

/** `February 10, 2026, 09:05`, in the zone; `at` in milliseconds, UTC. */
export function spokenMoment(at: number, zone: string): string {
  const minutes = minutesOfDay(at, zone);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${formatLocalDate(at, zone, 'en')}, ${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** `5 minutes`, `3 hours`, `12 days`: whole ones of the largest unit that there is more than one of. */
export function spokenDuration(ms: number): string {
  if (ms < MINUTE) return 'less than a minute';
  for (const [unit, name] of [
    [DAY, 'day'],
    [HOUR, 'hour'],
  ] as const)
    if (ms >= 2 * unit) return `${Math.floor(ms / unit).toLocaleString('en-US')} ${name}s`;
  const minutes = Math.floor(ms / MINUTE);
  return `${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`;
}
