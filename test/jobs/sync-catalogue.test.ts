import { expect } from 'chai';
import { knownProducts } from '../../src/db/products.js';
import { DAY, HOUR } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { NOON, useWorld, type World } from '../support/world.js';
import { ANA, checkStock, logged, sees, sendDue } from './support.js';

const sync = (w: World) => w.app.queue.doAction(HOOKS.syncCatalogue);
const json = { 'content-type': 'application/json' };
const productRequests = (w: World) => w.shop.requests.filter(({ path }) => path.endsWith('/products'));

async function known(w: World, id: number) {
  return (await knownProducts(w.database, [id])).get(id);
}

describe('reengaged_sync_catalogue', () => {
  const world = useWorld();
  const mug = (w: World, own = {}) =>
    w.shop.addVariableProduct({
      name: 'Tom &amp; Mug',
      createdAt: NOON - 95 * DAY,
      variations: [
        { option: 'Red', price: '8.00' },
        { option: 'Blue', price: '8.00' },
      ],
      ...own,
    });

  it('keeps name, status and categories of every product, and of its parent for every variation', async () => {
    const w = world();
    const category = w.shop.addCategory('Mugs');
    const { id, variationIds } = mug(w, { categories: [category], status: 'private' });
    expect(await sync(w)).to.deep.equal({ products: 2, malformed: 0 });
    const facts = { name: 'Tom & Mug', status: 'private', categoryIds: [category] };
    expect(await known(w, id)).to.deep.equal({ id, parentId: null, ...facts });
    for (const each of variationIds) expect(await known(w, each)).to.deep.equal({ id: each, parentId: id, ...facts });
  });

  it('reads only what was modified since, and a new variation with its parent', async () => {
    const w = world();
    for (let number = 0; number < 150; number++)
      w.shop.addProduct({ name: `Cup ${number}`, price: '1', createdAt: NOON - 90 * DAY + number * HOUR });
    const { id, variationIds } = mug(w);
    await sync(w);
    w.clock.set(NOON + HOUR);
    w.shop.setProduct(id, { name: 'Jug', status: 'draft' });
    w.shop.clearRequests();
    expect(await sync(w), 'the newest of the last walk comes once more').to.deep.equal({ products: 2, malformed: 0 });
    expect(productRequests(w)).to.have.length(1);
    expect(await known(w, variationIds[1] ?? 0)).to.include({ name: 'Jug', status: 'draft' });
  });

  it('goes on where it was when the shop broke off', async () => {
    const w = world();
    for (let number = 0; number < 350; number++)
      w.shop.addProduct({ name: `Cup ${number}`, price: '1', createdAt: NOON - 90 * DAY + number * HOUR });
    w.shop.faults.next(
      { status: 400, headers: json, body: '{"code":"no","message":"No"}' },
      { times: Infinity, when: () => productRequests(w).length > 2 },
    );
    expect(await sync(w)).to.include({ success: false });
    w.shop.faults.clear();
    w.shop.clearRequests();
    w.clock.set(NOON + HOUR);
    await w.app.runDue([HOOKS.syncCatalogue]);
    const [job] = await w.app.actions({ hook: HOOKS.syncCatalogue });
    expect(job?.result).to.deep.equal({ products: 153, malformed: 0 });
    expect(productRequests(w)).to.have.length(2);
  });

  it('reads everything anew after the days of reconciliation: categories of many products changed at once modify none', async () => {
    const w = world();
    const { id } = mug(w);
    w.shop.addProduct({ name: 'Newer', price: '1', createdAt: NOON - DAY });
    await sync(w);
    const category = w.shop.addCategory('Mugs');
    w.shop.setCategories([id], [category]);
    w.clock.set(NOON + 6 * DAY);
    await sync(w);
    expect((await known(w, id))?.categoryIds).not.to.deep.equal([category]);
    w.clock.set(NOON + 7 * DAY);
    expect(await sync(w)).to.have.property('products', 3);
    expect((await known(w, id))?.categoryIds).to.deep.equal([category]);
  });

  it('is not blinded by a product that says it was modified next year', async () => {
    const w = world();
    w.shop.addProduct({ name: 'Odd', price: '1', createdAt: NOON + 365 * DAY });
    await sync(w);
    w.clock.set(NOON + HOUR / 2);
    const later = w.shop.addProduct({ name: 'Later', price: '1' });
    w.clock.set(NOON + HOUR);
    await sync(w);
    expect(await known(w, later)).to.include({ name: 'Later' });
  });

  it('names rows without an id in one warning, and goes on', async () => {
    const w = world();
    const rows = [{ id: 'x1' }, { id: 9, name: 'Tea', status: 'publish' }, null];
    w.shop.faults.next(
      { status: 200, headers: json, body: JSON.stringify(rows) },
      { when: ({ path }) => path.endsWith('/products') },
    );
    expect(await sync(w)).to.deep.equal({ products: 1, malformed: 2 });
    expect(await known(w, 9)).to.include({ name: 'Tea' });
    expect(logged(w, 'Products are left out: they have no id that could be one')).to.have.length(1);
  });

  it('is no condition: what it has not read the shop is asked, once, and it is remembered', async () => {
    const w = world();
    const { id, variationIds } = mug(w);
    const [red = 0] = variationIds;
    w.order(ANA, 70);
    await sees(w, ANA, red);
    await sees(w, ANA, 999_999);
    expect(await checkStock(w)).to.equal(1);
    expect(await known(w, red)).to.include({ parentId: id, name: 'Tom & Mug' });
    w.shop.clearRequests();
    w.clock.set(NOON + HOUR);
    await checkStock(w);
    const asked = w.shop.requests.map(({ path, query }) => [path.split('/').at(-1), query['include']]);
    expect(asked.filter(([path]) => path !== 'orders')).to.deep.equal([
      ['products', '999999'],
      ['variations', String(red)],
    ]);
  });

  it('is not believed when a message is sent: a variation of what became a draft is not advertised', async () => {
    const w = world();
    const { id, variationIds } = mug(w);
    w.order(ANA, 70);
    await sees(w, ANA, variationIds[0] ?? 0);
    await sync(w);
    expect(await checkStock(w)).to.equal(1);
    w.shop.setProduct(id, { status: 'draft' });
    expect(await sendDue(w)).to.deep.equal({ skipped: 1 });
    expect(w.whatsapp.accepted).to.deep.equal([]);
  });
});
