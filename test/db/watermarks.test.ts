import { expect } from 'chai';
import { readWatermark, writeWatermark } from '../../src/db/watermarks.js';
import { useDatabase } from '../support/database.js';
import { emptyTables, NOON } from '../queue/support.js';

describe('a watermark', () => {
  const database = useDatabase();
  beforeEach(() => emptyTables(database()));

  it('is null before it was ever written', async () => {
    expect(await readWatermark(database(), 'orders:any')).to.equal(null);
  });

  for (const value of [{ cursor: NOON, completedAt: null }, 'text', 'null', 7, [1, null], true]) {
    it(`comes back as it was written: ${JSON.stringify(value)}`, async () => {
      await writeWatermark(database(), 'orders:any', value, NOON);
      expect(await readWatermark(database(), 'orders:any')).to.deep.equal(value);
    });
  }

  it('is replaced by the next one of its name, and by no other', async () => {
    await writeWatermark(database(), 'a', 1, NOON);
    await writeWatermark(database(), 'b', 2, NOON);
    await Promise.all([3, 3, 3].map((value) => writeWatermark(database(), 'a', value, NOON + 1)));
    expect([await readWatermark(database(), 'a'), await readWatermark(database(), 'b')]).to.deep.equal([3, 2]);
  });
});
