import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { parseProduct } from '../../src/shop/product-row.js';

const recorded = (name: string) =>
  JSON.parse(readFileSync(new URL(`../fixtures/woocommerce/${name}.json`, import.meta.url), 'utf8')) as object[];

const ROW = {
  id: 7,
  type: 'simple',
  parent_id: 0,
  name: 'Mug',
  price: '8.00',
  stock_status: 'instock',
  manage_stock: true,
  stock_quantity: 3,
  status: 'publish',
  permalink: 'https://shop.example/product/mug/',
  categories: [{ id: 4 }],
  date_created_gmt: '2026-11-01T10:00:00',
};
const product = (own: object) => parseProduct({ ...ROW, ...own })?.product;

describe('a product of the shop', () => {
  it('is readable in every row that a real shop was recorded to answer', () => {
    for (const name of ['products-page', 'products-include-fields', 'variations-collection'])
      for (const row of recorded(name))
        expect(parseProduct(row)?.product).to.include({ id: (row as { id: number }).id });
  });

  for (const [price, read] of [
    ['8.00', '8.00'],
    ['0', '0'],
    [8.5, '8.5'],
    ['', null],
    ['1,234.50', null],
    ['-5.00', null],
    ['1e3', null],
    ['call us', null],
    [null, null],
    [['8.00'], null],
  ] as const) {
    it(`that costs ${JSON.stringify(price)} ${read === null ? 'has no price' : `costs ${read}`}`, () => {
      expect(product({ price })).to.include({ price: read });
    });
  }

  for (const [what, date, at] of [
    ['of 1970', '1970-01-01T00:00:00', 0],
    ['of the year 1', '0001-01-01T00:00:00', 0],
    ['without a date', null, 0],
    ['of 2099', '2099-01-01T00:00:00', Date.UTC(2099, 0)],
  ] as const) {
    it(`${what} has the date ${at}`, () => {
      expect(product({ date_created_gmt: date })).to.include({ createdAt: at });
    });
  }

  it('never throws, and takes no nonsense, whatever comes', () => {
    const odd = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom(true, '', '0', '-1', -1, 1.5, 1e21, '1,234.50', '0000-00-00T00:00:00', 'parent', [{ id: 'x' }]),
    );
    const own = fc.dictionary(fc.constantFrom(...Object.keys(ROW)), odd, { maxKeys: 4 });
    fc.assert(
      fc.property(
        fc.oneof(
          odd,
          own.map((fields) => ({ ...ROW, ...fields })),
        ),
        (row) => {
          const parsed = parseProduct(row);
          if (parsed === null) return;
          const { product: read, entries } = parsed;
          for (const { id } of [read, ...entries]) expect(Number.isSafeInteger(id) && id > 0).to.equal(true);
          expect(read.price ?? '0').to.match(/^\d+(\.\d+)?$/);
          expect(read.stockStatus).to.be.oneOf(['instock', 'outofstock', 'onbackorder']);
          expect(read.published).to.equal((row as typeof ROW).status === 'publish');
          expect(read.createdAt).to.be.within(0, Date.UTC(10_000, 0));
          expect(read.name).to.not.match(/[\p{Cc}\p{Cs}]/u);
          for (const id of read.categoryIds) expect(Number.isSafeInteger(id)).to.equal(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});
