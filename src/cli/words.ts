import { DAY, HOUR, MINUTE } from '../lib/clock.js';
import { AppError } from '../lib/errors.js';

/** `1 order`, `12,345 orders`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

/**
 * A whole number above zero out of an argument. The argument is not said again: it may be a phone in the wrong place.
 * @throws AppError USAGE
 */
export function wholeNumber(name: string, typed: string): number {
  const value = /^\d{1,15}$/.test(typed) ? Number(typed) : 0;
  if (value === 0) throw new AppError('USAGE', `${name} has to be a whole number above zero`);
  return value;
}

const UNITS = { m: MINUTE, h: HOUR, d: DAY } as const;

/**
 * Milliseconds out of `30m`, `12h`, `7d`.
 * @throws AppError USAGE
 */
export function age(name: string, typed: string): number {
  const [, count, unit] = /^(\d{1,5})([mhd])$/.exec(typed) ?? [];
  if (unit === undefined) throw new AppError('USAGE', `${name} has to be an age such as 30m, 12h or 7d`);
  return Number(count) * UNITS[unit as keyof typeof UNITS];
}

/** A text in lines of at most `width` characters; a word that is longer is cut. */
export function wrapped(text: string, width: number): string[] {
  const words = text.split(' ').flatMap((word) => word.match(new RegExp(`.{1,${width}}`, 'gsu')) ?? ['']);
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
