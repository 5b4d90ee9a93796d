import { expect } from 'chai';
import { createPretendShop, type PretendShop } from '../../src/sandbox/shop/pretend-shop.js';
import { drivenClock } from '../support/clock.js';
import { type Answer, get, NOON, send } from './shop-support.js';
import { fixture, shapeProblems } from './shop-shape.js';

const BILLING = {
  first_name: 'Vik',
  last_name: 'Isle',
  phone: '+447911120018',
  email: 'v@shop.example',
  country: 'GB',
};
const HOUR = 3_600_000;

/** A shop with one of everything the recordings show. */
function fill(shop: PretendShop) {
  const gifts = shop.addCategory('Gifts');
  const mug = shop.addProduct({ name: 'Golden Mug', price: '178.27', categories: [gifts], sku: 'SIM-1' });
  shop.addProduct({
    name: 'On sale',
    price: '26.09',
    salePrice: '20.87',
    stockStatus: 'onbackorder',
    stockQuantity: -2,
  });
  shop.addProduct({ name: 'No price' });
  shop.addProduct({ name: 'Draft', price: '93.06', status: 'draft' });
  const grinder = shop.addVariableProduct({
    name: 'Iron Grinder',
    variations: [
      { option: 'Red', price: '33.87', salePrice: '25.40' },
      { option: 'Blue', price: '42.54', stockStatus: 'outofstock' },
    ],
  });
  const customer = shop.addCustomer({ email: 'v@shop.example', firstName: 'Vik', lastName: 'Isle', billing: BILLING });
  const items = [{ productId: mug }, { productId: grinder.id, variationId: grinder.variationIds[0] ?? 0, quantity: 2 }];
  const completed = shop.placeOrder({
    customerId: customer,
    items,
    status: 'completed',
    createdAt: Date.parse(NOON) - HOUR,
  });
  const guest = shop.placeOrder({ billing: BILLING, items, status: 'on-hold', currency: 'EUR' });
  const refunded = shop.placeOrder({ billing: BILLING, items, createdAt: Date.parse(NOON) - 2 * HOUR });
  shop.refundOrder(refunded, '10.00', 'Returned');
  return { mug, grinder, customer, completed, guest, refunded };
}

describe('pretend shop: the same body as recorded, key by key', () => {
  let shop: PretendShop;
  let ids: ReturnType<typeof fill>;
  before(async () => {
    shop = await createPretendShop({ clock: drivenClock(NOON) });
    ids = fill(shop);
  });
  after(() => shop.close());

  function expectShape({ status, body }: Answer, names: readonly string[], ignored: readonly string[] = []): void {
    expect(status).to.equal(200);
    if (Array.isArray(body)) expect(body).not.to.be.empty;
    expect(shapeProblems(body, names.map(fixture), ignored)).to.deep.equal([]);
  }

  it('orders', async () => {
    expectShape(await get(shop, '/wc/v3/orders?per_page=100&orderby=modified&order=desc'), ['orders-page']);
  });

  it('orders cut by _fields, dotted ones too', async () => {
    const fields = 'id,status,customer_id,date_created_gmt,date_modified_gmt,total,currency,billing.phone,line_items';
    const path = `/wc/v3/orders?per_page=100&orderby=modified&order=asc&modified_after=2026-11-10T00:00:00&dates_are_gmt=true&status=completed,processing&_fields=${fields}`;
    const recorded = fixture('orders-modified-after');
    const withVariations = (fixture('orders-page') as { line_items: unknown }[]).map(({ line_items }) => line_items);
    const answer = await get(shop, path);
    const items = (answer.body as { line_items: unknown }[]).map(({ line_items }) => line_items);
    expect(shapeProblems(answer.body, [recorded], ['[].line_items'])).to.deep.equal([]);
    expect(shapeProblems(items, [withVariations])).to.deep.equal([]);
  });

  it('one order', async () => {
    const answer = await get(shop, `/wc/v3/orders/${ids.completed}`);
    expect(shapeProblems([answer.body], [fixture('orders-page')])).to.deep.equal([]);
  });

  it("an order's refunds", async () => {
    expectShape(await get(shop, `/wc/v3/orders/${ids.refunded}/refunds`), ['order-refunds']);
  });

  it('products', async () => {
    expectShape(await get(shop, '/wc/v3/products?per_page=100'), ['products-page']);
  });

  it('products cut by _fields', async () => {
    const path = `/wc/v3/products?include=${ids.mug},${ids.grinder.id}&per_page=100&_fields=id,name,price,stock_status,permalink,type`;
    expectShape(await get(shop, path), ['products-include-fields']);
  });

  it('a variation as a product', async () => {
    const id = ids.grinder.variationIds[0] ?? 0;
    const answer = await get(shop, `/wc/v3/products/${id}`);
    expectShape(answer, ['product-get-variation-id']);
    expect(answer.body).to.include({ name: 'Iron Grinder - Red', type: 'variation', parent_id: ids.grinder.id });
  });

  it('a variation below its parent', async () => {
    const [id = 0] = ids.grinder.variationIds;
    expectShape(await get(shop, `/wc/v3/products/${ids.grinder.id}/variations/${id}`), ['variation-nested']);
    const list = await get(shop, `/wc/v3/products/${ids.grinder.id}/variations`);
    expect(shapeProblems(list.body, [[fixture('variation-nested')]], ['[].image'])).to.deep.equal([]);
  });

  it('variations of all products', async () => {
    expectShape(await get(shop, '/wc/v3/variations?per_page=3'), ['variations-collection']);
  });

  it('customers', async () => {
    expectShape(await get(shop, '/wc/v3/customers?per_page=100&orderby=id&order=asc'), ['customers-page']);
  });

  it('customers cut by _fields', async () => {
    const fields = 'id,email,billing.phone,billing.country,date_modified_gmt,is_paying_customer';
    expectShape(await get(shop, `/wc/v3/customers?per_page=100&_fields=${fields}`), ['customers-fields']);
  });

  it('one customer', async () => {
    const answer = await get(shop, `/wc/v3/customers/${ids.customer}`);
    expect(shapeProblems([answer.body], [fixture('customers-page')])).to.deep.equal([]);
  });

  it('a coupon made, with and without an expiry, and found by its code', async () => {
    const request = {
      code: 'BACK-Lab77Q',
      discount_type: 'percent',
      amount: '10',
      individual_use: true,
      usage_limit: 1,
      usage_limit_per_user: 1,
      email_restrictions: ['customer18@shop.example'],
      description: 'win-back lab',
      meta_data: [{ key: '_lab_run', value: 'r1' }],
    };
    const made = await send(shop, 'POST', '/wc/v3/coupons', request);
    const expiring = { ...request, code: 'back-exp', date_expires: '2026-12-06T00:00:00' };
    const withExpiry = await send(shop, 'POST', '/wc/v3/coupons', expiring);
    expect([made.status, withExpiry.status]).to.deep.equal([201, 201]);
    expect(shapeProblems(made.body, [fixture('coupon-create')])).to.deep.equal([]);
    expect(shapeProblems(withExpiry.body, [fixture('coupon-create-with-expiry')])).to.deep.equal([]);
    const { id } = made.body as { id: number };
    expect(made.headers.get('location')).to.equal(`${shop.url}/wp-json/wc/v3/coupons/${id}`);
    expectShape(await get(shop, '/wc/v3/coupons?code=BACK-Lab77Q'), ['coupon-lookup-by-code']);
    expect(shapeProblems((await get(shop, `/wc/v3/coupons/${id}`)).body, [fixture('coupon-create')])).to.deep.equal([]);
  });

  it('a batch of coupons, one of them a duplicate', async () => {
    await send(shop, 'POST', '/wc/v3/coupons', { code: 'taken' });
    const create = [{ code: 'batch-1', amount: '5', discount_type: 'percent' }, { code: 'TAKEN' }];
    const answer = await send(shop, 'POST', '/wc/v3/coupons/batch', { create });
    expectShape(answer, ['coupon-batch']);
    const recorded = fixture('coupon-batch') as { create: unknown[] };
    expect((answer.body as { create: unknown[] }).create[1]).to.deep.equal(recorded.create[1]);
  });

  it('the root, without a key', async () => {
    const response = await fetch(`${shop.url}/wp-json/`);
    expect(shapeProblems(await response.json(), [fixture('wp-json-root')])).to.deep.equal([]);
    const fields = ['name', 'url', 'home', 'gmt_offset', 'timezone_string', 'namespaces'];
    const cut = await fetch(`${shop.url}/wp-json/?_fields=${fields.join(',')}`);
    const body = (await cut.json()) as Record<string, unknown>;
    expect(Object.keys(body)).to.deep.equal(fields);
    expect(body).to.include({ timezone_string: 'America/New_York', gmt_offset: -5 });
  });

  it('system status', async () => {
    expectShape(await get(shop, '/wc/v3/system_status'), ['system-status']);
  });

  it('settings and the currency', async () => {
    expectShape(await get(shop, '/wc/v3/settings/general'), ['settings-general'], ['[].options']);
    expectShape(await get(shop, '/wc/v3/settings/general/woocommerce_currency'), ['settings-currency'], ['.options']);
    const currency = await get(shop, '/wc/v3/data/currencies/current');
    expectShape(currency, ['data-currency-current']);
    expect(currency.body).to.include({ code: 'USD', symbol: '&#36;' });
  });

  it('a body that lacks a key, has one too many, or one of another type would be told', () => {
    const [order] = fixture('orders-page') as Record<string, unknown>[];
    const { total, ...rest } = order ?? {};
    const wrong = { ...rest, id: String(rest['id']), surprise: total };
    expect(shapeProblems([wrong], [fixture('orders-page')])).to.have.members([
      '[].total: missing',
      '[].surprise: not in the recording',
      '[].id: string instead of number',
    ]);
  });
});
