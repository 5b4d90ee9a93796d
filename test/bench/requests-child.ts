import { systemClock } from '../../src/lib/clock.js';
import { createShopClient } from '../../src/shop/client.js';
import { serve } from './serve.js';
import type { StubRequest } from './stub-shop.js';

export interface RequestsInput {
  readonly shop: { readonly url: string; readonly consumerKey: string; readonly consumerSecret: string };
  readonly requests: readonly StubRequest[];
  /** As the daemon asks: how many are under way at once, and how many there may be in a second. */
  readonly concurrency: number;
  readonly requestsPerSecond: number;
}

/** The bare loop: makes the same requests with the same client and throws the answers away. */
serve(({ shop, requests, concurrency, requestsPerSecond }: RequestsInput) => {
  const client = createShopClient({
    ...shop,
    restPrefix: 'wp-json',
    queryStringAuth: false,
    timeoutMs: 30_000,
    clock: systemClock,
    concurrency,
    requestsPerSecond,
  });
  const ask = ({ path, params }: StubRequest) =>
    path.startsWith('wc/v3/') ? client.get(path.slice('wc/v3/'.length), params) : client.getPublic(path, params);
  return Promise.resolve({
    run: async () => {
      await Promise.all(requests.map((request) => ask(request).then(() => undefined)));
    },
    close: () => Promise.resolve(),
  });
});
