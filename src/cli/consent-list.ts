import { parseCsv } from './csv.js';

export interface ConsentLine {
  /** Of the file, from 1. */
  readonly line: number;
  /** As it was typed. */
  readonly phone: string;
  readonly decision: 'grant' | 'revoke';
  readonly source: string;
  /** Milliseconds, UTC; null where the list does not say. */
  readonly decidedAt: number | null;
}

export interface ConsentList {
  readonly lines: readonly ConsentLine[];
  /** What is wrong, each with the number of its line. */
  readonly faults: readonly (readonly [line: number, problem: string])[];
}

const HEADERS = ['phone,decision,source', 'phone,decision,source,decided_at'];
const MAX_SOURCE = 191;

/** Reads a list of decisions and keeps going after a fault, so that all of them can be told at once. No problem quotes the file. */
export function parseConsentList(text: string, now: number): ConsentList {
  const { rows, faults } = parseCsv(text);
  const [header, ...body] = rows;
  const names = header?.fields.map((name) => name.trim().toLowerCase()) ?? [];
  if (!HEADERS.includes(names.join(',')))
    return { lines: [], faults: [[1, `the header has to be ${HEADERS.join(' or ')}`]] };
  const lines: ConsentLine[] = [];
  const wrong = [...faults];
  for (const { line, fields } of body) {
    const read = readLine(
      fields.map((field) => field.trim()),
      names.length,
      now,
    );
    if (typeof read === 'string') wrong.push([line, read]);
    else lines.push({ line, ...read });
  }
  return { lines, faults: wrong };
}

function readLine(fields: readonly string[], width: number, now: number): Omit<ConsentLine, 'line'> | string {
  if (fields.length !== width) return `${fields.length} fields where the header has ${width}`;
  const [phone = '', decision, source = '', when = ''] = fields;
  if (decision !== 'grant' && decision !== 'revoke') return 'the decision has to be grant or revoke';
  if (source === '') return 'the source is missing';
  if (source.length > MAX_SOURCE) return `the source is longer than ${MAX_SOURCE} characters`;
  if (when === '') return { phone, decision, source, decidedAt: null };
  const decidedAt = parseTime(when);
  if (decidedAt === null) return 'decided_at has to be a time such as 2026-02-10 or 2026-02-10T11:00:00Z';
  if (decidedAt > now) return 'decided_at lies in the future';
  return { phone, decision, source, decidedAt };
}

/** A date counts from its beginning, UTC; a time without its zone could be anybody's. */
function parseTime(text: string): number | null {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/.exec(text);
  const date = match?.[1];
  if (date === undefined) return null;
  const at = Date.parse(text.replace(' ', 'T'));
  // Date.parse takes the 30th of February for a day of March.
  const day = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(at) || Number.isNaN(day)) return null;
  return new Date(day).toISOString().startsWith(date) ? at : null;
}
