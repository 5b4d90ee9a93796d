import { expect } from 'chai';
import {
  adoptViews,
  foreignViews,
  importViews,
  recordView,
  viewsOf,
  type AdoptedView,
  type SeenProduct,
} from '../../src/db/views.js';
import { viewedProductIds, viewersOf } from '../../src/db/viewers.js';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/lib/clock.js';
import { useDatabase } from '../support/database.js';
import { emptyTables, NOON } from '../queue/support.js';

const PHONE = '+34612345678';

describe('product views', () => {
  const database = useDatabase();
  beforeEach(() => emptyTables(database()));

  const seen = (changes: Partial<SeenProduct> = {}): SeenProduct => ({
    phone: PHONE,
    productId: 7,
    price: '20.00',
    inStock: true,
    viewedAt: NOON,
    ...changes,
  });
  const since = (at: number) => ({ viewed: at, told: at });
  const record = (changes: Partial<SeenProduct> = {}) => recordView(database(), seen(changes), NOON - HOUR);

  /** A row as the plugin writes it, in the shop's local time. */
  async function foreign(viewedAt: number, changes: object = {}): Promise<number> {
    const { productViews } = database().tables;
    const values = { customerPhone: PHONE, productId: 7, viewedAt: new Date(viewedAt), ...changes };
    const [header] = await database().query((orm) => orm.insert(productViews).values(values));
    return header.insertId;
  }

  it('are recorded, and the same one again only after a while', async () => {
    expect(await record({ viewedAt: NOON - 30 * MINUTE })).to.equal(true);
    expect(await record()).to.equal(false);
    expect(await record({ phone: PHONE.slice(1) })).to.equal(false);
    expect(await record({ productId: 8 })).to.equal(true);
    expect(await record({ phone: '+34600000001' })).to.equal(true);
    expect(await recordView(database(), seen(), NOON - 30 * MINUTE)).to.equal(true);
  });

  it('are read newest first, by phone with plus, within the window', async () => {
    await record({ viewedAt: NOON - DAY, price: null, inStock: false });
    await record({ viewedAt: NOON, productId: 8, price: '9.99' });
    await record({ viewedAt: NOON - 40 * DAY, productId: 9 });
    await foreign(NOON);
    const found = await viewsOf(database(), [PHONE, '+34600000001'], since(NOON - 30 * DAY));
    expect([...found.keys()]).to.deep.equal([PHONE]);
    expect(
      found
        .get(PHONE)
        ?.map(({ productId, priceAtView, inStock, priceTold, viewedAt }) => [
          productId,
          priceAtView,
          inStock,
          priceTold,
          viewedAt - NOON,
        ]),
    ).to.deep.equal([
      [8, '9.99', true, null, 0],
      [7, null, false, null, -DAY],
    ]);
  });

  it('of both spellings of a phone are read together', async () => {
    const { productViews } = database().tables;
    await record();
    await foreign(NOON, { customerPhone: PHONE.slice(1), productId: 8 });
    await database().query((orm) => orm.update(productViews).set({ source: 'adopted' }));
    expect((await viewsOf(database(), [PHONE], since(NOON - DAY))).get(PHONE)).to.have.length(2);
  });

  it('of one person are the newest few of each product, of those that wait by themselves', async () => {
    const at = (hours: number) => NOON - hours * HOUR;
    const views = Array.from({ length: 30 }, (_, hours) => [
      seen({ productId: 7, inStock: true, viewedAt: at(hours) }),
      seen({ productId: 8, inStock: false, viewedAt: at(hours) }),
    ]).flat();
    const oldest = seen({ productId: 7, inStock: false, viewedAt: at(90) });
    await importViews(database(), [...views, oldest], () => undefined);
    const found = (await viewsOf(database(), [PHONE], since(NOON - 30 * DAY))).get(PHONE)!;
    const count = (productId: number, inStock: boolean) =>
      found.filter((view) => view.productId === productId && view.inStock === inStock).length;
    expect([count(7, true), count(8, false), count(7, false)]).to.deep.equal([20, 20, 1]);
    expect(found[0]?.viewedAt).to.equal(NOON);
  });

  it('by which somebody was told lately are read however old they are', async () => {
    const { productViews } = database().tables;
    await record({ viewedAt: NOON - 45 * DAY, inStock: false });
    await database().query((orm) => orm.update(productViews).set({ stockToldAt: new Date(NOON - 29 * DAY) }));
    const told = async (days: number) =>
      (await viewsOf(database(), [PHONE], { viewed: NOON - 30 * DAY, told: NOON - days * DAY })).size;
    expect([await told(30), await told(29)]).to.deep.equal([1, 0]);
  });

  it('of the plugin are found with the time as the shop wrote it', async () => {
    const first = await foreign(Date.parse('2026-02-10T12:34:56Z'), { priceAtView: '3.50', inStock: 0 });
    const second = await foreign(NOON);
    await foreign(NOON - 40 * DAY);
    await record();
    const [found] = await foreignViews(database(), NOON - 30 * DAY, 0, 1);
    expect(found).to.deep.equal({
      id: first,
      productId: 7,
      priceAtView: '3.50',
      inStock: false,
      viewedAtLocal: '2026-02-10 12:34:56',
    });
    expect((await foreignViews(database(), NOON - 30 * DAY, first, 5)).map(({ id }) => id)).to.deep.equal([second]);
  });

  it('of the plugin are adopted with their time, and with price and stock where they had none', async () => {
    const bare = await foreign(NOON);
    const priced = await foreign(NOON, { priceAtView: '3.50' });
    const adopted = (id: number, inStock: boolean): AdoptedView => ({
      id,
      price: '8.00',
      inStock,
      viewedAt: NOON - HOUR,
    });
    expect(await adoptViews(database(), [adopted(bare, false), adopted(priced, true)])).to.equal(2);
    const views = (await viewsOf(database(), [PHONE], since(NOON - DAY))).get(PHONE)!;
    expect(
      views
        .sort((a, b) => a.id - b.id)
        .map(({ id, priceAtView, inStock, viewedAt }) => [id, priceAtView, inStock, viewedAt]),
    ).to.deep.equal([
      [bare, '8.00', false, NOON - HOUR],
      [priced, '3.50', true, NOON - HOUR],
    ]);
    expect(await foreignViews(database(), NOON - DAY, 0, 5)).to.deep.equal([]);
    expect(await adoptViews(database(), [])).to.equal(0);
  });

  it('of the plugin are adopted once by two who do so at the same time, never with a time converted twice', async () => {
    const ids: number[] = [];
    for (let n = 0; n < 40; n++) ids.push(await foreign(NOON));
    const adopter = (hours: number) =>
      adoptViews(
        database(),
        ids.map((id) => ({ id, price: null, inStock: true, viewedAt: NOON - hours * HOUR })),
      );
    const counts = await Promise.all([adopter(1), adopter(2), adopter(3)]);
    expect(counts.sort((a, b) => a - b)).to.deep.equal([0, 0, 40]);
    const views = (await viewsOf(database(), [PHONE], since(NOON - DAY))).get(PHONE)!;
    expect(new Set(views.map(({ viewedAt }) => viewedAt)).size).to.equal(1);
  });

  describe('out of a list', () => {
    const bring = (...views: Partial<SeenProduct>[]) => importViews(database(), views.map(seen), () => undefined);
    const rows = () => {
      const { productViews } = database().tables;
      return database().query((orm) => orm.select().from(productViews).orderBy(productViews.id));
    };

    it('are written with price and stock, and say where they come from', async () => {
      expect(await bring({ viewedAt: NOON - DAY, inStock: false }, { productId: 8, price: null })).to.equal(2);
      expect(await rows()).to.deep.include.members([
        {
          id: (await rows())[0]?.id,
          customerPhone: PHONE,
          productId: 7,
          priceAtView: '20.00',
          inStock: 0,
          viewedAt: new Date(NOON - DAY),
          source: 'import',
          priceTold: null,
          stockToldAt: null,
        },
      ]);
      expect((await rows())[1]).to.include({ productId: 8, priceAtView: null, inStock: 1, source: 'import' });
    });

    it('are known where the same person, product and second is there, in another spelling and earlier in the list too', async () => {
      await record();
      expect(await bring({}, { viewedAt: NOON - 400 })).to.equal(0);
      expect(await bring({ productId: 8 }, { productId: 8 }, { viewedAt: NOON + SECOND })).to.equal(2);
      const { productViews } = database().tables;
      await database().query((orm) => orm.update(productViews).set({ customerPhone: PHONE.slice(1) }));
      expect(await bring({}, { productId: 8 }, { phone: '+34600000001' })).to.equal(1);
      expect(await rows()).to.have.length(4);
    });

    it('are known across the groups in which they are written', async () => {
      const many = Array.from({ length: 1_100 }, (_, index) => ({ viewedAt: NOON + index * SECOND }));
      const done: number[] = [];
      const views = [...many, ...many].map(seen);
      expect(await importViews(database(), views, (count) => done.push(count))).to.equal(1_100);
      expect(done).to.deep.equal([500, 1_000, 1_500, 2_000, 2_200]);
      expect(await bring(...many)).to.equal(0);
    });

    it('are not taken for those of the plugin, whose time is the shop’s', async () => {
      await foreign(NOON);
      expect(await bring({})).to.equal(1);
    });

    it('are all taken back when one cannot be written', async () => {
      const many = Array.from({ length: 600 }, (_, index) => ({ viewedAt: NOON + index * SECOND }));
      const error = await bring(...many, { productId: 9, price: '1234567890.00' }).catch((reason: unknown) => reason);
      expect(error).to.have.property('code', 'DB_QUERY');
      expect(await rows()).to.deep.equal([]);
    });

    it('are counted with the others, and left alone by an adoption', async () => {
      await bring({ inStock: false });
      expect((await viewsOf(database(), [PHONE], since(NOON - DAY))).get(PHONE)).to.have.length(1);
      expect(await viewedProductIds(database(), 'waiting', NOON - DAY, 0, 10)).to.deep.equal([7]);
      expect(await viewersOf(database(), 'waiting', [7], NOON - DAY, '', 10)).to.have.length(1);
      expect(await foreignViews(database(), NOON - DAY, 0, 10)).to.deep.equal([]);
      const [row] = await rows();
      expect(
        await adoptViews(database(), [{ id: row?.id ?? 0, price: '1.00', inStock: true, viewedAt: NOON - HOUR }]),
      ).to.equal(0);
      expect((await rows())[0]).to.deep.equal(row);
    });
  });

  it('keep a time between two seconds as the later one', async () => {
    await record({ viewedAt: NOON + 1 });
    expect((await viewsOf(database(), [PHONE], since(NOON))).get(PHONE)?.[0]?.viewedAt).to.equal(NOON + SECOND);
  });
});
