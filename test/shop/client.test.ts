import { createServer, type Server } from 'node:http';
import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { createShopClient } from '../../src/shop/client.js';
import { shopErrorStatus, wooErrorCode } from '../../src/shop/shop-error.js';
import { selfSignedCertificate } from '../sandbox/shop-support.js';
import { clientOptions, failure, shown, withShop } from './shop-support.js';

const tls = selfSignedCertificate();

async function serving(
  answer: (url: string, reply: (status: number, headers: Record<string, string>, body: string) => void) => void,
  test: (url: string) => Promise<void>,
): Promise<void> {
  const server: Server = createServer((request, response) => {
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
      reply(200, { 'content-type': 'application/json' }, '[]');
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
            reply(200, { 'content-type': 'application/json' }, '[]');
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

describe('shop client: what a failure is told as', () => {
  it(
    'wrong key: denied, in the words of the shop, and not tried again',
    withShop(
      async ({ connect, shop, clock }) => {
        const error = await failure(connect({ consumerKey: 'ck_wrong' }).get('orders'), 'SHOP_DENIED');
        expect(error.message).to.contain('Sorry, you cannot list resources.');
        expect(wooErrorCode(error)).to.equal('woocommerce_rest_cannot_view');
        expect(shop.requests).to.have.length(1);
        expect(clock.slept).to.deep.equal([]);
      },
      { tls },
    ),
  );

  it(
    'wrong secret: denied',
    withShop(async ({ connect }) => {
      const error = await failure(connect({ consumerSecret: 'cs_wrong' }).get('orders'), 'SHOP_DENIED');
      expect(wooErrorCode(error)).to.equal('woocommerce_rest_authentication_error');
      expect(shopErrorStatus(error)).to.equal(401);
    }),
  );

  it(
    'a read-only key that writes: denied, with the advice to give it write permission',
    withShop(async ({ connect, shop }) => {
      const client = connect({ consumerKey: shop.readOnlyKey, consumerSecret: shop.readOnlySecret });
      const error = await failure(client.post('coupons', { code: 'x' }), 'SHOP_DENIED');
      expect(error.message).to.contain('does not have write permissions').and.contain('read/write permission');
    }),
  );

  it(
    'no such route: not found',
    withShop(async ({ client }) => {
      expect(wooErrorCode(await failure(client.get('nope'), 'SHOP_NOT_FOUND'))).to.equal('rest_no_route');
    }),
  );

  it(
    'no such row, bad parameter: refused, with WooCommerce’s code',
    withShop(async ({ client }) => {
      const missing = await failure(client.get('orders/999999'), 'SHOP_REFUSED');
      expect(wooErrorCode(missing)).to.equal('woocommerce_rest_shop_order_invalid_id');
      const bad = await failure(client.get('orders', { per_page: 101 }), 'SHOP_REFUSED');
      expect(wooErrorCode(bad)).to.equal('rest_invalid_param');
    }),
  );

  it(
    'a page of HTML with status 200: a bad answer that names the page',
    withShop(async ({ client, shop, clock }) => {
      shop.faults.next('html-200', { times: 3 });
      const error = await failure(client.get('orders'), 'SHOP_BAD_ANSWER');
      expect(error.message).to.contain('One moment, please');
      expect(clock.slept).to.deep.equal([500, 2_000]);
    }),
  );

  it(
    'JSON that breaks off: a bad answer, read again',
    withShop(async ({ client, shop, clock }) => {
      shop.faults.next('cut-json', { handled: true });
      expect((await client.get('orders')).data).to.deep.equal([]);
      expect(clock.slept).to.deep.equal([500]);
      shop.faults.next('cut-json', { times: 3 });
      await failure(client.get('orders'), 'SHOP_BAD_ANSWER');
    }),
  );

  it('PHP warnings before the JSON, a bare word, an empty body: bad answers', async () => {
    for (const body of ['<br /><b>Warning</b>: x in y<br />[]', '"text"', 'null', '']) {
      await serving(
        (_, reply) => {
          reply(200, { 'content-type': 'application/json' }, body);
        },
        async (url) => {
          await failure(createShopClient(clientOptions(url)).get('orders'), 'SHOP_BAD_ANSWER');
        },
      );
    }
  });

  it(
    'maintenance with Retry-After: busy, handed up at once with the time to wait',
    withShop(async ({ client, shop, clock }) => {
      shop.faults.next('503-retry-after');
      const error = await failure(client.get('orders'), 'SHOP_BUSY');
      expect(error.retryAfterMs).to.equal(600_000);
      expect(clock.slept).to.deep.equal([]);
    }),
  );

  it(
    'a short Retry-After is waited for; a date counts from now',
    withShop(async ({ client, shop, clock }) => {
      shop.faults.next({ status: 429, headers: { 'retry-after': '3' }, body: '{}' });
      await client.get('orders');
      expect(clock.slept).to.deep.equal([3_000]);
      const date = new Date(clock.now() + 90_000).toUTCString();
      shop.faults.next({ status: 503, headers: { 'retry-after': date }, body: '' });
      expect((await failure(client.get('orders'), 'SHOP_BUSY')).retryAfterMs).to.equal(90_000);
    }),
  );

  it(
    'a broken database: busy, after three tries',
    withShop(async ({ client, shop }) => {
      shop.faults.next('html-500', { times: 3 });
      const error = await failure(client.get('orders'), 'SHOP_BUSY');
      expect(error.message).to.contain('Error establishing a database connection');
      expect(shop.requests).to.have.length(3);
    }),
  );

  it(
    'a connection that is reset: unreachable, read again',
    withShop(async ({ client, shop }) => {
      shop.faults.next('reset');
      expect((await client.get('orders')).data).to.deep.equal([]);
      shop.faults.next('reset', { times: 3 });
      const error = await failure(client.get('orders'), 'SHOP_UNREACHABLE');
      expect(error.message).to.contain('ECONNRESET');
    }),
  );

  it(
    'no answer in time: unreachable, and the time is named',
    withShop(async ({ connect, shop }) => {
      shop.faults.next('never', { times: 3 });
      const error = await failure(connect({ timeoutMs: 50 }).get('orders'), 'SHOP_UNREACHABLE');
      expect(error.message).to.contain('no answer within 50 ms');
      expect(shop.requests).to.have.length(3);
    }),
  );

  it('nobody listens, or nobody has that name: unreachable', async () => {
    for (const url of ['http://127.0.0.1:1', 'http://no-such-shop.invalid']) {
      const error = await failure(createShopClient(clientOptions(url)).get('orders'), 'SHOP_UNREACHABLE');
      expect(error.message).to.match(/ECONNREFUSED|ENOTFOUND|EAI_AGAIN/);
    }
  });

  it('a redirect is not followed: the error names shop.url and where it leads, without the query', async () => {
    let asked = 0;
    const location = 'https://www.elsewhere.example/wp-json/wc/v3/orders?consumer_secret=cs_test_secret';
    await serving(
      (_, reply) => {
        asked += 1;
        reply(301, { location }, '');
      },
      async (url) => {
        const error = await failure(createShopClient(clientOptions(url)).get('orders'), 'SHOP_NOT_FOUND');
        expect(error.message)
          .to.contain('shop.url')
          .and.contain('https://www.elsewhere.example/wp-json')
          .and.contain(url);
        expect(shown(error)).to.not.contain('cs_test_secret');
        expect(asked).to.equal(1);
      },
    );
  });

  it('a firewall’s 403 page is no verdict on the key', async () => {
    await serving(
      (_, reply) => {
        reply(403, { 'content-type': 'text/html' }, '<title>Blocked</title>');
      },
      async (url) => {
        const error = await failure(createShopClient(clientOptions(url)).get('orders'), 'SHOP_BAD_ANSWER');
        expect(error.message).to.contain('403 "Blocked"');
      },
    );
  });

  it('a missing page of the web server means the address or the prefix is wrong', async () => {
    await serving(
      (_, reply) => {
        reply(404, { 'content-type': 'text/html' }, '<title>404 Not Found</title>');
      },
      async (url) => {
        await failure(createShopClient(clientOptions(url)).get('orders'), 'SHOP_NOT_FOUND');
      },
    );
  });

  it('an empty key is a fault of the configuration, although the library throws no Error for it', async () => {
    const client = createShopClient({ ...clientOptions('http://127.0.0.1:1'), consumerKey: '' });
    await failure(client.get('orders'), 'CONFIG_INVALID');
  });

  it(
    'a write is sent once, whatever happens',
    withShop(async ({ client, shop }) => {
      for (const fault of ['reset', 'html-500', 'html-200', '503-retry-after'] as const) {
        shop.clearRequests();
        shop.faults.next(fault);
        await client.post('coupons', { code: 'x' }).catch(() => undefined);
        shop.faults.next(fault);
        await client.delete('coupons/1', { force: true }).catch(() => undefined);
        expect(shop.requests, fault).to.have.length(2);
      }
    }),
  );
});

describe('shop client: the secret', () => {
  for (const [name, options, own] of [
    ['http', {}, {}],
    ['https', { tls }, {}],
    ['https with the key in the address', { tls }, { queryStringAuth: true }],
  ] as const) {
    it(
      `stands nowhere in an error over ${name}`,
      withShop(async ({ connect, shop }) => {
        const client = connect({ ...own, timeoutMs: 300 });
        const errors: unknown[] = [];
        for (const fault of ['reset', 'html-200', 'html-500', 'cut-json', 'never', '503-retry-after'] as const) {
          shop.faults.next(fault);
          await client.post('coupons', { code: 'x' }).catch((error: unknown) => errors.push(error));
        }
        shop.faults.next({
          status: 400,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ code: 'echo', message: `you sent ${shop.consumerKey}:${shop.consumerSecret}` }),
        });
        await client.post('coupons', { code: 'x' }).catch((error: unknown) => errors.push(error));
        const basic = Buffer.from(`${shop.consumerKey}:${shop.consumerSecret}`).toString('base64');
        expect(errors).to.have.length(7);
        for (const error of errors) {
          expect(shown(error)).to.not.contain(shop.consumerSecret);
          expect(shown(error)).to.not.contain(basic);
          expect(shown(error)).to.not.contain('oauth_signature');
        }
      }, options),
    );
  }
});
