import { expect } from 'chai';
import {
  flagViews,
  highestKnownPrices,
  inStockViews,
  longestWaiting,
  toldCounts,
  toldProducts,
  viewedProductIds,
  viewersOf,
  type InStockView,
  type WaitingPerson,
} from '../../src/db/viewers.js';
import { settleViews } from '../../src/db/settle-views.js';
import { DAY, HOUR } from '../../src/lib/clock.js';
import { useDatabase } from '../support/database.js';
import { emptyTables, NOON } from '../queue/support.js';
import { ANA, EVA, phoneOf } from '../jobs/support.js';

describe('viewers of products', () => {
  const database = useDatabase();
  beforeEach(() => emptyTables(database()));

  const SINCE = NOON - 30 * DAY;

  async function view(phone: string, productId: number, changes: object = {}): Promise<number> {
    const { productViews } = database().tables;
    const values = {
      customerPhone: phone,
      productId,
      inStock: 0,
      viewedAt: new Date(NOON),
      source: 'import',
      ...changes,
    };
    const [header] = await database().query((orm) => orm.insert(productViews).values(values));
    return header.insertId;
  }
  const rows = () => database().query((orm) => orm.select().from(database().tables.productViews));

  it('name the products, all of them or those that somebody waits for, in pages', async () => {
    for (const productId of [9, 3, 5, 5]) await view(ANA, productId);
    await view(ANA, 4, { inStock: 1 });
    await view(ANA, 6, { viewedAt: new Date(SINCE - DAY) });
    const page = (which: 'viewed' | 'waiting', after: number) => viewedProductIds(database(), which, SINCE, after, 2);
    expect([await page('waiting', 0), await page('waiting', 5), await page('waiting', 9)]).to.deep.equal([
      [3, 5],
      [9],
      [],
    ]);
    expect([await page('viewed', 0), await page('viewed', 4)]).to.deep.equal([
      [3, 4],
      [5, 9],
    ]);
  });

  it('are named in pages, each once, with one of their views', async () => {
    const first: Record<string, number> = {};
    for (const phone of [3, 1, 2].map(phoneOf)) {
      first[phone] = await view(phone, 7, { priceAtView: '5.00' });
      await view(phone, 8);
    }
    await view(phoneOf(4), 7, { inStock: 1, priceAtView: '5.00' });
    await view(phoneOf(5), 7, { source: null });
    const page = (kind: 'waiting' | 'priced', after: string) => viewersOf(database(), kind, [7, 8], SINCE, after, 2);
    expect(await page('waiting', '')).to.deep.equal(
      [1, 2].map(phoneOf).map((phone) => ({ phone, viewId: first[phone] })),
    );
    expect((await page('waiting', phoneOf(2))).map(({ phone }) => phone)).to.deep.equal([phoneOf(3)]);
    expect(await page('waiting', phoneOf(3))).to.deep.equal([]);
    expect((await page('priced', phoneOf(2))).map(({ phone }) => phone)).to.deep.equal([phoneOf(3), phoneOf(4)]);
  });

  it('stand in the order in which they found the product out of stock, in pages', async () => {
    const at = (hours: number) => ({ viewedAt: new Date(NOON - hours * HOUR) });
    for (const [number, hours] of [
      [5, 9],
      [4, 3],
      [3, 7],
      [2, 7],
      [4, 8],
    ] as const)
      await view(phoneOf(number), 7, at(hours));
    const found: string[] = [];
    for (let after: WaitingPerson | null = null; ;) {
      const page: WaitingPerson[] = await longestWaiting(database(), 7, SINCE, after, 2);
      if (page.length === 0) break;
      found.push(...page.map(({ phone }) => phone));
      after = page.at(-1) ?? null;
    }
    expect(found).to.deep.equal([5, 4, 2, 3].map(phoneOf));
  });

  it('who saw products in stock are found page by page, each view once, whatever the pages', async () => {
    const expected: number[] = [];
    for (const productId of [3, 3, 1, 2, 3, 1])
      expected.push(await view(ANA, productId, { inStock: 1, viewedAt: new Date(NOON - (productId % 2) * HOUR) }));
    await view(ANA, 3);
    await view(ANA, 4, { inStock: 1 });
    await view(ANA, 1, { inStock: 1, source: null });
    for (const limit of [1, 2, 4, 10]) {
      const found: number[] = [];
      for (let after: InStockView | null = null; ;) {
        const page: InStockView[] = await inStockViews(database(), [1, 2, 3], SINCE, after, limit);
        if (page.length === 0) break;
        found.push(...page.map(({ id }) => id));
        after = page.at(-1) ?? null;
      }
      expect(found).to.have.length(6).and.to.have.members(expected);
    }
  });

  it('wait once they are flagged, and are flagged once', async () => {
    const ids = [await view(ANA, 1, { inStock: 1 }), await view(EVA, 1)];
    expect([
      await flagViews(database(), ids),
      await flagViews(database(), ids),
      await flagViews(database(), []),
    ]).to.deep.equal([1, 0, 0]);
  });

  it('know the highest price by what they saw and were told since', async () => {
    const seen = (productId: number, priceAtView: string | null, priceTold: string | null = null) =>
      view(ANA, productId, { priceAtView, priceTold });
    await seen(1, '20.00', '9.00');
    await seen(1, '12.50');
    await seen(2, null);
    await view(ANA, 1, { priceAtView: '99.00', viewedAt: new Date(SINCE - DAY) });
    expect([...(await highestKnownPrices(database(), [1, 2], SINCE))]).to.deep.equal([[1, '12.50']]);
  });

  describe('once a message has told them', () => {
    const settle = (...ids: number[]) =>
      database().transaction((tx) =>
        settleViews(
          database(),
          tx,
          ids.map((id) => ({ id, priceTold: null })),
          NOON,
        ),
      );

    it('wait no longer by any older view of the same product, in whichever spelling; others wait on', async () => {
      const at = (hours: number) => ({ viewedAt: new Date(NOON - hours * HOUR) });
      const named = await view(ANA, 7, at(2));
      const older = [await view(ANA, 7, at(5)), await view(ANA.slice(1), 7, at(3))];
      const others = [await view(ANA, 7, at(1)), await view(ANA, 8, at(5)), await view(EVA, 7, at(5))];
      const inStock = await view(ANA, 7, { inStock: 1, ...at(5) });
      await settle(named);
      const found = new Map((await rows()).map((row) => [row.id, row]));
      for (const id of [named, ...older])
        expect(found.get(id)).to.deep.include({ inStock: 1, stockToldAt: new Date(NOON) });
      for (const id of others) expect(found.get(id)).to.deep.include({ inStock: 0, stockToldAt: null });
      expect(found.get(inStock)?.stockToldAt).to.equal(null);
    });

    it('are counted by product and found by phone, for so long', async () => {
      const ids = [await view(ANA, 7), await view(EVA, 7), await view(ANA.slice(1), 8)];
      await settle(...ids);
      const count = (told: number) => toldCounts(database(), [7, 8, 9], { told, viewed: SINCE });
      expect([...(await count(NOON - 1))]).to.have.deep.members([
        [7, 2],
        [8, 1],
      ]);
      expect((await count(NOON)).size).to.equal(0);
      expect(await toldProducts(database(), [ANA], NOON - 1)).to.deep.equal(new Map([[ANA, new Set([7, 8])]]));
    });
  });
});
