import { expect } from 'chai';
import { readWatermark } from '../../src/db/watermarks.js';
import { DAY, MINUTE } from '../../src/lib/clock.js';
import { sandboxConfiguration } from '../../src/sandbox/configuration.js';
import { createPretendShop, type PretendShop } from '../../src/sandbox/shop/pretend-shop.js';
import { createPretendWhatsApp, type PretendWhatsApp } from '../../src/sandbox/whatsapp/pretend-whatsapp.js';
import type { WalkCursor } from '../../src/shop/walk-in-two.js';
import { expectMirrored } from '../jobs/mirror-oracle.js';
import { useDatabase } from '../support/database.js';
import { builtProgram } from '../support/program.js';
import { configurationFile, program } from './daemon.js';

/** More than twenty pages: the walk is in two halves. */
const ORDERS = 2_300;
/** Each page repeats the row that the last one ended with. */
const NEW_ON_A_PAGE = 99;
/** A kill at the first page, while the middle is asked for, and with both halves under way. */
const KILLED_AT = [1, 3, 15];

describe('the first walk killed with SIGKILL and begun again', function () {
  this.timeout(120_000);
  const database = useDatabase();
  let shop: PretendShop;
  let whatsapp: PretendWhatsApp;
  let main: string;

  before(async () => {
    main = await builtProgram();
  });
  beforeEach(async () => {
    shop = await createPretendShop();
    whatsapp = await createPretendWhatsApp();
  });
  afterEach(async () => {
    await shop.close();
    await whatsapp.close();
  });

  /** Requests for the orders that the cursor leaves to read. */
  async function pagesLeft(): Promise<number> {
    const cursor = (await readWatermark(database(), 'orders:any:cursor')) as WalkCursor | null;
    const times = [...shop.orders.values()].map(({ modifiedAt }) => modifiedAt);
    const between = (from: number, to: number) =>
      Math.ceil(times.filter((at) => at >= from && at < to).length / NEW_ON_A_PAGE);
    if (cursor === null || typeof cursor === 'number') return between(cursor ?? 0, Infinity);
    return between(cursor.lower, cursor.split) + between(cursor.upper, Infinity);
  }

  it('goes on in both halves, asks again for no more than was under way, and loses nothing', async () => {
    const productId = shop.addProduct({ name: 'Blue mug', price: '9.00' });
    const first = Date.now() - 30 * DAY;
    for (let index = 0; index < ORDERS; index++)
      shop.placeOrder({
        billing: { phone: `+34600${String(index % 900).padStart(6, '0')}`, country: 'ES' },
        items: [{ productId }],
        createdAt: first + index * MINUTE,
      });
    const base = sandboxConfiguration(shop, whatsapp, database.options());
    const file = await configurationFile({ ...base, shop: { ...base.shop, sync_overlap_seconds: 0 } });
    try {
      for (const page of [...KILLED_AT, Infinity]) {
        const left = await pagesLeft();
        const daemon = program(main, file.path, 'sync');
        let asked = 0;
        shop.beforeRequest(({ path, query }) => {
          if (path.endsWith('/orders') && query['status'] === 'any' && ++asked === page) daemon.kill('SIGKILL');
        });
        const { code, signal, output } = await daemon.ended;
        if (page < Infinity) expect(signal, output).to.equal('SIGKILL');
        else expect(code, output).to.equal(0);
        expect(asked, `requests with ${left} pages left`).to.be.at.most(left + 2);
      }
      expect(await readWatermark(database(), 'orders:any:cursor'), 'one walk again').to.be.a('number');
      await expectMirrored(database(), shop);
    } finally {
      await file.remove();
    }
  });
});
