import { expect } from 'chai';
import type { Fault } from '../../src/sandbox/http-faults.js';
import { createPretendShop, type PretendShop } from '../../src/sandbox/shop/pretend-shop.js';
import { get, idsOf, send, signedUrl } from './shop-support.js';

describe('pretend shop: faults', () => {
  let shop: PretendShop;
  let id: number;
  beforeEach(async () => {
    shop = await createPretendShop();
    id = shop.addProduct({ name: 'Mug', price: '1.00' });
  });
  afterEach(() => shop.close());

  const ask = (init: RequestInit = {}) => fetch(signedUrl(shop, 'GET', '/wc/v3/products'), init);
  const failure = async (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => 'answered',
      (error: unknown) => String((error as { cause?: unknown }).cause ?? error),
    );

  for (const [fault, status, type] of [
    ['html-200', 200, 'text/html'],
    ['html-500', 500, 'text/html'],
    ['503-retry-after', 503, 'text/html'],
    [{ status: 418, headers: { 'content-type': 'text/plain' }, body: 'teapot' }, 418, 'text/plain'],
  ] as [Fault, number, string][]) {
    it(`${typeof fault === 'string' ? fault : 'an answer of the scenario'}, once`, async () => {
      shop.faults.next(fault);
      const response = await ask();
      expect(response.status).to.equal(status);
      expect(response.headers.get('content-type')).to.contain(type);
      expect(response.headers.get('retry-after')).to.equal(fault === '503-retry-after' ? '600' : null);
      expect(idsOf(await get(shop, '/wc/v3/products'))).to.deep.equal([id]);
    });
  }

  it('cut-json promises more than it sends', async () => {
    shop.faults.next('cut-json');
    const response = await ask();
    expect(response.status).to.equal(200);
    expect(await failure(response.text())).to.match(/terminated|closed|aborted/i);
  });

  it('reset ends the connection without an answer', async () => {
    shop.faults.next('reset');
    expect(await failure(ask())).to.match(/closed|ECONNRESET/i);
  });

  it('never leaves the request open until the client or the server gives up', async () => {
    shop.faults.next('never', { times: 2 });
    const controller = new AbortController();
    const asked = ask({ signal: controller.signal });
    while (shop.requests.length === 0) await new Promise(setImmediate);
    controller.abort();
    expect(await failure(asked)).to.contain('AbortError');
    const second = failure(ask());
    while (shop.requests.length === 1) await new Promise(setImmediate);
    await shop.close();
    expect(await second).to.match(/closed|ECONNRESET/i);
    shop = await createPretendShop();
  });

  it('slow gives the right answer late', async () => {
    shop.faults.next({ slow: 60 });
    const began = performance.now();
    expect(idsOf(await get(shop, '/wc/v3/products'))).to.deep.equal([id]);
    expect(performance.now() - began).to.be.at.least(55);
  });

  it('handled: the coupon is made and only the answer is lost', async () => {
    shop.faults.next('reset', { handled: true });
    expect(await failure(send(shop, 'POST', '/wc/v3/coupons', { code: 'a' }))).to.match(/closed|ECONNRESET/i);
    expect((await send(shop, 'POST', '/wc/v3/coupons', { code: 'a' })).status).to.equal(400);
    shop.faults.next('reset');
    await failure(send(shop, 'POST', '/wc/v3/coupons', { code: 'b' }));
    expect([...shop.coupons.values()].map(({ code }) => code)).to.deep.equal(['a']);
  });

  it('come in the order planned, only for the requests they are meant for, until cleared', async () => {
    shop.faults.next('html-500', { times: 2, when: ({ path }) => path.endsWith('/orders') });
    shop.faults.next('503-retry-after', { when: ({ path }) => path.endsWith('/orders') });
    expect(shop.faults.pending).to.equal(3);
    expect((await ask()).status).to.equal(200);
    const orders = async () => (await fetch(signedUrl(shop, 'GET', '/wc/v3/orders'))).status;
    expect([await orders(), await orders(), await orders(), await orders()]).to.deep.equal([500, 500, 503, 200]);
    shop.faults.next('html-500', { times: Infinity });
    expect([await orders(), await orders()]).to.deep.equal([500, 500]);
    shop.faults.clear();
    expect(await orders()).to.equal(200);
  });

  it('every request is counted, without its signature', async () => {
    await get(shop, '/wc/v3/products?page=1');
    expect(shop.requests.map(({ path, query }) => [path, query])).to.deep.equal([
      ['/wp-json/wc/v3/products', { page: '1' }],
    ]);
    shop.clearRequests();
    expect(shop.requests).to.be.empty;
  });
});
