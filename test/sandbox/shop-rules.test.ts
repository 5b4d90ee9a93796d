import { expect } from 'chai';
import { createPretendShop, type PretendShop, type PretendShopOptions } from '../../src/sandbox/shop/pretend-shop.js';
import { drivenClock } from '../support/clock.js';
import { fixture } from './shop-shape.js';
import { get, idsOf, NOON as NOON_ISO, send } from './shop-support.js';

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

  describe('products', () => {
    it('variation ids and unknown ids in include are dropped silently', async () => {
      await open();
      const mug = shop.addProduct({ name: 'Mug', price: '1.00' });
      const shirt = shop.addVariableProduct({ name: 'Shirt', variations: [{ option: 'Red', price: '5.00' }] });
      const include = [mug, ...shirt.variationIds, shirt.id, 99_999];
      const answer = await get(shop, `/wc/v3/products?include=${include.join(',')}&orderby=include`);
      expect(idsOf(answer)).to.deep.equal([mug, shirt.id]);
      expect(idsOf(await get(shop, `/wc/v3/variations?include=${include.join(',')}`))).to.deep.equal(
        shirt.variationIds,
      );
    });

    it('come in date order, not in the order of include', async () => {
      await open();
      const old = shop.addProduct({ name: 'Old', createdAt: NOON - HOUR });
      const fresh = shop.addProduct({ name: 'Fresh', createdAt: NOON });
      expect(idsOf(await get(shop, `/wc/v3/products?include=${old},${fresh}`))).to.deep.equal([fresh, old]);
      expect(idsOf(await get(shop, `/wc/v3/products?include=${old},${fresh}&orderby=include`))).to.deep.equal([
        old,
        fresh,
      ]);
    });

    it('drafts come too unless status=publish; the trash never', async () => {
      await open();
      const published = shop.addProduct({ name: 'A', createdAt: NOON - HOUR });
      const draft = shop.addProduct({ name: 'B', status: 'draft' });
      shop.addProduct({ name: 'C', status: 'trash' });
      expect(idsOf(await get(shop, '/wc/v3/products'))).to.deep.equal([draft, published]);
      expect(idsOf(await get(shop, '/wc/v3/products?status=publish'))).to.deep.equal([published]);
    });

    it('filters by stock, category, type and time of change', async () => {
      await open();
      const tea = shop.addCategory('Tea');
      const plain = shop.addProduct({ name: 'Plain', price: '1.00', createdAt: NOON - HOUR });
      const oolong = shop.addProduct({
        name: 'Oolong',
        categories: [tea],
        stockStatus: 'outofstock',
        createdAt: NOON - HOUR,
      });
      const shirt = shop.addVariableProduct({ name: 'S', variations: [{ option: 'Red' }], createdAt: NOON - HOUR });
      expect(idsOf(await get(shop, '/wc/v3/products?stock_status=outofstock'))).to.deep.equal([oolong]);
      expect(idsOf(await get(shop, `/wc/v3/products?category=${tea}`))).to.deep.equal([oolong]);
      expect(idsOf(await get(shop, '/wc/v3/products?type=variable'))).to.deep.equal([shirt.id]);
      shop.setPrice(plain, '2.00');
      expect(idsOf(await get(shop, '/wc/v3/products?modified_after=2026-11-22T16:30:00Z'))).to.deep.equal([plain]);
    });

    it("a variation's stock decides its parent's and bumps the parent's modification date", async () => {
      await open();
      const given = {
        name: 'Shirt',
        variations: [
          { option: 'Red', price: '5.00' },
          { option: 'Blue', price: '4.00' },
        ],
      };
      const { id, variationIds } = shop.addVariableProduct({ ...given, createdAt: NOON - HOUR });
      const parent = async () => (await get(shop, `/wc/v3/products/${id}`)).body;
      expect(await parent()).to.include({ price: '4.00', regular_price: '', stock_status: 'instock' });
      for (const each of variationIds) shop.setStock(each, 'outofstock');
      expect(await parent()).to.include({ stock_status: 'outofstock', date_modified_gmt: '2026-11-22T17:00:00' });
    });

    it('a removed product is a 404, a product without a price cannot be bought', async () => {
      await open();
      const id = shop.addProduct({ name: 'A <b>bold</b> &amp; free mug' });
      expect((await get(shop, `/wc/v3/products/${id}`)).body).to.include({ price: '', purchasable: false });
      shop.removeProduct(id);
      const gone = await get(shop, `/wc/v3/products/${id}`);
      expect([gone.status, gone.body]).to.deep.equal([404, fixture('error-404-product')]);
    });

    it('/variations does not exist before WooCommerce 10.3', async () => {
      await open({ wooVersion: '10.2.4' });
      const answer = await get(shop, '/wc/v3/variations?include=1');
      expect([answer.status, answer.body]).to.deep.equal([404, fixture('error-404-route')]);
    });
  });

  describe('customers', () => {
    it('modified_after is ignored, and only the role customer is shown unless asked', async () => {
      await open();
      const customer = shop.addCustomer({ email: 'a@shop.example' });
      const admin = shop.addCustomer({ email: 'b@shop.example', role: 'administrator' });
      expect(idsOf(await get(shop, '/wc/v3/customers?modified_after=2030-01-01T00:00:00'))).to.deep.equal([customer]);
      expect(idsOf(await get(shop, '/wc/v3/customers?role=all&orderby=id&order=desc'))).to.deep.equal([
        admin,
        customer,
      ]);
    });

    it('an unknown one is a 404', async () => {
      await open();
      expect((await get(shop, '/wc/v3/customers/999999')).body).to.deep.equal(fixture('error-404-customer'));
    });
  });

  describe('coupons', () => {
    const make = (body: object) => send(shop, 'POST', '/wc/v3/coupons', body);

    it('codes are lower-cased, and a duplicate in any case is refused', async () => {
      await open();
      expect((await make({ code: 'BACK-Lab77Q' })).body).to.include({ code: 'back-lab77q' });
      const again = await make({ code: 'back-LAB77q' });
      expect([again.status, again.body]).to.deep.equal([400, fixture('coupon-duplicate-error')]);
      expect([...shop.coupons.values()].map(({ code }) => code)).to.deep.equal(['back-lab77q']);
    });

    it('date_expires_gmt is ignored; date_expires is site local, or UTC with Z; garbage is 1970', async () => {
      await open();
      const expiry = async (code: string, dates: object) => (await make({ code, ...dates })).body;
      const never = await expiry('a', { date_expires_gmt: '2026-12-06T00:00:00' });
      expect(never).to.include({ date_expires: null, date_expires_gmt: null });
      expect(await expiry('b', { date_expires: '2026-12-06T00:00:00' })).to.include({
        date_expires_gmt: '2026-12-06T05:00:00',
      });
      expect(await expiry('c', { date_expires: '2026-12-06T00:00:00Z' })).to.include({
        date_expires_gmt: '2026-12-06T00:00:00',
      });
      expect(await expiry('d', { date_expires: 'next week' })).to.include({ date_expires_gmt: '1970-01-01T05:00:00' });
    });

    it('bad bodies are told as recorded', async () => {
      await open();
      expect((await make({ discount_type: 'percent' })).body).to.deep.equal(fixture('error-400-missing-param'));
      expect((await make({ code: 'bad1', discount_type: 'bogus' })).body).to.deep.equal(
        fixture('error-400-invalid-param'),
      );
      expect((await send(shop, 'POST', '/wc/v3/coupons', '{bad json')).body).to.deep.equal(
        fixture('error-400-bad-json'),
      );
      const number = await make({ code: 'x', amount: 10 });
      expect(number.body).to.have.nested.property('data.params.amount', 'amount is not of type string.');
      expect(shop.coupons.size).to.equal(0);
    });

    it('delete: into the trash, where its code is free again; with force for good', async () => {
      await open();
      const { id } = (await make({ code: 'back' })).body as { id: number };
      expect((await send(shop, 'DELETE', `/wc/v3/coupons/${id}`)).status).to.equal(200);
      expect((await get(shop, `/wc/v3/coupons/${id}`)).body).to.include({ status: 'trash' });
      expect((await get(shop, '/wc/v3/coupons?code=back')).body).to.deep.equal([]);
      expect((await send(shop, 'DELETE', `/wc/v3/coupons/${id}`)).status).to.equal(410);
      expect((await make({ code: 'back' })).status).to.equal(201);
      expect((await send(shop, 'DELETE', `/wc/v3/coupons/${id}?force=true`)).status).to.equal(200);
      const gone = await get(shop, `/wc/v3/coupons/${id}`);
      expect(gone.status).to.equal(404);
      expect(gone.body).to.include({ code: 'woocommerce_rest_shop_coupon_invalid_id' });
    });

    it('a batch over 100 is a 413, and one of 100 is not', async () => {
      await open();
      const create = Array.from({ length: 101 }, (_, n) => ({ code: `c${n}` }));
      const tooMany = await send(shop, 'POST', '/wc/v3/coupons/batch', { create });
      expect([tooMany.status, tooMany.body]).to.deep.equal([413, fixture('error-413-batch-too-large')]);
      expect((await send(shop, 'POST', '/wc/v3/coupons/batch', { create: create.slice(1) })).status).to.equal(200);
      expect(shop.coupons.size).to.equal(100);
    });

    it('an order counts the coupon as used', async () => {
      await open();
      const { id } = (await make({ code: 'back' })).body as { id: number };
      const placed = order({ coupons: ['BACK'], billing: { email: 'a@shop.example' } });
      expect((await get(shop, `/wc/v3/coupons/${id}`)).body).to.deep.include({
        usage_count: 1,
        used_by: ['a@shop.example'],
      });
      expect((await get(shop, `/wc/v3/orders/${placed}`)).body).to.have.nested.property('coupon_lines[0].code', 'back');
    });
  });
});
