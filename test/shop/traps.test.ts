import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { DAY, HOUR } from '../../src/lib/clock.js';
import { ALL_HOOKS, HOOKS } from '../../src/queue/hooks.js';
import { newProducts } from '../../src/shop/catalogue.js';
import { fetchProducts } from '../../src/shop/products.js';
import { runHere } from '../cli/in-process.js';
import { ANA, checkStock, EVA, grant, phoneOf, plan, sees, sendDue, typesByPhone } from '../jobs/support.js';
import { NOON as WORLD_NOON, useWorld, type World } from '../support/world.js';
import { collect, NOON, withShop } from './shop-support.js';

const json = { 'content-type': 'application/json' };
const OLD = WORLD_NOON - 300 * DAY;

/** What each route of WooCommerce knows; any other parameter is ignored without a word. */
const PAGED = ['page', 'per_page', 'order', 'orderby', 'include', 'exclude', 'offset', 'search', '_fields'];
const DATED = ['after', 'before', 'modified_after', 'modified_before', 'dates_are_gmt'];
const STOCKED = ['status', 'stock_status', 'category', 'type', 'sku', 'slug'];
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  'GET orders': [...PAGED, ...DATED, 'status', 'customer', 'product', 'dp'],
  'GET orders/#': ['dp', '_fields'],
  'GET products': [...PAGED, ...DATED, ...STOCKED],
  'GET products/#': ['_fields'],
  'GET products/#/variations': [...PAGED, ...DATED, ...STOCKED],
  'GET variations': [...PAGED, ...DATED, ...STOCKED],
  'GET customers': [...PAGED, 'email', 'role'],
  'GET customers/#': ['_fields'],
  'GET coupons': [...PAGED, ...DATED, 'code'],
  'POST coupons': [],
  'DELETE coupons/#': ['force'],
  'GET system_status': ['_fields'],
  'GET settings/general': ['_fields'],
  'GET /': ['_fields'],
};

function routeOf({ method, path }: World['shop']['requests'][number]): string {
  return `${method} ${path.replace(/^\/wp-json(\/wc\/v3)?\/(?=.)|^\/wp-json(?=\/$)/, '').replace(/\d+/g, '#')}`;
}

describe('everything that is asked of a shop, by every job and every command', () => {
  const world = useWorld({
    whatsapp: { messages_per_second: 1_000 },
    reengagement: { hourly_price_drops: true, account_consent_meta_keys: ['wa'] },
  });
  let asked: World['shop']['requests'] | undefined;

  /** A shop in which every job and every command has something to do. Filled once: the tests only look. */
  async function everything(w: World): Promise<World['shop']['requests']> {
    const mugs = w.shop.addCategory('Mugs');
    const mug = w.shop.addProduct({ name: 'Mug', price: '8.00', categories: [mugs], createdAt: OLD });
    const shirt = w.shop.addVariableProduct({
      name: 'Shirt',
      variations: [{ option: 'Red', price: '8.00' }],
      createdAt: OLD,
    });
    w.shop.addProduct({ name: 'New mug', price: '9.00', categories: [mugs], createdAt: WORLD_NOON - DAY });
    w.shop.addCustomer({ email: 'ana@shop.example', billing: { phone: ANA, country: 'ES' } });
    w.order(ANA, 70, { productId: mug });
    w.order(EVA, 70, { productId: mug, total: '900.00' });
    w.shop.deleteOrder(w.order(phoneOf(3), 80));
    await sees(w, phoneOf(4), shirt.variationIds[0] ?? 0);
    await sees(w, phoneOf(5), mug, { inStock: true, price: '20.00' });
    await grant(w, phoneOf(4), phoneOf(5));
    for (const hook of [HOOKS.syncShop, ...ALL_HOOKS]) await w.app.runHook(hook);
    await sendDue(w);
    w.clock.set(WORLD_NOON + 8 * DAY);
    for (const hook of [...ALL_HOOKS, ...ALL_HOOKS]) await w.app.runHook(hook);
    w.order(phoneOf(6), 0.01, { total: '900.00' });
    await w.app.stop();
    const folder = mkdtempSync(join(tmpdir(), 'reengaged-asked-'));
    const views = join(folder, 'views.csv');
    writeFileSync(views, `phone,product,time\n${ANA},${mug},2026-02-09T10:00:00Z\n`);
    try {
      for (const command of [
        'sync',
        'preview',
        `explain ${ANA}`,
        'next',
        'actions',
        'analytics',
        `track-view ${ANA} ${mug}`,
        `views import ${views}`,
        `do ${HOOKS.sendMessage} {"customer_phone":"${phoneOf(6)}","campaign_type":"loyalty_reward"}`,
        `run --hooks=${HOOKS.processCampaigns}`,
      ])
        expect(await runHere(w, w.settings(), ...command.split(' ')), command).to.include({ code: 0 });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    return w.shop.requests;
  }

  const requests = async () => (asked ??= await everything(world()));

  it('asks nothing of wc-analytics, whose last order is a refund’s', async () => {
    const routes = new Set((await requests()).map(routeOf));
    expect([...routes].filter((route) => !(route in KNOWN))).to.deep.equal([]);
    expect([...routes]).to.include.members(['GET orders', 'GET products', 'GET variations', 'POST coupons', 'GET /']);
  });

  it('sends no parameter that the shop would ignore without a word', async () => {
    const ignored = (await requests()).flatMap((request) =>
      Object.keys(request.query)
        .filter((name) => KNOWN[routeOf(request)]?.includes(name) !== true)
        .map((name) => `${routeOf(request)} ${name}`),
    );
    expect([...new Set(ignored)]).to.deep.equal([]);
  });

  it('asks for a hundred rows at most, and for no more fields of orders, products and accounts than it reads', async () => {
    const lists = (await requests()).filter((request) => request.query['per_page'] !== undefined);
    for (const { path, query } of lists) {
      expect(Number(query['per_page'])).to.be.within(1, 100);
      expect(query['_fields'], path).to.match(/^id,\w/);
    }
    const whole = (await requests()).filter((request) => /^GET (?!coupons)/.test(routeOf(request)));
    expect(whole.filter(({ query }) => query['_fields'] === undefined).map(routeOf)).to.deep.equal([]);
  });

  it('names statuses without wc-, and takes no others in its settings', async () => {
    const statuses = (await requests()).flatMap(({ query }) => query['status']?.split(',') ?? []);
    expect([...new Set(statuses)]).to.include.members(['any', 'trash']);
    expect(statuses.filter((status) => status.startsWith('wc-'))).to.deep.equal([]);
    expect(() => world().settings({ reengagement: { paid_statuses: ['wc-completed'] } })).to.throw(/paid_statuses/);
  });
});

describe('a variable product', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000 } });

  it('is cheaper when its cheapest variation is: its own regular price is empty', async () => {
    const w = world();
    const { id, variationIds } = w.shop.addVariableProduct({
      name: 'Shirt',
      variations: [
        { option: 'Red', price: '20.00' },
        { option: 'Blue', price: '30.00' },
      ],
      createdAt: OLD,
    });
    w.order(ANA, 70);
    w.order(EVA, 70);
    const [red = 0, blue = 0] = variationIds;
    await sees(w, ANA, id, { inStock: true, price: '20.00' });
    await sees(w, EVA, blue, { inStock: true, price: '30.00' });
    w.shop.setProduct(red, { salePrice: '15.00' });
    await plan(w);
    expect(await typesByPhone(w)).to.deep.equal({ [ANA]: 'price_drop', [EVA]: 'we_miss_you' });
    await sendDue(w);
    const told = w.whatsapp.accepted.find(({ to }) => to === ANA)?.bodyParameters.map(({ text }) => text);
    expect(told).to.deep.equal(['Ana', 'Shirt', '$15.00', '$20.00']);
  });

  it('is back while one of its variations is, and a variation that is sold out is not', async () => {
    const w = world();
    const { id, variationIds } = w.shop.addVariableProduct({
      name: 'Shirt',
      variations: [
        { option: 'Red', price: '20.00', stockStatus: 'outofstock' },
        { option: 'Blue', price: '30.00' },
      ],
      createdAt: OLD,
    });
    await sees(w, ANA, id);
    await sees(w, EVA, variationIds[0] ?? 0);
    await grant(w, ANA, EVA);
    expect(await checkStock(w)).to.equal(1);
    expect(await typesByPhone(w)).to.deep.equal({ [ANA]: 'back_in_stock' });
  });
});

describe('a shop that ignores what it is asked for', () => {
  const row = { type: 'simple', status: 'publish', name: 'Mug', price: '8.00', stock_status: 'instock' };

  it(
    'brings no product that nobody asked for',
    withShop(async ({ client, shop }) => {
      const rows = [1, 2, 3].map((id) => ({ ...row, id }));
      shop.faults.next({ status: 200, headers: json, body: JSON.stringify(rows) });
      const { products } = await fetchProducts(client, [2]);
      expect([...products.keys()]).to.deep.equal([2]);
    }),
  );

  it(
    'brings no new product that is old, a draft or sold out',
    withShop(async ({ client, shop }) => {
      const rows = [
        { id: 1, date_created_gmt: '2020-01-01T00:00:00' },
        { id: 2, status: 'draft' },
        { id: 3, stock_status: 'outofstock' },
        { id: 4 },
      ].map((own) => ({ ...row, date_created_gmt: new Date(NOON + HOUR).toISOString().slice(0, 19), ...own }));
      shop.faults.next({ status: 200, headers: json, body: JSON.stringify(rows) });
      const pages = await collect(newProducts(client, NOON, { backorders: false }));
      expect(pages.flatMap(({ products }) => products.map(({ id }) => id))).to.deep.equal([4]);
    }),
  );
});
