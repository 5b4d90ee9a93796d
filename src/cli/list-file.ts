import { readFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError } from '../lib/errors.js';
import { parseCsv } from './csv.js';
import type { PhoneReader } from './typed-phone.js';
import { counted } from './words.js';

/** What is wrong, with the number of its line, from 1. No problem quotes the file: it holds phones. */
export type Fault = readonly [line: number, problem: string];

export interface List<Entry> {
  /** The lines that are right, each with its number. */
  readonly lines: readonly (Entry & { readonly line: number })[];
  readonly faults: readonly Fault[];
}

/** Faults that are named one by one; of more only the number. */
const NAMED_FAULTS = 50;
const PHONES_IN_A_TURN = 1_000;

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EISDIR: 'is a folder',
  EACCES: 'may not be read by this user',
};

/** @throws AppError FILE_UNREADABLE, or FILE_INVALID for what is no UTF-8 */
export async function readListFile(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new AppError('FILE_UNREADABLE', `${file} ${UNREADABLE[code] ?? `cannot be read (${code})`}`, {
      cause: error,
    });
  });
  // Spreadsheets write UTF-16 as "Unicode text"; without its mark it shows by the zeros beside every letter.
  if (bytes.includes(0) || /^(\u00ff\u00fe|\u00fe\u00ff)/.test(bytes.toString('latin1', 0, 2)))
    throw new AppError('FILE_INVALID', `${file} is UTF-16 or no text at all; save it as CSV in UTF-8`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new AppError('FILE_INVALID', `${file} is not UTF-8; save it as CSV in UTF-8`, { cause: error });
  }
}

/**
 * Reads lines of comma-separated fields under one of these headers, and keeps going after a fault, so that all of them can be told at
 * once. `readLine` gets as many trimmed fields as the header has, and returns what is wrong as a string.
 */
export function parseList<Entry extends object>(
  text: string,
  headers: readonly string[],
  readLine: (fields: readonly string[]) => Entry | string,
): List<Entry> {
  const { rows, faults } = parseCsv(text);
  const [header, ...body] = rows;
  const names = header?.fields.map((name) => name.trim().toLowerCase()) ?? [];
  if (!headers.includes(names.join(','))) return { lines: [], faults: [[1, headerProblem(names, headers)]] };
  const lines: (Entry & { line: number })[] = [];
  const wrong: Fault[] = [...faults];
  for (const { line, fields } of body) {
    const read =
      fields.length === names.length
        ? readLine(fields.map((field) => field.trim()))
        : `${counted(fields.length, 'field')} where the header has ${names.length}`;
    if (typeof read === 'string') wrong.push([line, read]);
    else lines.push({ ...read, line });
  }
  return { lines, faults: wrong };
}

function headerProblem(names: readonly string[], headers: readonly string[]): string {
  const wanted = `the header has to be ${headers.join(' or ')}`;
  if (names.length === 0) return `the file is empty; ${wanted}`;
  const otherwise = names.join(',').split(/[;\t]/);
  const isSeparated = headers.includes(otherwise.map((name) => name.trim()).join(','));
  return isSeparated ? 'the fields have to be separated by commas, not by semicolons or tabs' : wanted;
}

/** The moment of `2026-02-10T11:00:00Z` or the like, in milliseconds; null without a zone, and for what no calendar knows. */
export function momentOf(text: string): number | null {
  const match =
    /^(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/.exec(text)?.[1] ?? null;
  if (match === null) return null;
  const at = Date.parse(text.replace(' ', 'T'));
  // Date.parse takes the 30th of February for a day of March.
  const day = Date.parse(`${match}T00:00:00Z`);
  if (!(at >= 0) || Number.isNaN(day)) return null;
  return new Date(day).toISOString().startsWith(match) ? at : null;
}

/** The lines with their phones in E.164, and those whose phone cannot be used. `onProgress` hears how many lines are read. */
export async function readPhones<Line extends { readonly line: number; readonly phone: string }>(
  lines: readonly Line[],
  readPhone: PhoneReader,
  onProgress: (read: number) => void,
): Promise<List<Line>> {
  const usable: Line[] = [];
  const faults: Fault[] = [];
  for (const [index, line] of lines.entries()) {
    const read = await readPhone(line.phone);
    if ('problem' in read) faults.push([line.line, read.problem]);
    else usable.push({ ...line, phone: read.phone });
    // Promises alone would keep a signal waiting until the end.
    if (index % PHONES_IN_A_TURN === 0) await nextTurn();
    onProgress(index + 1);
  }
  return { lines: usable, faults };
}

/** @throws AppError FILE_INVALID with every fault, in the order of the lines, unless there is none. */
export function assertNoFaults(file: string, faults: readonly Fault[]): void {
  if (faults.length === 0) return;
  const named = [...faults]
    .sort(([a], [b]) => a - b)
    .slice(0, NAMED_FAULTS)
    .map(([line, problem]) => `  line ${line}: ${problem}`);
  const more =
    faults.length > NAMED_FAULTS ? [`  and ${(faults.length - NAMED_FAULTS).toLocaleString('en-US')} more`] : [];
  throw new AppError('FILE_INVALID', [`${file} has ${counted(faults.length, 'fault')}:`, ...named, ...more].join('\n'));
}

/** `2 views noted; 1 was known already.` */
export function importedInWords(added: number, known: number, noun: string): string {
  if (added + known === 0) return 'The list holds nothing but its header: there is nothing to note.';
  const before = known === 0 ? '' : `; ${known.toLocaleString('en-US')} ${known === 1 ? 'was' : 'were'} known already`;
  return `${counted(added, noun)} noted${before}.`;
}
