import axios from 'axios';
import type { Clock } from '../lib/clock.js';
import { AppError, type ErrorCode } from '../lib/errors.js';
import { plainText } from './text.js';

/** Which request failed, and the words that must not stand in a message. `url` is the shop's address; the query is left out on purpose. */
export interface ShopRequest {
  readonly method: string;
  readonly path: string;
  readonly url: string;
  readonly secrets: readonly string[];
}

/** An answer as it came, whatever its status. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly data: unknown;
}

interface ShopErrorDetails {
  readonly status: number | null;
  readonly wooCode: string | null;
  /** Node's or axios's code, such as `ECONNREFUSED`, when there was no answer. */
  readonly networkCode: string | null;
}

/** Nine digits or more, with the separators that people write between them: a plugin's message may quote a customer's phone. */
const PHONE = /\+?\d(?:[\s().\-/\u00a0]{0,2}\d){8,}/g;

const READ_WRITE = 'Give the key read/write permission (WooCommerce > Settings > Advanced > REST API).';

/** WooCommerce's own error code (`woocommerce_rest_product_invalid_id`, `rest_no_route`, ...) of an error of this room, or null. */
export function wooErrorCode(error: unknown): string | null {
  return details(error)?.wooCode ?? null;
}

/** The HTTP status of an error of this room, or null when there was no answer. */
export function shopErrorStatus(error: unknown): number | null {
  return details(error)?.status ?? null;
}

function details(error: unknown): ShopErrorDetails | null {
  const cause = error instanceof AppError ? error.cause : null;
  return cause instanceof Error && 'wooCode' in cause ? (cause as Error & ShopErrorDetails) : null;
}

/** The error that an answer means, or null when it is JSON with a status of 2xx. */
export function answerError(request: ShopRequest, answer: RawAnswer, clock: Clock): AppError | null {
  const { status } = answer;
  const woo = wooMessage(answer.data);
  const fail = (code: ErrorCode, what: string, retryAfterMs?: number) =>
    failure(code, request, what, { status, wooCode: woo?.code ?? null, networkCode: null }, retryAfterMs);
  const told = woo === null ? `${status} ${pageTitle(answer.data)}` : `${status} ${woo.code}: ${woo.message}`;

  if (status >= 300 && status < 400) return fail('SHOP_NOT_FOUND', redirect(request, answer));
  if (status === 429 || status >= 500) return fail('SHOP_BUSY', told, retryAfter(answer.headers['retry-after'], clock));
  if (status === 401 || status === 403) {
    // Without WooCommerce's words it was a firewall or a password in front of the shop: the key is not at fault.
    if (woo === null) return fail('SHOP_BAD_ANSWER', told);
    const write = request.method !== 'GET' && /write permission/i.test(woo.message);
    return fail('SHOP_DENIED', write ? `${told} ${READ_WRITE}` : told);
  }
  if (status === 404 && (woo === null || woo.code === 'rest_no_route')) return fail('SHOP_NOT_FOUND', told);
  if (status < 200 || status >= 300) return fail('SHOP_REFUSED', told);
  // HTML, PHP warnings before the JSON, or JSON that was cut: axios hands over what it cannot parse as a string.
  if (typeof answer.data !== 'object' || answer.data === null) {
    return fail('SHOP_BAD_ANSWER', `${status}, but no JSON: ${pageTitle(answer.data)}`);
  }
  return null;
}

/** What a request that got no whole answer threw, without axios's error: that one holds the consumer secret. */
export function transportError(request: ShopRequest, error: unknown, timedOut: boolean, timeoutMs: number): AppError {
  const missing = optionsException(error);
  if (missing !== null) return new AppError('CONFIG_INVALID', `shop: ${missing}.`);
  const networkCode = axios.isAxiosError(error) ? (error.code ?? 'no code') : null;
  if (networkCode === null) {
    const name = error instanceof Error ? error.name : typeof error;
    return failure('INTERNAL', request, `failed with ${name}`, noAnswer(null));
  }
  if (timedOut) return failure('SHOP_UNREACHABLE', request, `no answer within ${timeoutMs} ms`, noAnswer(networkCode));
  if (networkCode === 'ERR_BAD_RESPONSE' || /^(HPE_|Z_)/.test(networkCode)) {
    return failure('SHOP_BAD_ANSWER', request, `an answer that broke off or was too large`, noAnswer(networkCode));
  }
  return failure('SHOP_UNREACHABLE', request, `no answer from ${request.url} (${networkCode})`, noAnswer(networkCode));
}

/** The library throws an object that is no Error when an option is empty. */
function optionsException(error: unknown): string | null {
  if (error instanceof Error || typeof error !== 'object' || error === null || !('message' in error)) return null;
  return String(error.message);
}

/** An answer in JSON that is not what this path answers with. */
export function badAnswer(path: string, what: string): AppError {
  return new AppError('SHOP_BAD_ANSWER', `The shop's answer to ${path}: ${what}.`);
}

function noAnswer(networkCode: string | null): ShopErrorDetails {
  return { status: null, wooCode: null, networkCode };
}

function failure(
  code: ErrorCode,
  request: ShopRequest,
  what: string,
  known: ShopErrorDetails,
  retryAfterMs?: number,
): AppError {
  const text = request.secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), what).trim();
  const message = `${request.method} ${request.path === '' ? '/' : request.path}: ${text}`;
  return new AppError(code, message, { cause: Object.assign(new Error(text), known), retryAfterMs });
}

function wooMessage(data: unknown): { code: string; message: string } | null {
  if (typeof data !== 'object' || data === null || !('code' in data) || !('message' in data)) return null;
  if (typeof data.code !== 'string' || typeof data.message !== 'string') return null;
  return { code: data.code.slice(0, 100), message: plainText(data.message).replace(PHONE, '[number]').slice(0, 300) };
}

function pageTitle(data: unknown): string {
  if (typeof data !== 'string') return '';
  const title = /<title[^>]*>([^<]*)/i.exec(data)?.[1];
  return `"${plainText(title ?? data.slice(0, 500))
    .replace(PHONE, '[number]')
    .slice(0, 100)}"`;
}

function redirect(request: ShopRequest, answer: RawAnswer): string {
  const location = answer.headers['location'] ?? '';
  // Only origin and path: with the key in the query, a redirect repeats it.
  const base = request.url.endsWith('/') ? request.url : `${request.url}/`;
  const target = URL.canParse(location, base) ? new URL(location, base) : null;
  const where = target === null ? 'elsewhere' : `to ${target.origin}${target.pathname}`;
  return `${answer.status}, the shop redirects ${where}. Set shop.url (now ${request.url}) to the address that answers itself.`;
}

/** Retry-After is a number of seconds or a date (RFC 9110). */
function retryAfter(value: string | undefined, clock: Clock): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1_000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - clock.now());
}
