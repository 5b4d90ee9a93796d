import { expect } from 'chai';
import { insertAction } from '../../src/db/actions.js';
import { countCustomers, countForeignViews, countWithoutPhone } from '../../src/db/audience.js';
import { takenKeys } from '../../src/db/journal.js';
import { productsOfViewers } from '../../src/db/viewers.js';
import { saveOrders } from '../../src/db/orders.js';
import { DAY, HOUR, SECOND } from '../../src/lib/clock.js';
import { newAction } from '../../src/queue/action.js';
import { HOOKS } from '../../src/queue/hooks.js';
import type { ShopOrder } from '../../src/reengagement/shop-facts.js';
import { emptyTables, NOON } from '../queue/support.js';
import { useDatabase } from '../support/database.js';

const ANA = '+34600000001';
const EVA = '+34600000002';
const PAID = ['completed', 'processing'];
const BEFORE = NOON - 60 * DAY;

describe('the audience', () => {
  const database = useDatabase();
  beforeEach(() => emptyTables(database()));

  let orders = 0;
  async function order(changes: Partial<ShopOrder>): Promise<void> {
    const at = changes.createdAt ?? NOON - 90 * DAY;
    const placed: ShopOrder = {
      id: (orders += 1),
      status: 'completed',
      currency: 'EUR',
      total: '40.00',
      refunded: '0',
      customerId: 0,
      phone: null,
      email: 'ana@shop.example',
      firstName: 'Ana',
      country: 'ES',
      createdAt: at,
      paidAt: at,
      modifiedAt: at,
      items: [],
      marketingConsent: null,
      language: null,
      ...changes,
    };
    await saveOrders(database(), [placed], { paidStatuses: PAID, windowDays: 30 });
  }
  const withoutPhone = () => countWithoutPhone(database(), PAID, BEFORE);

  async function view(customerPhone: string, productId: number, changes: object = {}): Promise<void> {
    const { productViews } = database().tables;
    const row = { customerPhone, productId, inStock: 0, viewedAt: new Date(NOON - DAY), source: 'reengaged' };
    await database().query((orm) => orm.insert(productViews).values({ ...row, ...changes }));
  }

  it('counts who has bought, and who last did at the moment or before', async () => {
    await order({ phone: ANA, createdAt: BEFORE });
    await order({ phone: EVA, createdAt: BEFORE + SECOND });
    await order({ phone: '+34600000003', status: 'pending', paidAt: null });
    expect(await countCustomers(database(), BEFORE)).to.deep.equal({ customers: 2, inactive: 1 });
    expect(await countCustomers(database(), BEFORE + SECOND / 2)).to.deep.equal({ customers: 2, inactive: 1 });
    await emptyTables(database());
    expect(await countCustomers(database(), BEFORE)).to.deep.equal({ customers: 0, inactive: 0 });
  });

  it('counts a guest without a usable phone once, however the e-mail is written, by the newest purchase', async () => {
    await order({ createdAt: NOON - 90 * DAY });
    await order({ email: 'ANA@shop.example', createdAt: NOON - 5 * DAY });
    expect(await withoutPhone()).to.deep.equal({ customers: 1, inactive: 0 });
  });

  it('counts an account once, whichever e-mails its orders carry', async () => {
    await order({ customerId: 7 });
    await order({ customerId: 7, email: null });
    await order({ customerId: 8 });
    expect(await withoutPhone()).to.deep.equal({ customers: 2, inactive: 2 });
  });

  it('counts nobody who left a usable phone with any purchase, and nobody without a purchase', async () => {
    await order({ customerId: 7 });
    await order({ customerId: 7, phone: ANA });
    await order({ email: 'eva@shop.example', status: 'failed' });
    await order({ email: 'luz@shop.example', refunded: '40.00' });
    expect(await withoutPhone()).to.deep.equal({ customers: 0, inactive: 0 });
  });

  it('leaves out who left neither account nor e-mail: they cannot be told apart', async () => {
    await order({ email: null });
    expect(await withoutPhone()).to.deep.equal({ customers: 0, inactive: 0 });
  });

  it('counts the views that somebody else wrote and nobody has adopted, since a moment', async () => {
    await view(ANA, 7, { source: null });
    await view(ANA, 7, { source: null, viewedAt: new Date(NOON - 3 * DAY) });
    await view(ANA, 7);
    expect(await countForeignViews(database(), NOON - 2 * DAY)).to.equal(1);
  });

  it('tells which keys an action holds, of either kind', async () => {
    const send = (phone: string, key: string) =>
      newAction(HOOKS.sendMessage, { customer_phone: phone, campaign_type: 'we_miss_you' }, NOON, key);
    await insertAction(database(), send(ANA, 'campaign:a'), NOON);
    const keys = { unique: ['campaign:a', 'campaign:b'], unfinished: [`send:${ANA}`, `send:${EVA}`] };
    expect([...(await takenKeys(database(), keys))]).to.have.members(['campaign:a', `send:${ANA}`]);
    const unfinished = await takenKeys(database(), { unique: [], unfinished: [`send:${ANA}`] });
    expect([...unfinished]).to.deep.equal([`send:${ANA}`]);
    expect((await takenKeys(database(), { unique: [], unfinished: [] })).size).to.equal(0);
  });

  it('tells what people wait for, in every spelling of their phone, in the order of the spellings', async () => {
    await view(ANA.slice(1), 7);
    await view(ANA, 8);
    await view(ANA, 8);
    await view(ANA, 9, { inStock: 1 });
    await view(ANA, 10, { viewedAt: new Date(NOON - 40 * DAY) });
    await view(ANA, 11, { source: null });
    await view(EVA, 7);
    expect(await productsOfViewers(database(), 'waiting', [ANA], NOON - 30 * DAY + HOUR)).to.deep.equal([
      { phone: ANA, productId: 8 },
      { phone: ANA.slice(1), productId: 7 },
    ]);
    expect(await productsOfViewers(database(), 'waiting', [], NOON)).to.deep.equal([]);
  });
});
