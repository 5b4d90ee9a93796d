import { expect } from 'chai';
import { DAY, HOUR } from '../../src/lib/clock.js';
import { NOON, useWorld, type World } from '../support/world.js';
import {
  ANA,
  checkStock,
  EVA,
  grant,
  lastSummary,
  logged,
  phoneOf,
  plan,
  sees,
  sendDue,
  typesByPhone,
} from './support.js';

const OLD = NOON - 300 * DAY;
const LEFT_OUT = 'An order is left out: it is not what WooCommerce documents';

/** As shops hold them, and as a person reads them. */
const NAMES: readonly (readonly [stored: string, read: string])[] = [
  ['<strong>Ana</strong> <script>alert(1)</script>', 'Ana'],
  ['Jos&eacute; &amp; Mar&#237;a &lt;3', 'Jos&eacute; & María <3'],
  ['مريم', 'مريم'],
  ['דנה \u202eanA\u202c', 'דנה anA'],
  ['Ana 👩‍👩‍👧‍👦🎉', 'Ana 👩‍👩‍👧‍👦🎉'],
  ['Ana\ud83d', 'Ana'],
  ['\u200b<br />\n\u00a0', 'there'],
  [`Ana ${'x'.repeat(300)}`, `Ana ${'x'.repeat(55)}…`],
  ['😀'.repeat(150), `${'😀'.repeat(29)}…`],
];

/** What WordPress answers for an order that a plugin has left in this state. */
function row(id: number, own: object = {}): object {
  return {
    id,
    status: 'completed',
    currency: 'USD',
    total: '5.00',
    billing: { phone: ANA, country: 'ES', first_name: 'Ana' },
    date_created_gmt: '2025-11-01T10:00:00',
    date_modified_gmt: '2025-11-01T10:00:00',
    meta_data: [{ key: '_wa_consent', value: 'yes' }],
    ...own,
  };
}

/** What the shop says that this collection holds, the next time it is asked. */
function answer(w: World, collection: 'orders' | 'products', rows: readonly unknown[]): void {
  w.shop.faults.next(
    {
      status: 200,
      headers: { 'content-type': 'application/json', 'x-wp-total': String(rows.length), 'x-wp-totalpages': '1' },
      body: JSON.stringify(rows),
    },
    { when: ({ path }) => path.endsWith(`/${collection}`) },
  );
}

function parameters(w: World): Record<string, string[]> {
  return Object.fromEntries(
    w.whatsapp.accepted.map(({ to, bodyParameters }) => [to, bodyParameters.map(({ text }) => text)]),
  );
}

describe('what a shop holds that nobody would write on purpose', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000 } });

  async function mirroredItems(w: World) {
    const { orderItems } = w.database.tables;
    return await w.database.query((orm) => orm.select().from(orderItems).orderBy(orderItems.orderId));
  }

  describe('names', () => {
    it('of customers stand in their messages as a person reads them, whole characters of them', async () => {
      const w = world();
      for (const [index, [firstName]] of NAMES.entries()) w.order(phoneOf(index), 70, { firstName });
      expect(await plan(w)).to.equal(NAMES.length);
      expect(await sendDue(w)).to.deep.equal({ accepted: NAMES.length });
      const greeted = parameters(w);
      expect(NAMES.map((_, index) => greeted[phoneOf(index)]?.[0])).to.deep.equal(NAMES.map(([, read]) => read));
    });

    it('of 301 characters are mirrored without half of one', async () => {
      const w = world();
      w.order(ANA, 70, { firstName: `A${'😀'.repeat(300)}` });
      await w.app.sync();
      const { customers } = w.database.tables;
      const [ana] = await w.database.query((orm) => orm.select().from(customers));
      expect(ana?.firstName).to.equal(`A${'😀'.repeat(49)}`);
    });

    it('of products stand in their messages as a person reads them', async () => {
      const w = world();
      // A product without a name that can be read has none to be told by.
      const named = NAMES.filter(([, read]) => read !== 'there');
      for (const [index, [name]] of named.entries()) {
        await sees(w, phoneOf(index), w.shop.addProduct({ name, price: '8.00', createdAt: OLD }));
        await grant(w, phoneOf(index));
      }
      expect(await checkStock(w)).to.equal(named.length);
      expect(await sendDue(w)).to.deep.equal({ accepted: named.length });
      const told = parameters(w);
      const short = named.map(([, read]) => read.replace('…', '').slice(0, 40));
      expect(named.map((_, index) => told[phoneOf(index)]?.[1]?.slice(0, short[index]?.length))).to.deep.equal(short);
    });

    it('that are none keep a product from being told, and nothing else', async () => {
      const w = world();
      const [nameless, mug] = ['<b> </b>', 'Mug'].map((name) => w.shop.addProduct({ name, price: '8.00' }));
      for (const phone of [ANA, EVA]) await sees(w, phone, nameless ?? 0);
      await sees(w, EVA, mug ?? 0);
      await grant(w, ANA, EVA);
      expect(await checkStock(w)).to.equal(1);
      expect(await sendDue(w)).to.deep.equal({ accepted: 1 });
      expect(parameters(w)).to.deep.equal({ [EVA]: ['there', 'Mug'] });
    });
  });

  describe('prices', () => {
    for (const [price, told] of [
      ['', false],
      ['1,234.50', false],
      ['-5.00', false],
      ['0', true],
    ] as const) {
      it(`a product for ${JSON.stringify(price)} is ${told ? 'told' : 'never told'}`, async () => {
        const w = world();
        w.order(ANA, 70);
        const product = w.shop.addProduct({ name: 'Mug', price, createdAt: OLD });
        await sees(w, ANA, product, { inStock: true, price: '2000.00' });
        await plan(w);
        expect(await typesByPhone(w)).to.deep.equal({ [ANA]: told ? 'price_drop' : 'we_miss_you' });
        await sees(w, EVA, product);
        await grant(w, EVA);
        expect(await checkStock(w)).to.equal(told ? 1 : 0);
      });
    }

    it('an order for 1,234.50 is left out, named and counted, and keeps no other from its message', async () => {
      const w = world();
      answer(w, 'orders', [row(7_001, { total: '1,234.50', billing: { phone: EVA } }), row(7_002)]);
      expect(await plan(w)).to.equal(1);
      expect(await sendDue(w)).to.deep.equal({ accepted: 1 });
      expect(w.whatsapp.accepted.map(({ to }) => to)).to.deep.equal([ANA]);
      expect(logged(w, LEFT_OUT)).to.have.length(1);
      expect(logged(w, LEFT_OUT)[0]).to.include({ order: 7_001, problem: 'total: not an amount' });
      expect(JSON.stringify(w.log)).not.to.contain('1,234.50');
    });
  });

  it('phones as people type them are the same person’s', async () => {
    const w = world();
    const typed = ['600 000 001', '(+34) 600.000.001', '0034-600000001', 'Móvil: 600-000-001', '600000001 / 911234567'];
    for (const [index, phone] of typed.entries()) w.order(phone, 70 + index, { email: 'ana@shop.example' });
    w.order('600000001600000002', 1);
    w.order('ask me', 1);
    expect(await plan(w)).to.equal(1);
    expect(await typesByPhone(w)).to.deep.equal({ [ANA]: 'we_miss_you' });
  });

  describe('dates', () => {
    it('an order of 1970 is a purchase of long ago', async () => {
      const w = world();
      answer(w, 'orders', [row(7_001, { date_created_gmt: '1970-01-01T00:00:00', date_modified_gmt: null })]);
      expect(await plan(w)).to.equal(1);
    });

    it('an order of the year 1 is left out', async () => {
      const w = world();
      answer(w, 'orders', [row(7_001, { date_created_gmt: '0001-01-01T00:00:00' }), row(7_002)]);
      expect(await plan(w)).to.equal(1);
      expect(logged(w, LEFT_OUT)[0]).to.include({ order: 7_001, problem: 'date_created_gmt: not a date' });
    });

    it('a product of 1970 or of 2099 is no new arrival, and is told like any other when it is back', async () => {
      const w = world();
      const cups = w.shop.addCategory('Mugs');
      const [mug, ...odd] = [OLD, 0, Date.UTC(2099, 0)].map((createdAt) =>
        w.shop.addProduct({ name: 'Mug', price: '8.00', categories: [cups], createdAt }),
      );
      w.order(ANA, 70, { productId: mug ?? 0 });
      await plan(w);
      expect(await typesByPhone(w)).to.deep.equal({ [ANA]: 'we_miss_you' });
      for (const product of odd) await sees(w, EVA, product);
      await grant(w, EVA);
      expect(await checkStock(w)).to.equal(1);
    });
  });

  describe('orders', () => {
    for (const [what, own] of [
      ['without billing', { billing: undefined }],
      ['with billing null', { billing: null }],
      ['with an empty billing', { billing: [] }],
      ['with an empty phone', { billing: { phone: '', first_name: 'Ana' } }],
    ] as const) {
      it(`${what} are mirrored, and nobody is written to because of them`, async () => {
        const w = world();
        answer(w, 'orders', [row(7_001, own), row(7_002, { billing: { phone: EVA } })]);
        expect(await plan(w)).to.equal(1);
        expect(await typesByPhone(w)).to.deep.equal({ [EVA]: 'we_miss_you' });
        expect(await w.app.sync()).to.include({ malformed: 0 });
        expect(logged(w, LEFT_OUT)).to.deep.equal([]);
      });
    }

    it('without lines, with lines of deleted products or of what was taken back, are purchases of nothing known', async () => {
      const w = world();
      const line = { product_id: 4, variation_id: 0, quantity: 1 };
      answer(w, 'orders', [
        row(7_001, { line_items: [] }),
        row(7_002, { line_items: [{ ...line, product_id: 0 }], billing: { phone: EVA } }),
        row(7_003, { line_items: [{ ...line, quantity: -1 }], billing: { phone: phoneOf(3) } }),
        row(7_004, { line_items: [line, { ...line, product_id: 0 }], billing: { phone: phoneOf(4) } }),
      ]);
      expect(await plan(w)).to.equal(4);
      expect(await mirroredItems(w)).to.deep.equal([{ orderId: 7_004, productId: 4, variationId: 0, quantity: 1 }]);
    });

    it('with meta of odd shapes are read, and their consent beside it', async () => {
      const w = world();
      const odd = [null, 'x', 7, [], { key: 5 }, { value: 'yes' }, { key: '_wa_consent' }];
      const yes = { key: '_wa_consent', value: 'yes' };
      answer(w, 'orders', [
        row(7_001, { meta_data: [...odd.slice(0, -1), yes] }),
        row(7_002, { meta_data: [yes, { key: '_wa_consent', value: null }], billing: { phone: EVA } }),
        row(7_003, { meta_data: 'yes', billing: { phone: phoneOf(3) } }),
      ]);
      expect(await plan(w)).to.equal(1);
      expect(await typesByPhone(w)).to.deep.equal({ [ANA]: 'we_miss_you' });
      expect(lastSummary(w)).to.deep.include({ skipped: { no_consent: 2 } });
    });

    it('that cannot be read, a page full of them, are counted and named one by one, and the walk goes on behind them', async () => {
      const w = world();
      // More digits than the mirror holds.
      const broken = Array.from({ length: 130 }, (_, index) =>
        w.order(phoneOf(100 + index), 300, { total: '1234567890123456789.00' }),
      );
      w.order(ANA, 70);
      expect(await w.app.sync()).to.deep.equal({ orders: 1, malformed: 130 });
      expect(logged(w, LEFT_OUT).map(({ order }) => order)).to.have.members(broken);
      expect(await plan(w)).to.equal(1);
    });

    it('that are nothing at all between others are counted, and the others are read', async () => {
      const w = world();
      answer(w, 'orders', [null, 'Array', 7, [], {}, { id: 'x' }, row(7_002)]);
      expect(await w.app.sync()).to.deep.equal({ orders: 1, malformed: 6 });
      expect(await plan(w)).to.equal(1);
    });

    it('never stop the next run either', async () => {
      const w = world();
      answer(w, 'orders', [row(7_001, { status: ['completed'] }), row(7_002)]);
      await w.app.sync();
      w.clock.set(NOON + HOUR);
      w.order(EVA, 70);
      expect(await plan(w)).to.equal(2);
    });
  });

  it('products that are nothing at all between others are counted and named, and keep nobody from being told of the others', async () => {
    const w = world();
    const mug = w.shop.addProduct({ name: 'Mug', price: '8.00', createdAt: OLD });
    await sees(w, ANA, mug);
    await sees(w, ANA, 999_999);
    await grant(w, ANA);
    const real = { id: mug, type: 'simple', status: 'publish', name: 'Mug', price: '8.00', stock_status: 'instock' };
    answer(w, 'products', [null, 'Array', { id: 'x' }, { id: 999_999, name: {}, price: [], categories: 'all' }, real]);
    expect(await checkStock(w)).to.equal(1);
    const [warning] = w.log.filter(({ level, products }) => level === 'warn' && products !== undefined);
    expect(warning).to.include({ count: 3 });
    expect(await sendDue(w)).to.deep.equal({ accepted: 1 });
    expect(parameters(w)).to.deep.equal({ [ANA]: ['there', 'Mug'] });
  });
});
