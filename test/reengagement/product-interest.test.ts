import { expect } from 'chai';
import fc from 'fast-check';
import {
  droppedViews,
  isAvailable,
  isDropped,
  waitingViews,
  type Turn,
} from '../../src/reengagement/product-interest.js';
import { byId, daysAgo, NOW, shopProduct, view } from './facts.js';

const SETTINGS = {
  viewWindowDays: 30,
  priceDropPercent: 10,
  backordersInStock: false,
  repeatAfterDays: 30,
  customersPerUnit: null,
};
const ids = (views: readonly { readonly id: number }[]) => views.map(({ id }) => id);

describe('product interest: available', () => {
  it('is what is published, priced and in stock', () => {
    expect(isAvailable(shopProduct(1), false)).to.equal(true);
  });

  it('is not what the shop no longer has', () => {
    expect(isAvailable(undefined, true)).to.equal(false);
  });

  for (const [what, changes] of [
    ['a draft', { published: false }],
    ['a product without a price', { price: null }],
    ['a product out of stock', { stockStatus: 'outofstock' }],
  ] as const) {
    it(`is not ${what}`, () => {
      expect(isAvailable(shopProduct(1, changes), true)).to.equal(false);
    });
  }

  it('is a product on backorder only where the shop says so', () => {
    const product = shopProduct(1, { stockStatus: 'onbackorder' });
    expect([isAvailable(product, true), isAvailable(product, false)]).to.deep.equal([true, false]);
  });
});

describe('product interest: back in stock', () => {
  const waiting = (...views: Parameters<typeof view>[]) =>
    ids(
      waitingViews(
        views.map((args) => view(...args)),
        byId(shopProduct(1), shopProduct(2), shopProduct(3, { stockStatus: 'outofstock' })),
        NOW,
        SETTINGS,
        new Set(),
      ),
    );

  it('is a view that found the product out of stock', () => {
    expect(waiting([1, 1, { inStock: false }], [2, 2, { inStock: true }])).to.deep.equal([1]);
  });

  it('is not a product that is still out of stock, or gone', () => {
    expect(waiting([1, 3, { inStock: false }], [2, 4, { inStock: false }])).to.deep.equal([]);
  });

  it('is the newest view first, one a product', () => {
    expect(
      waiting(
        [1, 1, { inStock: false, viewedAt: daysAgo(9) }],
        [2, 2, { inStock: false, viewedAt: daysAgo(3) }],
        [3, 1, { inStock: false, viewedAt: daysAgo(1) }],
      ),
    ).to.deep.equal([3, 2]);
  });

  it('is not a product that the customer was told of lately, by whichever view', () => {
    const told = (days: number) =>
      waiting(
        [1, 1, { inStock: true, viewedAt: daysAgo(40), stockToldAt: daysAgo(days) }],
        [2, 1, { inStock: false }],
        [3, 2, { inStock: false }],
      );
    expect([told(29.9), told(30)]).to.deep.equal([[3], [3, 2]]);
  });

  it('is of limited stock only what it is the turn of the customer for', () => {
    const products = byId(shopProduct(1, { stockQuantity: 2 }), shopProduct(2, { stockQuantity: 2 }), shopProduct(3));
    const views = [1, 2, 3].map((id) => view(id, id, { inStock: false }));
    const settings = { ...SETTINGS, customersPerUnit: 1 };
    const told = (turn: Turn) => ids(waitingViews(views, products, NOW, settings, turn));
    expect(told(new Set())).to.deep.equal([3]);
    expect(told(new Set([2]))).to.have.members([2, 3]);
    expect(told('all')).to.have.members([1, 2, 3]);
    expect(ids(waitingViews(views, products, NOW, SETTINGS, new Set()))).to.have.members([1, 2, 3]);
  });

  it('is a view inside the window only, its first moment included (fault 3)', () => {
    expect(
      waiting([1, 1, { inStock: false, viewedAt: daysAgo(30) }], [2, 2, { inStock: false, viewedAt: daysAgo(30) - 1 }]),
    ).to.deep.equal([1]);
  });
});

describe('product interest: price drop', () => {
  const dropped = (price: string, changes: Parameters<typeof view>[2] = {}, settings = SETTINGS) =>
    isDropped(view(1, 1, { priceAtView: '100.00', ...changes }), shopProduct(1, { price }), settings);

  it('is told from the set percentage on', () => {
    expect([dropped('90.00'), dropped('90.01')]).to.deep.equal([true, false]);
  });

  it('is told by a percentage that is no whole number', () => {
    const settings = { ...SETTINGS, priceDropPercent: 12.5 };
    expect([dropped('87.50', {}, settings), dropped('87.51', {}, settings)]).to.deep.equal([true, false]);
  });

  it('is not told where the price at the view is unknown', () => {
    expect(dropped('1.00', { priceAtView: null })).to.equal(false);
  });

  it('is not told of a product that cannot be bought (fault 9)', () => {
    const product = shopProduct(1, { price: '50.00', stockStatus: 'outofstock' });
    expect(isDropped(view(1, 1, { priceAtView: '100.00' }), product, SETTINGS)).to.equal(false);
    expect(isDropped(view(1, 1, { priceAtView: '100.00' }), undefined, SETTINGS)).to.equal(false);
  });

  it('is told once: not again at the price that was told (fault 9)', () => {
    expect(dropped('80.00', { priceTold: '80.00' })).to.equal(false);
  });

  it('is told again only when the told price drops by the percentage too', () => {
    expect([dropped('72.01', { priceTold: '80.00' }), dropped('72.00', { priceTold: '80.00' })]).to.deep.equal([
      false,
      true,
    ]);
  });

  it('is never told twice for one price, however often it is looked for (fault 9)', () => {
    const cents = fc.integer({ min: 1, max: 20_000 }).map((value) => (value / 100).toFixed(2));
    fc.assert(
      fc.property(cents, fc.array(cents, { maxLength: 20 }), (seen, prices) => {
        let row = view(1, 1, { priceAtView: seen });
        for (const price of prices) {
          const product = shopProduct(1, { price });
          if (!isDropped(row, product, SETTINGS)) continue;
          expect(Number(price)).to.be.at.most(Number(row.priceTold ?? seen) * 0.9 + 1e-9);
          row = { ...row, priceTold: price };
          expect(isDropped(row, product, SETTINGS)).to.equal(false);
        }
      }),
    );
  });

  it('goes by the price that the customer saw last', () => {
    const views = [
      view(1, 1, { priceAtView: '100.00', viewedAt: daysAgo(9) }),
      view(2, 1, { priceAtView: '80.00', viewedAt: daysAgo(2) }),
    ];
    expect(droppedViews(views, byId(shopProduct(1, { price: '80.00' })), NOW, SETTINGS)).to.deep.equal([]);
    expect(ids(droppedViews(views, byId(shopProduct(1, { price: '70.00' })), NOW, SETTINGS))).to.deep.equal([2]);
  });

  it('is the newest view first, inside the window', () => {
    const views = [
      view(1, 1, { viewedAt: daysAgo(20) }),
      view(2, 2, { viewedAt: daysAgo(2) }),
      view(3, 3, { viewedAt: daysAgo(31) }),
    ];
    const products = byId(...[1, 2, 3].map((id) => shopProduct(id, { price: '5.00' })));
    expect(ids(droppedViews(views, products, NOW, SETTINGS))).to.deep.equal([2, 1]);
  });
});
