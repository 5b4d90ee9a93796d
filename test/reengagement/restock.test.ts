import { expect } from 'chai';
import fc from 'fast-check';
import { allowance, isLimited } from '../../src/reengagement/restock.js';
import { shopProduct } from './facts.js';

describe('restock', () => {
  it('lets so many people a unit be told, less those who hold a place', () => {
    const left = (quantity: number, open: number) => allowance({ quantity, customersPerUnit: 5, open });
    expect([left(3, 0), left(3, 14), left(3, 15), left(3, 16)]).to.deep.equal([15, 1, 0, 0]);
  });

  it('never lets more hold a place than the setting says, however the stock changes', () => {
    const natural = fc.nat({ max: 50 });
    fc.assert(
      fc.property(fc.array(natural, { maxLength: 20 }), fc.integer({ min: 1, max: 10 }), (stock, customersPerUnit) => {
        let open = 0;
        for (const quantity of stock) {
          const more = allowance({ quantity, customersPerUnit, open });
          expect(more).to.be.at.least(0);
          if (more > 0) expect(open + more).to.equal(quantity * customersPerUnit);
          open += more;
        }
      }),
    );
  });

  it('is not limited where the shop counts no units, on backorder, or without the setting', () => {
    const counted = shopProduct(1, { stockQuantity: 3 });
    expect(isLimited(counted, 5)).to.equal(true);
    expect(isLimited(counted, null)).to.equal(false);
    expect(isLimited(shopProduct(1, { stockQuantity: null }), 5)).to.equal(false);
    expect(isLimited(shopProduct(1, { stockQuantity: -2, stockStatus: 'onbackorder' }), 5)).to.equal(false);
  });

  it('has no place where nothing is counted any more, or half a unit', () => {
    expect(allowance({ quantity: 0, customersPerUnit: 5, open: 0 })).to.equal(0);
    expect(allowance({ quantity: -1, customersPerUnit: 5, open: 0 })).to.equal(0);
    expect(allowance({ quantity: 0.5, customersPerUnit: 3, open: 0 })).to.equal(1);
  });
});
