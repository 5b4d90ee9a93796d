import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { AppError, type ErrorCode } from '../../src/lib/errors.js';
import { createPretendShop, type PretendShop, type PretendShopOptions } from '../../src/sandbox/shop/pretend-shop.js';
import { createShopClient, type ShopClient, type ShopClientOptions } from '../../src/shop/client.js';

/** 2026-11-22 17:00 UTC. */
export const NOON = Date.UTC(2026, 10, 22, 17);

export const PARSE = {
  defaultCountry: 'US',
  consentMetaKeys: ['_marketing_consent'],
  languageMetaKeys: ['wpml_language'],
};

/** A clock that stands still but when it is told to sleep, and remembers each sleep. */
function sleepingClock(start = NOON) {
  let now = start;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep: (ms: number) => {
      slept.push(ms);
      now += ms;
      return Promise.resolve();
    },
    advance: (ms: number) => {
      now += ms;
    },
  };
}

export interface OpenShop {
  readonly shop: PretendShop;
  readonly client: ShopClient;
  readonly clock: ReturnType<typeof sleepingClock>;
  /** Another client of the same shop. */
  readonly connect: (options?: Partial<ShopClientOptions>) => ShopClient;
}

/** Runs a test with a pretend shop of its own. */
export function withShop(test: (open: OpenShop) => Promise<void>, options: PretendShopOptions = {}) {
  return async () => {
    const clock = sleepingClock();
    const shop = await createPretendShop({ clock, ...options });
    const connect = (own: Partial<ShopClientOptions> = {}) =>
      createShopClient({ ...clientOptions(shop.url), ...keyOf(shop), ...caOf(options), clock, ...own });
    try {
      await test({ shop, clock, connect, client: connect() });
    } finally {
      await shop.close();
    }
  };
}

/** Runs a test with a server of its own, whose answers `answer` makes. */
export async function serving(
  answer: (url: string, reply: (status: number, headers: Record<string, string>, body: string) => void) => void,
  test: (url: string) => Promise<void>,
): Promise<void> {
  const server = createServer((request, response) => {
    answer(request.url ?? '', (status, headers, body) => response.writeHead(status, headers).end(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await test(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

export function clientOptions(url: string): ShopClientOptions {
  return {
    url,
    restPrefix: 'wp-json',
    consumerKey: 'ck_test',
    consumerSecret: 'cs_test_secret',
    queryStringAuth: false,
    timeoutMs: 5_000,
    clock: sleepingClock(),
  };
}

function keyOf({ consumerKey, consumerSecret }: PretendShop) {
  return { consumerKey, consumerSecret };
}

function caOf({ tls }: PretendShopOptions) {
  return tls === undefined ? {} : { ca: tls.cert };
}

export async function failure(work: Promise<unknown>, code: ErrorCode): Promise<AppError> {
  try {
    await work;
  } catch (error) {
    expect(error).to.be.instanceOf(AppError);
    expect((error as AppError).code, (error as AppError).message).to.equal(code);
    return error as AppError;
  }
  throw new Error(`no ${code}`);
}

/** Everything of an error that could reach a log. */
export function shown(error: unknown): string {
  const cause = (error as Error).cause;
  return [inspect(error, { depth: 10, showHidden: true }), JSON.stringify(error), JSON.stringify(cause)].join('\n');
}

export async function collect<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(page);
  return all;
}
