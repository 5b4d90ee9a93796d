import { expect } from 'chai';
import type { PretendShop } from '../../src/sandbox/shop/pretend-shop.js';
import type { ShopClient } from '../../src/shop/client.js';
import { walkOrders, type OrdersPage, type OrdersWalk } from '../../src/shop/orders.js';
import { collect, failure, NOON, PARSE, withShop } from './shop-support.js';

const json = { 'content-type': 'application/json' };
const at = (second: number) => NOON + second * 1_000;

function walk(client: ShopClient, own: Partial<OrdersWalk> = {}): AsyncGenerator<OrdersPage> {
  return walkOrders(client, { status: 'any', since: null, overlapMs: 0, parse: PARSE, ...own });
}

const ids = (pages: readonly OrdersPage[]) => pages.flatMap(({ orders }) => orders.map(({ id }) => id));

/** `second(index)`: at which second after noon the order is modified. */
function place(shop: PretendShop, count: number, second: (index: number) => number): number[] {
  const productId = shop.addProduct({ name: 'Tea', price: '10' });
  return Array.from({ length: count }, (_, index) =>
    shop.placeOrder({ items: [{ productId }], createdAt: at(-1_000), modifiedAt: at(second(index)) }),
  );
}

describe('the walk through orders', () => {
  it(
    'reads all orders by ascending modification, with the count and a cursor that grows',
    withShop(async ({ client, shop }) => {
      const placed = place(shop, 250, (index) => index);
      const pages = await collect(walk(client));
      expect(ids(pages)).to.deep.equal(placed);
      expect(pages.map(({ total }) => total)).to.deep.equal([250, 250, 250]);
      expect(pages.map(({ cursor }) => cursor)).to.deep.equal([at(99), at(198), at(249)]);
      expect(shop.requests).to.have.length(3);
    }),
  );

  it(
    'yields an empty page for an empty shop',
    withShop(async ({ client }) => {
      expect(await collect(walk(client))).to.deep.equal([{ orders: [], malformed: [], cursor: 0, total: 0 }]);
      const [page] = await collect(walk(client, { since: NOON + 999, overlapMs: 120_000 }));
      expect(page?.cursor, 'the cursor does not creep back by the overlap').to.equal(NOON);
    }),
  );

  it(
    'reads from the second of the cursor on, stepped back by the overlap',
    withShop(async ({ client, shop }) => {
      const placed = place(shop, 10, (index) => index);
      expect(ids(await collect(walk(client, { since: at(6) })))).to.deep.equal(placed.slice(6));
      expect(ids(await collect(walk(client, { since: at(6) + 500, overlapMs: 2_000 })))).to.deep.equal(placed.slice(4));
    }),
  );

  it(
    'sees rows that the clock of a site east or west of UTC would hide',
    withShop(
      async ({ client, shop }) => {
        const placed = place(shop, 3, (index) => index * 3_600);
        expect(ids(await collect(walk(client, { since: at(3_600) })))).to.deep.equal(placed.slice(1));
      },
      { timezoneString: '', gmtOffset: 5.75 },
    ),
  );

  it(
    'sends a Z only in the hour that the site’s clocks skip, where WordPress would read the time as an hour later',
    withShop(async ({ client, shop }) => {
      const zone = 'America/New_York';
      for (const since of ['2026-03-08T01:59:59Z', '2026-03-08T02:30:01Z', '2026-03-08T03:00:01Z']) {
        await collect(walk(client, { since: Date.parse(since), zone }));
      }
      expect(shop.requests.map(({ query }) => [query['modified_after'], query['dates_are_gmt']])).to.deep.equal([
        ['2026-03-08T01:59:58', 'true'],
        ['2026-03-08T02:30:00Z', undefined],
        ['2026-03-08T03:00:00', 'true'],
      ]);
    }),
  );

  it(
    'reads 400 orders of one second, each once, and those before and after',
    withShop(async ({ client, shop }) => {
      const placed = place(shop, 560, (index) => (index < 80 ? index : index < 480 ? 100 : index));
      const pages = await collect(walk(client));
      expect(ids(pages)).to.have.length(560).and.to.have.members(placed);
      expect(pages.at(-1)?.cursor).to.equal(at(559));
      for (const [index, page] of pages.entries()) {
        const later = ids(pages.slice(index + 1)).map((id) => shop.orders.get(id)?.modifiedAt ?? 0);
        expect(Math.min(Infinity, ...later), 'nothing before the cursor comes later').to.be.at.least(
          page.cursor as number,
        );
      }
    }),
  );

  it(
    'reads exactly a hundred orders of one second',
    withShop(async ({ client, shop }) => {
      const placed = place(shop, 101, (index) => (index < 100 ? 5 : 6));
      expect(ids(await collect(walk(client))))
        .to.have.length(101)
        .and.to.have.members(placed);
    }),
  );

  it(
    'loses no order of a crowded second when others leave it between two requests',
    withShop(async ({ client, shop, clock }) => {
      const placed = place(shop, 400, () => 100);
      clock.advance(200_000);
      const leaving = placed.filter((_, index) => index % 40 === 3);
      // Before each request for a later page, one that was read leaves the second: all that follow move up by one.
      shop.faults.next('reset', {
        times: Infinity,
        when: ({ query }) => {
          const id = Number(query['page']) > 1 ? leaving.shift() : undefined;
          if (id !== undefined) shop.setOrderStatus(id, 'completed');
          return false;
        },
      });
      const read = ids(await collect(walk(client)));
      expect(leaving).to.deep.equal([]);
      expect(new Set(read)).to.have.property('size', 400);
      expect(read.filter((id, index) => read.indexOf(id) !== index)).to.have.length(10);
    }),
  );

  it(
    'reads an order again that is modified on the way, and loses none that follow it',
    withShop(async ({ client, shop, clock }) => {
      const placed = place(shop, 300, (index) => index);
      clock.advance(1_000_000);
      const read: number[] = [];
      const statuses = new Map<number, string>();
      let pages = 0;
      for await (const page of walk(client)) {
        for (const order of page.orders) statuses.set(order.id, order.status);
        read.push(...page.orders.map(({ id }) => id));
        if (++pages <= 2)
          for (const id of placed.slice(pages * 10, pages * 10 + 30)) shop.setOrderStatus(id, 'cancelled');
      }
      expect(new Set(read)).to.have.property('size', 300);
      for (const id of placed.slice(10, 50)) expect(statuses.get(id)).to.equal('cancelled');
    }),
  );

  it(
    'goes on with the next walk where an order is modified in the very second of the cursor',
    withShop(async ({ client, shop }) => {
      const [first] = place(shop, 3, () => 0);
      const pages = await collect(walk(client));
      shop.setOrderStatus(first ?? 0, 'cancelled');
      const [again] = await collect(walk(client, { since: pages.at(-1)?.cursor ?? null }));
      expect(again?.orders.find(({ id }) => id === first)?.status).to.equal('cancelled');
    }),
  );

  it(
    'shows every status, and the trash only on a walk of its own',
    withShop(async ({ client, shop, clock }) => {
      const placed = place(shop, 5, (index) => index);
      const [cancelled = 0, failed = 0, trashed = 0] = placed;
      clock.advance(60_000);
      shop.setOrderStatus(cancelled, 'cancelled');
      shop.setOrderStatus(failed, 'failed');
      shop.trashOrder(trashed);
      const pages = await collect(walk(client, { since: at(10) }));
      expect(ids(pages)).to.deep.equal([cancelled, failed]);
      const trash = await collect(walk(client, { status: 'trash', since: at(10) }));
      expect(trash.flatMap(({ orders }) => orders)).to.have.length(1);
      expect(trash[0]?.orders[0]).to.include({ id: trashed, status: 'trash', modifiedAt: at(60) });
    }),
  );

  it(
    'shows refunds, partial and full, beside a total that stays',
    withShop(async ({ client, shop, clock }) => {
      const [partly = 0, wholly = 0] = place(shop, 2, (index) => index);
      clock.advance(60_000);
      shop.refundOrder(partly, '2.50');
      shop.refundOrder(partly, '1.05');
      shop.refundOrder(wholly, '10.00');
      const orders = (await collect(walk(client, { since: at(30) }))).flatMap((page) => page.orders);
      expect(orders.map(({ status, total, refunded }) => [status, total, refunded])).to.deep.equal([
        ['processing', '10.00', '3.55'],
        ['refunded', '10.00', '10'],
      ]);
    }),
  );

  it(
    'reads guests, other currencies, variations, consent and language',
    withShop(async ({ client, shop }) => {
      const mug = shop.addVariableProduct({ name: 'Mug', variations: [{ option: 'Red', price: '8' }] });
      const variationId = mug.variationIds[0] ?? 0;
      shop.placeOrder({
        currency: 'EUR',
        items: [{ productId: mug.id, variationId, quantity: 3 }],
        billing: { phone: '0151 23456789', country: 'DE', email: 'gast@kunde.example', first_name: 'Änne' },
        meta: [
          { key: '_marketing_consent', value: '1' },
          { key: 'wpml_language', value: 'de' },
        ],
      });
      const [page] = await collect(walk(client));
      expect(page?.orders[0]).to.deep.include({
        customerId: 0,
        currency: 'EUR',
        total: '24.00',
        phone: '+4915123456789',
        email: 'gast@kunde.example',
        firstName: 'Änne',
        country: 'DE',
        items: [{ productId: mug.id, variationId, quantity: 3 }],
        marketingConsent: true,
        language: 'de',
      });
    }),
  );

  it(
    'takes what the eraser of personal data leaves for nobody, in the site’s language too',
    withShop(async ({ client, shop }) => {
      const productId = shop.addProduct({ name: 'Tea', price: '10' });
      const email = 'deleted@site.invalid';
      for (const [first_name, country] of [
        ['[deleted]', ''],
        ['[gelöscht]', 'DE'],
      ] as const)
        shop.placeOrder({ items: [{ productId }], billing: { first_name, country, email, phone: '000 000 000' } });
      const orders = (await collect(walk(client))).flatMap((page) => page.orders);
      expect(orders.map(({ firstName, phone, email: of }) => [firstName, phone, of])).to.deep.equal([
        [null, null, null],
        [null, null, null],
      ]);
    }),
  );

  it(
    'asks for what it needs and for lists whole, because WordPress does not filter inside lists',
    withShop(async ({ client, shop }) => {
      place(shop, 1, () => 0);
      await collect(walk(client));
      expect(shop.requests[0]?.query).to.include({ status: 'any', orderby: 'modified', order: 'asc', per_page: '100' });
      const { data } = await client.get('orders', { _fields: 'id,line_items.product_id' });
      expect(data).to.have.nested.property('[0].line_items').that.deep.equals([]);
      expect(shop.requests[0]?.query['_fields']?.split(',')).to.include('line_items');
    }),
  );

  it(
    'reports a malformed row and goes on',
    withShop(async ({ client, shop }) => {
      place(shop, 3, (index) => index);
      const rows = (await client.get('orders', { orderby: 'modified', order: 'asc' })).data as object[];
      const broken = [{ ...rows[0], total: null }, rows[1], 'nonsense', { ...rows[2], date_modified_gmt: null }];
      shop.faults.next({ status: 200, headers: json, body: JSON.stringify(broken) });
      const [page] = await collect(walk(client));
      expect(page?.orders).to.have.length(2);
      expect(page?.malformed.map(({ id }) => id)).to.deep.equal([(rows[0] as { id: number }).id, null]);
      expect(page?.malformed[0]?.problem).to.contain('total');
    }),
  );

  it(
    'stops with an error when the shop does not filter by modification, or sorts the other way',
    withShop(async ({ client, shop }) => {
      place(shop, 150, (index) => index);
      const params = { per_page: 100, orderby: 'modified' };
      const oldest = await client.get('orders', { ...params, order: 'asc' });
      const newest = await client.get('orders', { ...params, order: 'desc' });
      for (const { data, headers } of [oldest, newest]) {
        const pages = { 'x-wp-total': headers['x-wp-total'] ?? '', 'x-wp-totalpages': '2' };
        shop.faults.next({ status: 200, headers: { ...json, ...pages }, body: JSON.stringify(data) });
        await failure(collect(walk(client, { since: at(data === oldest.data ? 120 : 10) })), 'SHOP_BAD_ANSWER');
      }
    }),
  );

  it(
    'stops with the error of a shop that fails on the way; what was read stays read',
    withShop(async ({ client, shop, clock }) => {
      const placed = place(shop, 250, (index) => index);
      const pages = walk(client);
      const first = await pages.next();
      shop.faults.next('503-retry-after');
      await failure(pages.next(), 'SHOP_BUSY');
      clock.advance(600_000);
      const { cursor } = first.value as OrdersPage;
      const rest = ids(await collect(walk(client, { since: cursor })));
      expect(new Set([...ids([first.value as OrdersPage]), ...rest])).to.deep.equal(new Set(placed));
    }),
  );

  it(
    'survives a reset and a cut answer in the middle',
    withShop(async ({ client, shop }) => {
      const placed = place(shop, 250, (index) => index);
      const pages = walk(client);
      const read = [(await pages.next()).value as OrdersPage];
      shop.faults.next('cut-json', { handled: true });
      shop.faults.next('reset');
      read.push(...(await collect(pages)));
      expect(ids(read)).to.deep.equal(placed);
    }),
  );
});
