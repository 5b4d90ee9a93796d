import { createHmac, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import type WooCommerce from '@woocommerce/woocommerce-rest-api';
import type { PretendShop } from '../../src/sandbox/shop/pretend-shop.js';

/** Noon in New York. */
export const NOON = '2026-11-22T17:00:00Z';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export async function answerOf(response: Response): Promise<Answer> {
  return { status: response.status, headers: response.headers, body: await response.json() };
}

export interface Signing {
  readonly key?: string;
  readonly secret?: string;
  readonly method?: 'HMAC-SHA1' | 'HMAC-SHA256';
  readonly timestamp?: number;
  readonly nonce?: string;
}

const percent = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** A URL signed as RFC 5849 says, written apart from the shop's own check. `path` begins after /wp-json. */
export function signedUrl(shop: PretendShop, method: string, path: string, signing: Signing = {}): string {
  const url = new URL(`${shop.url}/wp-json${path}`);
  const algorithm = signing.method ?? 'HMAC-SHA256';
  const oauth = {
    oauth_consumer_key: signing.key ?? shop.consumerKey,
    oauth_nonce: signing.nonce ?? randomUUID(),
    oauth_signature_method: algorithm,
    oauth_timestamp: String(signing.timestamp ?? Math.floor(Date.now() / 1000)),
  };
  const params = [...url.searchParams, ...Object.entries(oauth)].sort(([a], [b]) => (a < b ? -1 : 1));
  const joined = params.map(([name, value]) => `${percent(name)}=${percent(value)}`).join('&');
  const base = `${method}&${percent(url.origin + url.pathname)}&${percent(joined)}`;
  const signature = createHmac(
    algorithm === 'HMAC-SHA1' ? 'sha1' : 'sha256',
    `${signing.secret ?? shop.consumerSecret}&`,
  )
    .update(base)
    .digest('base64');
  for (const [name, value] of Object.entries({ ...oauth, oauth_signature: signature }))
    url.searchParams.set(name, value);
  return url.href;
}

export async function get(shop: PretendShop, path: string, signing: Signing = {}): Promise<Answer> {
  return answerOf(await fetch(signedUrl(shop, 'GET', path, signing)));
}

export async function send(
  shop: PretendShop,
  method: 'POST' | 'DELETE',
  path: string,
  body?: unknown,
  signing: Signing = {},
): Promise<Answer> {
  const response = await fetch(signedUrl(shop, method, path, signing), {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return answerOf(response);
}

/** The ids of a list. */
export function idsOf({ body }: Answer): number[] {
  return (body as { id: number }[]).map(({ id }) => id);
}

// Required, not imported: whether its default export is the class or holds it depends on how this file itself was loaded.
const { default: Client } = createRequire(import.meta.url)('@woocommerce/woocommerce-rest-api') as typeof WooCommerce;

/** WooCommerce's own client; every status is an answer. */
export function wooClient(shop: PretendShop, ca?: string): InstanceType<typeof Client> {
  return new Client({
    url: shop.url,
    consumerKey: shop.consumerKey,
    consumerSecret: shop.consumerSecret,
    axiosConfig: { validateStatus: () => true, ...(ca === undefined ? {} : { httpsAgent: new Agent({ ca }) }) },
  });
}

/** One of two certificates for 127.0.0.1 that sign themselves. */
export function selfSignedCertificate(name: 'loopback' | 'stranger' = 'loopback'): { key: string; cert: string } {
  const pem = (part: string) => readFileSync(new URL(`../fixtures/tls/${name}-${part}.pem`, import.meta.url), 'utf8');
  return { key: pem('key'), cert: pem('cert') };
}
