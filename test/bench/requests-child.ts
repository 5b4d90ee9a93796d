import PQueue from 'p-queue';
import { systemClock } from '../../src/lib/clock.js';
import { createShopClient } from '../../src/shop/client.js';
import { serve } from './serve.js';
import type { StubRequest } from './stub-shop.js';

export interface RequestsInput {
  readonly shop: { readonly url: string; readonly consumerKey: string; readonly consumerSecret: string };
  readonly requests: readonly StubRequest[];
  /** How many are under way at once. */
  readonly concurrency: number;
}

/** The bare loop: makes the same requests with the same client and throws the answers away. */
serve(({ shop, requests, concurrency }: RequestsInput) => {
  const client = createShopClient({
    ...shop,
    restPrefix: 'wp-json',
    queryStringAuth: false,
    timeoutMs: 30_000,
    clock: systemClock,
    concurrency,
  });
  const ask = ({ path, params }: StubRequest) =>
    path.startsWith('wc/v3/') ? client.get(path.slice('wc/v3/'.length), params) : client.getPublic(path, params);
  return Promise.resolve({
    run: async () => {
      const queue = new PQueue({ concurrency });
      await Promise.all(requests.map((request) => queue.add(() => ask(request).then(() => undefined))));
    },
    close: () => Promise.resolve(),
  });
});
