import { expect } from 'chai';
import fc from 'fast-check';
import { chunks, grouped } from '../../src/lib/group.js';

describe('grouped', () => {
  /** Doubles numbers and notes the groups in which they came. */
  function doubling(max: number) {
    const groups: (readonly number[])[] = [];
    const double = grouped<number, number>(
      (items) => {
        groups.push(items);
        return Promise.resolve(items.map((item) => (item < 0 ? new RangeError(`${item}`) : item * 2)));
      },
      { max, waitMs: 1 },
    );
    return { groups, double };
  }

  it('hands neighbouring calls over together, and gives each its own answer', async () => {
    const { groups, double } = doubling(10);
    expect(await Promise.all([1, 2, 3].map(double))).to.deep.equal([2, 4, 6]);
    expect(groups).to.deep.equal([[1, 2, 3]]);
  });

  it('does not take two equal items for one', async () => {
    const { groups, double } = doubling(10);
    expect(await Promise.all([5, 5].map(double))).to.deep.equal([10, 10]);
    expect(groups).to.deep.equal([[5, 5]]);
  });

  it('remembers no answer', async () => {
    const { groups, double } = doubling(10);
    await double(1);
    await double(1);
    expect(groups).to.have.length(2);
  });

  it('makes no group larger than it may be, and loses none', async () => {
    const { groups, double } = doubling(4);
    const items = Array.from({ length: 11 }, (_, n) => n);
    expect(await Promise.all(items.map(double))).to.deep.equal(items.map((item) => item * 2));
    expect(groups.map((group) => group.length)).to.deep.equal([4, 4, 3]);
  });

  it('fails the one call whose answer is an error', async () => {
    const { double } = doubling(10);
    const results = await Promise.allSettled([1, -7, 3].map(double));
    expect(results.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    expect(results[1]).to.have.nested.property('reason.message', '-7');
  });

  it('fails every call of a group whose work throws, and works on after it', async () => {
    let broken = true;
    const work = grouped<number, number>(
      (items) => (broken ? Promise.reject(new Error('out')) : Promise.resolve([...items])),
      { max: 10, waitMs: 1 },
    );
    const results = await Promise.allSettled([work(1), work(2)]);
    expect(results.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    broken = false;
    expect(await work(3)).to.equal(3);
  });
});

describe('chunks', () => {
  it('hold every item once, in order, and none is empty or too large', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 7 }), (items, size) => {
        const pieces = chunks(items, size);
        expect(pieces.flat()).to.deep.equal(items);
        expect(pieces.every((piece) => piece.length > 0 && piece.length <= size)).to.equal(true);
        expect(pieces.slice(0, -1).every((piece) => piece.length === size)).to.equal(true);
      }),
    );
  });
});
