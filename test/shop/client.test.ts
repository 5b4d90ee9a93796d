import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { createShopClient } from '../../src/shop/client.js';
import { walkOrders } from '../../src/shop/orders.js';
import { selfSignedCertificate } from '../sandbox/shop-support.js';
import { clientOptions, collect, failure, NOON, PARSE, serving, withShop } from './shop-support.js';

const tls = selfSignedCertificate();
const json = { 'content-type': 'application/json' };

describe('shop client: what reaches the shop', () => {
  it(
    'signs with OAuth over http',
    withShop(async ({ client, shop }) => {
      const { data } = await client.get('orders', { status: 'any', _fields: 'id,billing.phone' });
      expect(data).to.deep.equal([]);
      expect(shop.requests[0]?.query).to.deep.equal({ status: 'any', _fields: 'id,billing.phone' });
    }),
  );

  it(
    'sends basic auth over https, or the key in the address when told to',
    withShop(
      async ({ client, connect }) => {
        expect((await client.get('orders')).data).to.deep.equal([]);
        expect((await connect({ queryStringAuth: true }).get('orders')).data).to.deep.equal([]);
      },
      { tls },
    ),
  );

  it(
    'refuses a certificate that nobody vouches for',
    withShop(
      async ({ connect }) => {
        const client = connect({ ca: selfSignedCertificate('stranger').cert });
        expect((await failure(client.get('orders'), 'SHOP_UNREACHABLE')).message).to.match(/CERT/);
      },
      { tls },
    ),
  );

  it('puts the key into the address only when it is asked to', async () => {
    const addresses: string[] = [];
    const answer = (url: string, reply: (status: number, headers: Record<string, string>, body: string) => void) => {
      addresses.push(url);
      reply(200, json, '[]');
    };
    await serving(answer, async (url) => {
      await createShopClient(clientOptions(url)).get('orders');
    });
    expect(addresses.join()).to.not.contain('cs_test_secret');
  });

  it(
    'joins lists of more than ten with commas, so that the signature holds',
    withShop(async ({ client, shop }) => {
      const ids = Array.from({ length: 15 }, (_, index) => shop.addProduct({ name: `P${index}`, price: '1' }));
      const { data } = await client.get('products', { include: ids, per_page: 100 });
      expect(data).to.have.length(15);
    }),
  );

  it(
    'leaves undefined out instead of spelling it',
    withShop(async ({ client, shop }) => {
      await client.get('orders', { modified_after: undefined, page: 1 });
      expect(shop.requests[0]?.query).to.deep.equal({ page: '1' });
    }),
  );

  it(
    'signs values with signs that addresses give a meaning',
    withShop(async ({ client }) => {
      expect((await client.get('coupons', { code: "a+b&c=50% [x] é*'()!" })).data).to.deep.equal([]);
    }),
  );

  it(
    'asks the root without a key',
    withShop(async ({ client, shop }) => {
      const { data } = await client.getPublic('', { _fields: 'name' });
      expect(data).to.deep.equal({ name: 'Pretend Shop' });
      expect(shop.requests[0]?.path).to.equal('/wp-json/');
    }),
  );

  it(
    'follows no Link: the next page is asked for at the shop’s own address',
    withShop(async ({ client, shop }) => {
      const id = shop.addProduct({ name: 'Cup', price: '1' });
      for (let index = 0; index < 150; index += 1) {
        shop.placeOrder({ billing: {}, items: [{ productId: id, quantity: 1 }], modifiedAt: NOON });
      }
      const params = { status: 'any', orderby: 'modified', order: 'asc', per_page: 100 };
      const { data, headers } = await client.get('orders', params);
      const link = '<http://127.0.0.1:1/wp-json/wc/v3/orders?page=2>; rel="next"';
      shop.faults.next({
        status: 200,
        headers: { ...json, 'x-wp-total': '150', 'x-wp-totalpages': '2', link },
        body: JSON.stringify(data),
      });
      expect(headers['link']).to.contain(shop.url);
      const pages = await collect(walkOrders(client, { status: 'any', since: null, overlapMs: 0, parse: PARSE }));
      expect(new Set(pages.flatMap(({ orders }) => orders.map((order) => order.id))).size).to.equal(150);
    }),
  );

  it(
    'reads with a read-only key',
    withShop(async ({ connect, shop }) => {
      const client = connect({ consumerKey: shop.readOnlyKey, consumerSecret: shop.readOnlySecret });
      for (const path of ['orders', 'products', 'variations', 'customers', 'coupons']) {
        expect((await client.get(path)).data, path).to.be.an('array');
      }
    }),
  );

  it('sends no more in a second than the ceiling allows, tries after a failure included', async () => {
    const times: number[] = [];
    await serving(
      (_, reply) => {
        if (times.push(performance.now()) < 3) reply(502, { 'content-type': 'text/html' }, '');
        else reply(200, json, '[]');
      },
      async (url) => {
        await createShopClient({ ...clientOptions(url), requestsPerSecond: 2 }).get('orders');
      },
    );
    expect(times).to.have.length(3);
    // The way to the server takes its time too.
    expect(times[2]! - times[0]!).to.be.greaterThan(900);
  });

  for (const [most, options] of [
    [2, {}],
    [5, { concurrency: 5 }],
  ] as const) {
    it(`has ${most} requests under way at most`, async () => {
      const arrived = new EventEmitter();
      const waiting: (() => void)[] = [];
      let open = false;
      await serving(
        (address, reply) => {
          const answer = () => {
            reply(200, json, '[]');
          };
          if (open || address === '/probe') answer();
          else arrived.emit('request', waiting.push(answer));
        },
        async (url) => {
          const client = createShopClient({ ...clientOptions(url), ...options });
          const full = new Promise<void>((resolve) => {
            arrived.on('request', (count) => {
              if (count === most) resolve();
            });
          });
          const all = Promise.all(Array.from({ length: 9 }, () => client.get('orders')));
          await full;
          // Whatever else was sent would be here before the answers to these.
          for (let probe = 0; probe < 5; probe += 1) await (await fetch(`${url}/probe`)).text();
          expect(waiting).to.have.length(most);
          open = true;
          for (const answer of waiting) answer();
          await all;
        },
      );
    });
  }
});
