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

/** A text in lines of at most `width` columns; a word that is longer is cut. */
export function wrapped(text: string, width: number): string[] {
  const lines: { text: string; columns: number }[] = [];
  for (const word of text.split(' ').flatMap((word) => pieces(word, width))) {
    const last = lines.at(-1);
    if (last === undefined || last.columns + 1 + word.columns > width) lines.push(word);
    else lines[lines.length - 1] = { text: `${last.text} ${word.text}`, columns: last.columns + 1 + word.columns };
  }
  return lines.map((line) => line.text);
}

const graphemes = new Intl.Segmenter();
/** Emoji, and what East Asian typography sets in a square: a terminal gives them two columns. */
const WIDE =
  /\p{Emoji_Presentation}|\p{Regional_Indicator}|\ufe0f|\p{Script=Han}|\p{Script=Hangul}|\p{Script=Yi}|[\u3000-\u33ff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]/u;

/** The columns of a text on a terminal. */
function columnsOf(text: string): number {
  let columns = 0;
  for (const { segment } of graphemes.segment(text)) columns += WIDE.test(segment) ? 2 : 1;
  return columns;
}

/** A word in pieces of at most `width` columns; what a reader sees as one character is never halved. */
function pieces(word: string, width: number): { text: string; columns: number }[] {
  let last = { text: '', columns: 0 };
  const all = [last];
  for (const { segment } of graphemes.segment(word)) {
    const columns = columnsOf(segment);
    if (last.columns + columns > width) all.push((last = { text: '', columns: 0 }));
    last.text += segment;
    last.columns += columns;
  }
  return all;
}
