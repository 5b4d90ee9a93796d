import { isAppError } from './errors.js';
import { maskPhone, maskPhonesIn } from './phone.js';

/**
 * What may be logged of a value, deeply. The rules:
 * - Under a key that names a secret (token, secret, password, authorization, consumer_key ...) stands `[redacted]`.
 * - A registered secret, a WooCommerce key, a Meta token and a login in a header or an address are taken out of every text.
 * - `+` and 7 to 15 digits is a phone number in every text and becomes `***890`. A bare run of 9 to 15 digits is one only under a
 *   key that names a phone (`phone`, `customer_phone`, `wa_id`, `to` ...): elsewhere it is an id, an order or an epoch and stays.
 *   Numbers under `to`, `from` and `input` stay too, since these also name times.
 * - Of a wamid the last eight characters are shown: it holds the whole phone number, encoded.
 * - An error is its name and message (an AppError its code, message and advice), its string `code` and its causes; nothing else of it,
 *   since an AxiosError carries the request with its token. Stacks only when asked for.
 * - Sockets, requests and streams show their class only. Depth, width and length are bounded.
 */
export interface Redactor {
  /** Leaves this value out of every text from now on. Values of fewer than 6 characters are not, they would hit common words. */
  register: (secret: string) => void;
  text(text: string): string;
  /** A whole result for somebody who asked for it, at any length: without registered secrets, keys, tokens and phones with a plus. */
  output(text: string): string;
  value(value: unknown, withStacks: boolean): unknown;
}

const REDACTED = '[redacted]';

const MIN_SECRET = 6;
const MAX_TEXT = 4_000;
const MAX_DEPTH = 8;
const MAX_ENTRIES = 100;

const SECRET_KEY =
  /(^|_)(tokens?|secrets?|passwords?|passwd|pwd|auth|authorization|cookies?|credentials?|signature|consumer_key|api_?key|private_key|raw_headers)(_|$)/;
const PHONE_KEY = /(^|_)(phone|phones|phone_number|mobile|msisdn|tel|telephone|wa_id|recipient|recipient_id)$/;
const PERHAPS_PHONE_KEY = /^(to|from|input)$/;

const E164 = /(?:\+|%2B)\d{7,15}(?!\d)/gi;
const WAMID = /wamid\.[A-Za-z0-9+/=_-]{9,}/g;
/** Bare numbers in JSON, in queries and in the database's own words. */
const NAMED_PHONE =
  /((?:phone|msisdn|wa_id|recipient_id)["']?\s*[:=]\s*["']?|"(?:to|from|input)"\s*:\s*"|duplicate entry ')(\d{9,15})(?!\d)/gi;
const KEY_SHAPES: readonly [RegExp, string][] = [
  [/\bc[ks]_[0-9a-f]{16,}/gi, REDACTED],
  [/\bEAA[A-Za-z0-9]{16,}/g, REDACTED],
];
const SECRET_TEXTS: readonly [RegExp, string][] = [
  ...KEY_SHAPES,
  [/\b(Basic|Bearer)\s+[\w+/=.~-]{8,}/gi, `$1 ${REDACTED}`],
  [/\b(OAuth)\s+\w+=.*/gi, `$1 ${REDACTED}`],
  [
    /\b(consumer_key|consumer_secret|access_token|oauth_\w+|password)(["']?\s*[=:]\s*["']?)[^&\s"',}]+/gi,
    `$1$2${REDACTED}`,
  ],
  // A login in an address, with whatever a password may hold: up to the last @ before a space or a quote.
  [/(\w:\/\/)[^\s"'<>]*@/g, `$1${REDACTED}@`],
  // drizzle-orm ends a failed query's message with the values
  [/(^|\n)params: [\s\S]*?(?=\n {4}at |$)/g, `$1params: ${REDACTED}`],
];

export function createRedactor(): Redactor {
  const secrets = new Set<string>();

  const withoutSecrets = (input: string, patterns: readonly [RegExp, string][]): string => {
    let output = input;
    for (const secret of secrets) output = output.replaceAll(secret, REDACTED);
    for (const [pattern, instead] of patterns) output = output.replace(pattern, instead);
    return output;
  };

  const text = (input: string): string => {
    let output = withoutSecrets(input, SECRET_TEXTS);
    // Before phones: a number inside one is passed over.
    output = output.replace(WAMID, shortWamid).replace(E164, maskPhone);
    output = output.replace(NAMED_PHONE, (_, before: string, phone: string) => before + maskPhone(phone));
    return output.length > MAX_TEXT ? `${output.slice(0, MAX_TEXT)}... (${output.length} characters)` : output;
  };

  const value = (input: unknown, withStacks: boolean): unknown => {
    const open = new Set<object>();
    const inside = <T extends object>(object: T, walk: (object: T) => unknown): unknown => {
      if (open.has(object)) return '[circular]';
      if (open.size >= MAX_DEPTH) return '[deeper]';
      open.add(object);
      try {
        return walk(object);
      } catch {
        return '[unreadable]'; // a getter or a toJSON that throws must not stop the program
      } finally {
        open.delete(object);
      }
    };
    const any = (each: unknown, key: string): unknown => {
      if (typeof each === 'string') return underKey(text(each), key);
      if (typeof each === 'number') return PHONE_KEY.test(key) ? underKey(String(each), key) : each;
      if (typeof each === 'bigint') return underKey(String(each), key);
      if (typeof each === 'function' || typeof each === 'symbol') return `[${typeof each}]`;
      if (typeof each !== 'object' || each === null) return each;
      return inside(each, (object) => anyObject(object, key));
    };
    const anyObject = (object: object, key: string): unknown => {
      if (isError(object)) return error(object);
      if (isLive(object)) return `[${object.constructor.name}]`;
      if (ArrayBuffer.isView(object)) return `[${object.byteLength} bytes]`;
      if (object instanceof Map) return entries([...object].map(([name, each]) => [String(name), each]));
      if (object instanceof Set || Array.isArray(object)) return list([...(object as Iterable<unknown>)], key);
      if ('toJSON' in object && typeof object.toJSON === 'function') {
        return any((object as { toJSON(): unknown }).toJSON(), key);
      }
      return entries(Object.entries(object));
    };
    const list = (items: readonly unknown[], key: string): unknown[] => {
      const shown = items.slice(0, MAX_ENTRIES).map((item) => any(item, key));
      return items.length > MAX_ENTRIES ? [...shown, `... ${items.length - MAX_ENTRIES} more`] : shown;
    };
    const entries = (pairs: readonly (readonly [string, unknown])[]): Record<string, unknown> => {
      const shown: Record<string, unknown> = {};
      for (const [name, each] of pairs.slice(0, MAX_ENTRIES)) {
        const key = snakeCase(name);
        const hidden = SECRET_KEY.test(key) && each !== null && each !== undefined && typeof each !== 'boolean';
        shown[text(name)] = hidden ? REDACTED : any(each, key);
      }
      if (pairs.length > MAX_ENTRIES) shown['...'] = `${pairs.length - MAX_ENTRIES} more`;
      return shown;
    };
    const error = (thrown: Error): Record<string, unknown> => {
      const code = 'code' in thrown && typeof thrown.code === 'string' ? text(thrown.code) : undefined;
      const facts = isAppError(thrown)
        ? { code: thrown.code, message: text(thrown.message), advice: thrown.advice }
        : { name: text(thrown.name), message: text(thrown.message), ...(code !== undefined && { code }) };
      return {
        ...facts,
        ...(withStacks && typeof thrown.stack === 'string' && { stack: text(thrown.stack) }),
        ...(thrown.cause !== undefined && { cause: any(thrown.cause, '') }),
        ...(thrown instanceof AggregateError && { errors: list(thrown.errors, '') }),
      };
    };
    return any(input, '');
  };

  const register = (secret: string): void => {
    if (secret.length < MIN_SECRET) return;
    for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]) secrets.add(form);
  };
  const output = (input: string): string => withoutSecrets(input, KEY_SHAPES).replace(E164, maskPhone);
  return { register, text, output, value };
}

/** `...AB12CD3=`: enough to find a message that one knows. */
function shortWamid(id: string): string {
  return `wamid...${id.slice(-8)}`;
}

function underKey(text: string, key: string): string {
  const isPhone = PHONE_KEY.test(key) || PERHAPS_PHONE_KEY.test(key);
  return isPhone ? maskPhonesIn(text) : text;
}

/** `customerPhone` and `Customer-Phone` as `customer_phone`. */
function snakeCase(key: string): string {
  return key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[-\s.]+/g, '_')
    .toLowerCase();
}

/** Sockets, requests, streams: nobody wants to read them, and their buffers hold what was sent. */
function isLive(object: object): boolean {
  return 'on' in object && typeof object.on === 'function';
}

/** Errors of other realms and look-alikes too: what has a stack and a message is never walked through. */
function isError(object: object): object is Error {
  if (object instanceof Error) return true;
  return (
    'stack' in object && 'message' in object && typeof object.stack === 'string' && typeof object.message === 'string'
  );
}
