import { expect } from 'chai';
import { Agent, request as httpsRequest } from 'node:https';
import { createPretendShop, type PretendShop } from '../../src/sandbox/shop/pretend-shop.js';
import { fixture } from './shop-shape.js';
import { answerOf, get, selfSignedCertificate, send, signedUrl, wooClient } from './shop-support.js';

const ERROR = 'woocommerce_rest_authentication_error';

describe('pretend shop: OAuth 1.0a over http', () => {
  let shop: PretendShop;
  beforeEach(async () => {
    shop = await createPretendShop();
    shop.addProduct({ name: 'Mug', price: '1.00' });
  });
  afterEach(() => shop.close());

  it("accepts WooCommerce's own client, with awkward characters and short lists", async () => {
    const params = { status: ['any', 'trash'], after: '2020-01-01T00:00:00+02:00', search: "it's (50%) *ü* ~!" };
    const answer = (await wooClient(shop).get('orders', params)) as { status: number; data: unknown };
    expect([answer.status, answer.data]).to.deep.equal([200, []]);
    expect(shop.requests[0]).to.deep.include({ method: 'GET', path: '/wp-json/wc/v3/orders' });
    expect(shop.requests[0]?.query).to.include({ 'status[0]': 'any', search: "it's (50%) *ü* ~!" });
  });

  it('accepts a POST and a DELETE of that client', async () => {
    const client = wooClient(shop);
    const made = (await client.post('coupons', { code: 'a' })) as { status: number; data: { id: number } };
    const deleted = (await client.delete(`coupons/${made.data.id}`, { force: true })) as { status: number };
    expect([made.status, deleted.status]).to.deep.equal([201, 200]);
  });

  it('refuses a list of more than ten as an array from that client: the signature breaks, as on a real shop', async () => {
    const include = Array.from({ length: 11 }, (_, n) => n + 1);
    const client = wooClient(shop);
    expect((await client.get('products', { include })) as unknown).to.have.property('status', 401);
    expect((await client.get('products', { include: include.join(',') })) as unknown).to.have.property('status', 200);
  });

  it('accepts HMAC-SHA1 and HMAC-SHA256 and no other method', async () => {
    expect((await get(shop, '/wc/v3/products', { method: 'HMAC-SHA1' })).status).to.equal(200);
    expect((await get(shop, '/wc/v3/products', { method: 'HMAC-SHA256' })).status).to.equal(200);
    const url = signedUrl(shop, 'GET', '/wc/v3/products').replace('HMAC-SHA256', 'PLAINTEXT');
    expect((await answerOf(await fetch(url))).body).to.include({
      code: ERROR,
      message: 'Invalid signature - signature method is invalid.',
    });
  });

  it('refuses a request that was changed after signing', async () => {
    const url = signedUrl(shop, 'GET', '/wc/v3/products?page=1');
    const message = 'Invalid signature - provided signature does not match.';
    for (const changed of [url.replace('page=1', 'page=2'), url.replace('/products', '/orders'), `${url}&status=any`]) {
      const answer = await answerOf(await fetch(changed));
      expect([answer.status, answer.body]).to.deep.equal([401, { code: ERROR, message, data: { status: 401 } }]);
    }
    expect((await answerOf(await fetch(url, { method: 'POST' }))).body).to.include({ message });
    expect((await get(shop, '/wc/v3/products', { secret: 'cs_wrong' })).body).to.include({ message });
  });

  it('refuses a nonce that was used', async () => {
    const url = signedUrl(shop, 'GET', '/wc/v3/products');
    expect((await fetch(url)).status).to.equal(200);
    const again = await answerOf(await fetch(url));
    expect(again.body).to.include({ code: ERROR, message: 'Invalid nonce - nonce has already been used.' });
  });

  it('refuses a timestamp more than 15 minutes off, in real time', async () => {
    const now = Math.floor(Date.now() / 1000);
    const wrong = { code: ERROR, message: 'Invalid timestamp.' };
    expect((await get(shop, '/wc/v3/products', { timestamp: now - 905 })).body).to.include(wrong);
    expect((await get(shop, '/wc/v3/products', { timestamp: now + 905 })).body).to.include(wrong);
    expect((await get(shop, '/wc/v3/products', { timestamp: now - 800 })).status).to.equal(200);
  });

  it('refuses an unknown key and names what is missing', async () => {
    expect((await get(shop, '/wc/v3/products', { key: 'ck_no' })).body).to.include({
      message: 'Consumer key is invalid.',
    });
    const url = signedUrl(shop, 'GET', '/wc/v3/products').replace(/oauth_nonce=[^&]*&/, '');
    expect((await answerOf(await fetch(url))).body).to.include({
      code: 'woocommerce_rest_authentication_missing_parameter',
      message: 'Missing OAuth parameter oauth_nonce',
    });
  });

  it('refuses basic auth over plain http, and nobody at all, as recorded', async () => {
    const url = `${shop.url}/wp-json/wc/v3/orders`;
    const authorization = `Basic ${btoa(`${shop.consumerKey}:${shop.consumerSecret}`)}`;
    const basic = await answerOf(await fetch(url, { headers: { authorization } }));
    expect([basic.status, basic.body]).to.deep.equal([401, fixture('error-401-basic-over-http')]);
    const nobody = await answerOf(await fetch(url));
    expect([nobody.status, nobody.body]).to.deep.equal([401, fixture('error-401-no-auth')]);
  });

  it('lets a read-only key read, and refuses its writing with a 401', async () => {
    const signing = { key: shop.readOnlyKey, secret: shop.readOnlySecret };
    expect((await get(shop, '/wc/v3/system_status', signing)).status).to.equal(200);
    const answer = await send(shop, 'POST', '/wc/v3/coupons', { code: 'x' }, signing);
    expect([answer.status, answer.body]).to.deep.equal([401, fixture('error-401-readonly-key-post')]);
    expect(shop.coupons.size).to.equal(0);
  });

  it('an unknown route is a 404', async () => {
    expect((await get(shop, '/wc/v3/nope')).body).to.deep.equal(fixture('error-404-route'));
  });
});

describe('pretend shop: basic auth over https', () => {
  let shop: PretendShop;
  let agent: Agent;
  let cert: string;
  before(async () => {
    const tls = selfSignedCertificate();
    cert = tls.cert;
    agent = new Agent({ ca: cert });
    shop = await createPretendShop({ tls });
  });
  after(async () => {
    agent.destroy();
    await shop.close();
  });

  const basic = (key: string, secret: string) =>
    new Promise<{ status: number | undefined; body: unknown }>((resolve, reject) => {
      const request = httpsRequest(
        `${shop.url}/wp-json/wc/v3/orders`,
        { agent, auth: `${key}:${secret}` },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          response.on('end', () => {
            resolve({ status: response.statusCode, body: JSON.parse(text) });
          });
        },
      );
      request.on('error', reject).end();
    });

  it("accepts the key, also through WooCommerce's own client", async () => {
    expect(shop.url).to.match(/^https:/);
    expect(await basic(shop.consumerKey, shop.consumerSecret)).to.deep.equal({ status: 200, body: [] });
    const made = (await wooClient(shop, cert).post('coupons', { code: 'a' })) as unknown;
    expect(made).to.have.property('status', 201);
  });

  it('refuses a wrong secret and a wrong key as recorded', async () => {
    const wrongSecret = await basic(shop.consumerKey, 'cs_wrong');
    expect(wrongSecret).to.deep.equal({ status: 401, body: fixture('error-401-wrong-secret') });
    const wrongKey = await basic('ck_wrong', shop.consumerSecret);
    expect(wrongKey).to.deep.equal({ status: 401, body: fixture('error-401-wrong-key') });
  });
});
