import { parseList, type PhpMap } from './php-query.js';
import { RestError } from './rest.js';
import type { SiteTime } from './site-time.js';

interface Problem {
  readonly code: string;
  readonly message: string;
  readonly data: unknown;
}

/** 400 `rest_invalid_param`, naming every bad parameter at once. */
export function invalidParams(problems: ReadonlyMap<string, Problem>): RestError {
  const params = Object.fromEntries([...problems].map(([name, { message }]) => [name, message]));
  return new RestError(400, 'rest_invalid_param', `Invalid parameter(s): ${[...problems.keys()].join(', ')}`, {
    params,
    details: Object.fromEntries(problems),
  });
}

/** "a and b", "a, b, and c", as WordPress lists them. */
function enumeration(values: readonly string[]): string {
  if (values.length < 3) return values.join(' and ');
  return `${values.slice(0, -1).join(', ')}, and ${values.at(-1) ?? ''}`;
}

export const notInEnum = (name: string, allowed: readonly string[]): Problem => ({
  code: 'rest_not_in_enum',
  message: `${name} is not one of ${enumeration(allowed)}.`,
  data: null,
});

export const notOfType = (name: string, type: string): Problem => ({
  code: 'rest_invalid_type',
  message: `${name} is not of type ${type}.`,
  data: { param: name },
});

const DATE = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(Z|[+-]\d{2}(?::\d{2})?)?$/;

/** A WordPress date-time: with `Z` or an offset it is that instant, otherwise site local. Undefined if it is no date-time. */
export function parseDateTime(text: string, time: SiteTime, gmt = false): number | undefined {
  const found = DATE.exec(text);
  if (found === null) return undefined;
  const zone = found[1] ?? (gmt ? 'Z' : undefined);
  const plain = text.slice(0, 19).replace(/[t ]/, 'T');
  const instant = Date.parse(plain + (zone === undefined ? 'Z' : zone.length === 3 ? `${zone}:00` : zone));
  if (Number.isNaN(instant)) return undefined;
  return zone === undefined ? time.fromLocal(plain) : instant;
}

/** Reads the parameters a route knows; what it does not ask for is ignored without a word, as WordPress does it. */
export function createParamReader(query: PhpMap, time: SiteTime) {
  const problems = new Map<string, Problem>();
  const text = (name: string): string | undefined => {
    const value = query.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  const integer = (name: string, fallback: number, maximum?: number): number => {
    const value = query.get(name);
    if (value === undefined) return fallback;
    if (typeof value !== 'string' || !/^-?\d+$/.test(value.trim())) {
      problems.set(name, notOfType(name, 'integer'));
      return fallback;
    }
    const number = Number(value);
    if (number < 1 || number > (maximum ?? Infinity)) {
      const range =
        maximum === undefined
          ? 'must be greater than or equal to 1'
          : `must be between 1 (inclusive) and ${maximum} (inclusive)`;
      problems.set(name, { code: 'rest_out_of_bounds', message: `${name} ${range}`, data: null });
    }
    return number;
  };
  const boolean = (name: string): boolean => ['1', 'true', 'TRUE', 'True'].includes(text(name) ?? '');
  return {
    text,
    integer,
    boolean,
    oneOf<const T extends string>(name: string, allowed: readonly T[], fallback: NoInfer<T>): T {
      const value = text(name);
      if (value === undefined) return fallback;
      const found = allowed.find((item) => item === value);
      if (found === undefined) problems.set(name, notInEnum(name, allowed));
      return found ?? fallback;
    },
    listOf(name: string, allowed: readonly string[]): string[] {
      const values = parseList(query.get(name));
      const bad = values.findIndex((value) => !allowed.includes(value));
      if (bad !== -1) problems.set(name, notInEnum(`${name}[${bad}]`, allowed));
      return values;
    },
    /** Undefined when the parameter is absent or empty. Words count as 0, as PHP reads them. */
    ids(name: string): number[] | undefined {
      const list = parseList(query.get(name)).map((item) => Math.abs(Number.parseInt(item, 10)) || 0);
      return list.length === 0 ? undefined : [...new Set(list)];
    },
    date(name: string): number | undefined {
      const value = query.get(name);
      if (value === undefined) return undefined;
      const parsed = typeof value === 'string' ? parseDateTime(value, time, boolean('dates_are_gmt')) : undefined;
      if (parsed === undefined) problems.set(name, { code: 'rest_invalid_date', message: 'Invalid date.', data: null });
      return parsed;
    },
    /** Throws the 400 if any parameter read so far was bad. */
    check(): void {
      if (problems.size > 0) throw invalidParams(problems);
    },
  };
}

export type ParamReader = ReturnType<typeof createParamReader>;
