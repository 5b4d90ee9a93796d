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
