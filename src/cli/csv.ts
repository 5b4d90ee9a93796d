interface CsvRow {
  /** Where the row begins in the file, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

export interface Csv {
  readonly rows: readonly CsvRow[];
  readonly faults: readonly (readonly [line: number, problem: string])[];
}

/** A field and what ends it: a comma, the end of the line, or the end of the text. */
const QUOTED = /"([^"]*(?:""[^"]*)*)"(,|\r\n|\n|\r|$)/y;
const PLAIN = /([^",\r\n]*)(,|\r\n|\n|\r|$)/y;
const REST_OF_LINE = /[^\r\n]*(?:\r\n|\n|\r|$)/y;

/** Comma-separated values of RFC 4180: quoted fields may hold commas, doubled quotes and line breaks. Empty lines are left out. */
export function parseCsv(input: string): Csv {
  const text = input.replace(/^\uFEFF/, '');
  const rows: CsvRow[] = [];
  const faults: [number, string][] = [];
  let at = 0;
  let line = 1;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) return null;
    at = pattern.lastIndex;
    line += match[0].match(/\r\n|\n|\r/g)?.length ?? 0;
    return match;
  };
  while (at < text.length) {
    const begun = line;
    const fields: string[] = [];
    let end = ',';
    while (end === ',') {
      const quoted = text[at] === '"';
      const match = take(quoted ? QUOTED : PLAIN);
      if (match === null) {
        faults.push([begun, 'a quote stands where none may, or is never closed']);
        take(REST_OF_LINE);
        break;
      }
      const [, field = '', ending = ''] = match;
      fields.push(quoted ? field.replaceAll('""', '"') : field);
      end = ending;
    }
    if (end !== ',' && fields.join('') !== '') rows.push({ line: begun, fields });
  }
  return { rows, faults };
}
