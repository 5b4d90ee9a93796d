import { expect } from 'chai';
import { createPretendShop, type PretendShop, type PretendShopOptions } from '../../src/sandbox/shop/pretend-shop.js';
import { drivenClock } from '../support/clock.js';
import { fixture } from './shop-shape.js';
import { get, idsOf, NOON as NOON_ISO } from './shop-support.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const at = (text: string) => Date.parse(text);
const NOON = at(NOON_ISO);

describe('pretend shop: what a client of WooCommerce trips over', () => {
  let shop: PretendShop;
  let clock: ReturnType<typeof drivenClock>;
  const open = async (options: PretendShopOptions = {}) => {
    clock = drivenClock(NOON_ISO);
    shop = await createPretendShop({ clock, ...options });
    return shop;
  };
  const order = (given: Partial<Parameters<PretendShop['placeOrder']>[0]> = {}) =>
    shop.placeOrder({ items: [{ productId: shop.addProduct({ name: 'Mug', price: '10.00' }) }], ...given });
  afterEach(() => shop.close());

  describe('paging', () => {
    it('counts in headers and links from the site’s home', async () => {
      await open();
      const ids = Array.from({ length: 5 }, () => order());
      const answer = await get(shop, '/wc/v3/orders?per_page=2&page=2&orderby=id&order=asc');
      expect(idsOf(answer)).to.deep.equal(ids.slice(2, 4));
      expect(answer.headers.get('x-wp-total')).to.equal('5');
      expect(answer.headers.get('x-wp-totalpages')).to.equal('3');
      const link = answer.headers.get('link') ?? '';
      expect(link).to.contain(`<${shop.url}/wp-json/wc/v3/orders?`).and.contain('page=1>; rel="prev"');
      expect(link).to.contain('page=3>; rel="next"').and.not.contain('oauth');
    });

    it('past the end is an empty list, not an error', async () => {
      await open();
      order();
      const answer = await get(shop, '/wc/v3/orders?page=9');
      expect([answer.status, answer.body]).to.deep.equal([200, []]);
      expect(answer.headers.get('x-wp-total')).to.equal('1');
    });

    it('more than 100 rows, or a page 0, is a 400', async () => {
      await open();
      const tooMany = await get(shop, '/wc/v3/products?per_page=101');
      expect([tooMany.status, tooMany.body]).to.deep.equal([400, fixture('error-400-per-page')]);
      expect((await get(shop, '/wc/v3/products?per_page=0')).body).to.deep.equal(fixture('error-400-per-page'));
      expect((await get(shop, '/wc/v3/orders?page=0')).status).to.equal(400);
    });

    it('by page numbers loses a row when one before it moves to the end between two pages', async () => {
      await open();
      const ids = [3, 2, 1].map((hours) => order({ createdAt: NOON - hours * HOUR }));
      const page = (number: number) => get(shop, `/wc/v3/orders?per_page=2&page=${number}&orderby=modified&order=asc`);
      expect(idsOf(await page(1))).to.deep.equal(ids.slice(0, 2));
      shop.setOrderStatus(ids[0] ?? 0, 'completed');
      expect(idsOf(await page(2)), 'the last of the three was never shown').to.deep.equal(ids.slice(0, 1));
    });

    it('answers a page out of 10,000 orders quickly', async () => {
      await open();
      const productId = shop.addProduct({ name: 'Mug', price: '10.00' });
      for (let n = 0; n < 10_000; n += 1) shop.placeOrder({ items: [{ productId }], createdAt: NOON - n * MINUTE });
      const began = performance.now();
      const answer = await get(shop, '/wc/v3/orders?per_page=100&orderby=modified&order=asc&page=50');
      expect(idsOf(answer)).to.have.length(100);
      expect(performance.now() - began).to.be.below(2000);
    });
  });

  describe('times', () => {
    it('modified_after is strictly exclusive at second precision', async () => {
      await open();
      const first = order({ modifiedAt: NOON });
      const second = order({ modifiedAt: NOON + 1000 });
      const after = (text: string) => get(shop, `/wc/v3/orders?orderby=modified&order=asc&modified_after=${text}`);
      expect(idsOf(await after('2026-11-22T17:00:00Z'))).to.deep.equal([second]);
      expect(idsOf(await after('2026-11-22T16:59:59Z'))).to.deep.equal([first, second]);
      expect(idsOf(await get(shop, '/wc/v3/orders?modified_before=2026-11-22T17:00:01Z'))).to.deep.equal([first]);
    });

    it('after and before are about the creation', async () => {
      await open();
      const old = order({ createdAt: NOON - HOUR, modifiedAt: NOON });
      const fresh = order({ createdAt: NOON });
      expect(idsOf(await get(shop, '/wc/v3/orders?after=2026-11-22T16:00:00Z'))).to.deep.equal([fresh]);
      expect(idsOf(await get(shop, '/wc/v3/orders?before=2026-11-22T17:00:00Z'))).to.deep.equal([old]);
    });

    it('a time without an offset is site local; Z, an offset or dates_are_gmt make it UTC', async () => {
      await open();
      const id = order({ modifiedAt: at('2026-11-22T17:00:00Z') });
      const found = async (query: string) =>
        idsOf(await get(shop, `/wc/v3/orders?modified_after=${query}`)).includes(id);
      expect(await found('2026-11-22T11:59:59')).to.be.true;
      expect(await found('2026-11-22T12:00:00')).to.be.false;
      expect(await found('2026-11-22T12:00:00Z')).to.be.true;
      expect(await found(encodeURIComponent('2026-11-22T18:59:59+02:00'))).to.be.true;
      expect(await found(encodeURIComponent('2026-11-22T19:00:00+02:00'))).to.be.false;
      expect(await found('2026-11-22T16:59:59&dates_are_gmt=true')).to.be.true;
      expect(await found('2026-11-22T17:00:00&dates_are_gmt=true')).to.be.false;
    });

    it('a bare date is a 400', async () => {
      await open();
      const answer = await get(shop, '/wc/v3/orders?after=2026-11-01');
      expect([answer.status, answer.body]).to.deep.equal([400, fixture('error-400-invalid-date')]);
    });

    it('dates come site local and as UTC, through a change of the clocks', async () => {
      await open();
      const summer = order({ createdAt: at('2026-07-01T12:00:00Z') });
      const { body } = await get(shop, `/wc/v3/orders/${summer}`);
      expect(body).to.include({ date_created: '2026-07-01T08:00:00', date_created_gmt: '2026-07-01T12:00:00' });
    });

    it('system_status says UTC whatever the site’s zone is: only the root knows it', async () => {
      await open({ timezoneString: 'Asia/Kathmandu' });
      const { body } = await get(shop, '/wc/v3/system_status?_fields=environment');
      expect(body).to.have.nested.property('environment.default_timezone', 'UTC');
      const root = await (await fetch(`${shop.url}/wp-json/?_fields=timezone_string`)).json();
      expect(root).to.deep.equal({ timezone_string: 'Asia/Kathmandu' });
    });

    it('a site with a plain offset has no zone name', async () => {
      await open({ timezoneString: '', gmtOffset: 5.5 });
      const root = await (await fetch(`${shop.url}/wp-json/?_fields=gmt_offset,timezone_string`)).json();
      expect(root).to.deep.equal({ gmt_offset: 5.5, timezone_string: '' });
      const { body } = await get(shop, `/wc/v3/orders/${order({ createdAt: NOON })}`);
      expect(body).to.include({ date_created: '2026-11-22T22:30:00' });
    });
  });

  describe('orders', () => {
    it('any leaves the trash out, and any,trash does too; status=trash shows it with a new modification date', async () => {
      await open();
      const [kept, trashed] = [order({ createdAt: NOON - HOUR }), order({ createdAt: NOON - HOUR })];
      await clock.advance(MINUTE);
      shop.trashOrder(trashed);
      for (const query of ['', '?status=any', '?status=any,trash', '?status[0]=trash&status[1]=any'])
        expect(idsOf(await get(shop, `/wc/v3/orders${query}`)), query).to.deep.equal([kept]);
      const trash = await get(shop, '/wc/v3/orders?status=trash&modified_after=2026-11-22T17:00:00Z');
      expect(idsOf(trash)).to.deep.equal([trashed]);
    });

    it('an order that left a status is not in the answer for it, and a deleted one is nowhere', async () => {
      await open();
      const [left, deleted] = [order(), order()];
      shop.setOrderStatus(left, 'cancelled');
      shop.deleteOrder(deleted);
      expect(idsOf(await get(shop, '/wc/v3/orders?status=processing,completed'))).to.deep.equal([]);
      expect(idsOf(await get(shop, '/wc/v3/orders'))).to.deep.equal([left]);
      const gone = await get(shop, `/wc/v3/orders/${deleted}`);
      expect([gone.status, gone.body]).to.deep.equal([404, fixture('error-404-order')]);
    });

    it('a status with the wc- prefix is a 400', async () => {
      await open();
      const answer = await get(shop, '/wc/v3/orders?status=wc-completed');
      expect(answer.status).to.equal(400);
      expect(answer.body).to.have.nested.property('data.details.status.code', 'rest_not_in_enum');
    });

    it('customer=0 returns the guests', async () => {
      await open();
      const customerId = shop.addCustomer({ email: 'a@shop.example' });
      const [guest, own] = [order(), order({ customerId })];
      expect(idsOf(await get(shop, '/wc/v3/orders?customer=0'))).to.deep.equal([guest]);
      expect(idsOf(await get(shop, `/wc/v3/orders?customer=${customerId}`))).to.deep.equal([own]);
    });

    it('a part refund leaves total and status, adds a negative row and bumps the modification date', async () => {
      await open();
      const id = order({ total: '50.00', createdAt: NOON - HOUR });
      const refund = shop.refundOrder(id, '20.00', 'Damaged item');
      const { body } = await get(shop, `/wc/v3/orders/${id}`);
      expect(body).to.include({ total: '50.00', status: 'processing', date_modified_gmt: '2026-11-22T17:00:00' });
      const row = { id: refund, reason: 'Damaged item', total: '-20.00', total_tax: '0.00' };
      expect(body).to.have.deep.property('refunds', [row]);
      shop.refundOrder(id, '30.00');
      expect((await get(shop, `/wc/v3/orders/${id}`)).body).to.include({ total: '50.00', status: 'refunded' });
    });

    it('keep the currency they were paid in', async () => {
      await open({ currency: 'USD' });
      const ids = [order(), order({ currency: 'EUR' })];
      const { body } = await get(shop, '/wc/v3/orders?orderby=id&order=asc&_fields=id,currency,currency_symbol');
      expect(body).to.deep.equal([
        { id: ids[0], currency: 'USD', currency_symbol: '$' },
        { id: ids[1], currency: 'EUR', currency_symbol: '€' },
      ]);
    });

    it('dp rounds the amounts and _fields reaches into billing but not into lists', async () => {
      await open();
      order({ total: '10.005', billing: { phone: '0711 5', city: 'X' } });
      const answer = await get(shop, '/wc/v3/orders?dp=3&_fields=total,billing.phone,line_items.name');
      expect(answer.body).to.deep.equal([{ total: '10.005', billing: { phone: '0711 5' }, line_items: [] }]);
    });

    it('ignores parameters it does not know without a word', async () => {
      await open();
      const id = order({ currency: 'EUR' });
      const answer = await get(shop, '/wc/v3/orders?currency=USD&billing_email=nobody@x.example&type=none');
      expect([answer.status, idsOf(answer)]).to.deep.equal([200, [id]]);
    });
  });
});
