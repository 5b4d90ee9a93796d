import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { MINUTE, SECOND, type Clock } from '../../lib/clock.js';
import type { PhpMap, PhpValue } from './php-query.js';
import { RestError } from './rest.js';

export interface ApiKey {
  readonly consumerKey: string;
  readonly consumerSecret: string;
  readonly permissions: 'read' | 'read_write';
}

const WINDOW = 15 * MINUTE;
const OAUTH_PARAMS = [
  'oauth_consumer_key',
  'oauth_timestamp',
  'oauth_nonce',
  'oauth_signature',
  'oauth_signature_method',
] as const;

const refused = (message: string, code = 'woocommerce_rest_authentication_error') => new RestError(401, code, message);

/** PHP's rawurlencode: everything but letters, digits and `-_.~`. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

const same = (left: string, right: string): boolean =>
  left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));

function pairs(key: string, value: PhpValue): string[] {
  if (typeof value === 'string') return [encode(`${key}=${encode(value)}`)];
  // Inner keys keep the order of the URL: only the outermost names are sorted, which is what breaks lists of more than ten.
  return [...value].flatMap(([inner, item]) => pairs(`${key}%5B${inner}%5D`, item));
}

function baseString(method: string, url: string, params: PhpMap): string {
  const sorted = [...params.keys()].filter((name) => name !== 'oauth_signature').sort();
  const joined = sorted.flatMap((name) => pairs(encode(name), params.get(name) ?? '')).join('%26');
  return `${method}&${encode(url)}&${joined}`;
}

export interface SignedRequest {
  readonly method: string;
  /** The path as it came, before any decoding. */
  readonly path: string;
  readonly query: PhpMap;
  readonly headers: IncomingMessage['headers'];
}

function oauthParams(query: PhpMap): Record<(typeof OAUTH_PARAMS)[number], string> | undefined {
  const text = (name: string) => {
    const value = query.get(name);
    return typeof value === 'string' ? value : '';
  };
  const missing = OAUTH_PARAMS.filter((name) => text(name) === '');
  if (missing.length === OAUTH_PARAMS.length) return undefined;
  if (missing.length > 0) {
    const word = missing.length === 1 ? 'parameter' : 'parameters';
    throw refused(`Missing OAuth ${word} ${missing.join(', ')}`, 'woocommerce_rest_authentication_missing_parameter');
  }
  return {
    oauth_consumer_key: text('oauth_consumer_key'),
    oauth_timestamp: text('oauth_timestamp'),
    oauth_nonce: text('oauth_nonce'),
    oauth_signature: text('oauth_signature'),
    oauth_signature_method: text('oauth_signature_method'),
  };
}

/**
 * Recognises the key of a request the way WooCommerce's WC_REST_Authentication does: over https basic auth (or the key in the query),
 * otherwise OAuth 1.0a in the query. Undefined: nobody (the endpoint refuses then). Throws the 401 of a key that was tried and is bad.
 * `home` is the site's address: signatures are made over it, not over the Host header. Timestamps count in real time.
 */
export function createAuthentication(keys: readonly ApiKey[], home: () => string, secure: boolean, clock: Clock) {
  const find = (consumerKey: string) => keys.find((key) => key.consumerKey === consumerKey);
  const nonces = new Map<string, number>();

  const basic = ({ query, headers }: SignedRequest): ApiKey | undefined => {
    let [name, secret] = [query.get('consumer_key'), query.get('consumer_secret')];
    if (typeof name !== 'string' || typeof secret !== 'string') {
      const [scheme, encoded = ''] = (headers.authorization ?? '').split(' ');
      if (scheme?.toLowerCase() !== 'basic') return undefined;
      const decoded = Buffer.from(encoded, 'base64').toString();
      [name, secret] = [decoded.slice(0, decoded.indexOf(':')), decoded.slice(decoded.indexOf(':') + 1)];
    }
    const key = find(name);
    if (key !== undefined && !same(key.consumerSecret, secret)) throw refused('Consumer secret is invalid.');
    return key;
  };

  const checkTimestampAndNonce = (consumerKey: string, timestamp: string, nonce: string): void => {
    const now = clock.now();
    if (!(Math.abs(Number(timestamp) * SECOND - now) <= WINDOW)) throw refused('Invalid timestamp.');
    for (const [used, at] of nonces) {
      // A timestamp may lie a window ahead, so it can come again until two windows have passed.
      if (at >= now - 2 * WINDOW) break;
      nonces.delete(used);
    }
    const id = `${consumerKey} ${nonce}`;
    if (nonces.has(id)) throw refused('Invalid nonce - nonce has already been used.');
    nonces.set(id, now);
  };

  const oauth = ({ method, path, query }: SignedRequest): ApiKey | undefined => {
    const params = oauthParams(query);
    if (params === undefined) return undefined;
    const key = find(params.oauth_consumer_key);
    if (key === undefined) throw refused('Consumer key is invalid.');
    const algorithm = { 'HMAC-SHA1': 'sha1', 'HMAC-SHA256': 'sha256' }[params.oauth_signature_method];
    if (algorithm === undefined) throw refused('Invalid signature - signature method is invalid.');
    const expected = createHmac(algorithm, `${key.consumerSecret}&`)
      .update(baseString(method, home() + path, query))
      .digest('base64');
    if (!same(expected, params.oauth_signature.replaceAll(' ', '+')))
      throw refused('Invalid signature - provided signature does not match.');
    checkTimestampAndNonce(key.consumerKey, params.oauth_timestamp, params.oauth_nonce);
    return key;
  };

  return (request: SignedRequest): ApiKey | undefined => (secure ? basic(request) : undefined) ?? oauth(request);
}
