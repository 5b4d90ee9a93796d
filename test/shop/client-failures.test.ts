import { expect } from 'chai';
import { createShopClient } from '../../src/shop/client.js';
import { shopErrorStatus, wooErrorCode } from '../../src/shop/shop-error.js';
import { selfSignedCertificate } from '../sandbox/shop-support.js';
import { clientOptions, failure, serving, shown, withShop } from './shop-support.js';

const tls = selfSignedCertificate();
const json = { 'content-type': 'application/json' };

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
          reply(200, json, body);
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
    'too many requests (429): busy, waited for as long as Retry-After says, else like any back-off',
    withShop(async ({ connect, shop, clock }) => {
      const tooMany = { status: 429, headers: json, body: '{"code":"too_many_requests","message":"Slow down."}' };
      shop.faults.next(tooMany, { times: 2 });
      await connect().get('orders');
      expect(clock.slept).to.deep.equal([500, 2_000]);
      shop.faults.next({ ...tooMany, headers: { ...json, 'retry-after': '60' } });
      const error = await failure(connect().get('orders'), 'SHOP_BUSY');
      expect(error.message).to.contain('429 too_many_requests: Slow down.');
      expect(error.retryAfterMs).to.equal(60_000);
      expect(clock.slept, 'not in place').to.have.length(2);
    }),
  );

  it(
    'PHP that is down (502 in HTML): busy, after three tries',
    withShop(async ({ client, shop, clock }) => {
      const fault = { status: 502, headers: { 'content-type': 'text/html' }, body: '<title>502 Bad Gateway</title>' };
      shop.faults.next(fault, { times: 3 });
      const error = await failure(client.get('orders'), 'SHOP_BUSY');
      expect(error.message).to.contain('502 "502 Bad Gateway"');
      expect(clock.slept).to.deep.equal([500, 2_000]);
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
    withShop(async ({ connect, shop }) => {
      for (const fault of ['reset', 'html-500', 'html-200', '503-retry-after'] as const) {
        shop.clearRequests();
        shop.faults.next(fault);
        await connect()
          .post('coupons', { code: 'x' })
          .catch(() => undefined);
        shop.faults.next(fault);
        await connect()
          .delete('coupons/1', { force: true })
          .catch(() => undefined);
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
        const post = () => connect({ ...own, timeoutMs: 300 }).post('coupons', { code: 'x' });
        const errors: unknown[] = [];
        for (const fault of ['reset', 'html-200', 'html-500', 'cut-json', 'never', '503-retry-after'] as const) {
          shop.faults.next(fault);
          await post().catch((error: unknown) => errors.push(error));
        }
        shop.faults.next({
          status: 400,
          headers: json,
          body: JSON.stringify({ code: 'echo', message: `you sent ${shop.consumerKey}:${shop.consumerSecret}` }),
        });
        await post().catch((error: unknown) => errors.push(error));
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
