import { expect } from 'chai';
import { createPretendShop, type PretendShop, type PretendShopOptions } from '../../src/sandbox/shop/pretend-shop.js';
import { drivenClock } from '../support/clock.js';
import { fixture } from './shop-shape.js';
import { get, idsOf, NOON as NOON_ISO, send } from './shop-support.js';

const HOUR = 3_600_000;
const NOON = Date.parse(NOON_ISO);

describe('pretend shop: what a client trips over in products, customers and coupons', () => {
  let shop: PretendShop;
  const open = async (options: PretendShopOptions = {}) => {
    shop = await createPretendShop({ clock: drivenClock(NOON_ISO), ...options });
  };
  const order = (given: Partial<Parameters<PretendShop['placeOrder']>[0]> = {}) =>
    shop.placeOrder({ items: [{ productId: shop.addProduct({ name: 'Mug', price: '10.00' }) }], ...given });
  afterEach(() => shop.close());

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

    it("a variation's own id answers under its parent's name, the collection under its option alone", async () => {
      await open();
      const { id, variationIds } = shop.addVariableProduct({ name: 'Shirt', variations: [{ option: 'Red' }] });
      const [red = 0] = variationIds;
      const named = { type: 'variation', parent_id: id, name: 'Shirt - Red' };
      expect((await get(shop, `/wc/v3/products/${red}`)).body).to.include(named);
      const [row] = (await get(shop, `/wc/v3/variations?include=${red}`)).body as object[];
      expect(row).to.include({ ...named, name: 'Red' });
      expect(row).to.not.have.property('categories');
      const nested = await get(shop, `/wc/v3/products/${id}/variations?include=${red},${id},99999`);
      expect(idsOf(nested)).to.deep.equal([red]);
    });

    it('a variable product costs what its cheapest variation costs now, and has no regular price', async () => {
      await open();
      const variations = [
        { option: 'Red', price: '5.00', salePrice: '3.00' },
        { option: 'Blue', price: '4.00' },
      ];
      const { id } = shop.addVariableProduct({ name: 'Shirt', variations });
      expect((await get(shop, `/wc/v3/products/${id}`)).body).to.include({
        price: '3.00',
        regular_price: '',
        sale_price: '',
        on_sale: true,
      });
    });

    it('stock_quantity is null unless the product counts its stock', async () => {
      await open();
      const [plain, counted] = [{}, { stockQuantity: 3 }].map((own) => shop.addProduct({ name: 'Mug', ...own }));
      const stock = async (id = 0) => (await get(shop, `/wc/v3/products/${id}`)).body;
      expect(await stock(plain)).to.include({ manage_stock: false, stock_quantity: null });
      expect(await stock(counted)).to.include({ manage_stock: true, stock_quantity: 3 });
    });

    it('names and prices come as they are stored: tags, entities, and 1,234.50 which PHP shows as 1', async () => {
      await open();
      const name = '<b>Tom</b> &amp; Jerry';
      const id = shop.addProduct({ name, price: '1,234.50' });
      const { body } = await get(shop, `/wc/v3/products/${id}`);
      expect(body).to.include({ name, price: '1,234.50' });
      expect((body as { price_html: string }).price_html).to.contain('</span>1.00</bdi>');
    });

    it('_fields leaves out what is not named', async () => {
      await open();
      const id = shop.addProduct({ name: 'Mug', price: '1.00' });
      const answer = await get(shop, '/wc/v3/products?_fields=id,price,stock_status,nonsense');
      expect(answer.body).to.deep.equal([{ id, price: '1.00', stock_status: 'instock' }]);
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

    it('have a phone as it was typed, in billing alone, and no count of orders and no total spent', async () => {
      await open();
      shop.addCustomer({ email: 'a@shop.example', billing: { phone: ' (0170) 1234-567 ' } });
      shop.addCustomer({ email: 'b@shop.example' });
      const { body } = await get(shop, '/wc/v3/customers?orderby=id&order=asc');
      const [typed, empty] = body as { billing: { phone: string } }[];
      expect([typed?.billing.phone, empty?.billing.phone]).to.deep.equal([' (0170) 1234-567 ', '']);
      expect(typed).to.not.have.any.keys('phone', 'orders_count', 'total_spent', 'last_order');
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
