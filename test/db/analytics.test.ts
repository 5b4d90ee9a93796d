import { expect } from 'chai';
import fc from 'fast-check';
import { attributedRevenue, countMessages } from '../../src/db/analytics.js';
import { attributeSince } from '../../src/db/conversions.js';
import { DAY, SECOND } from '../../src/lib/clock.js';
import { analyticsByType, analyticsTotal, unknownMessages } from '../../src/reengagement/analytics.js';
import { CAMPAIGN_TYPES } from '../../src/reengagement/campaign-type.js';
import { LOG_STATUSES } from '../../src/reengagement/log-status.js';
import { emptyTables, failureOf, NOON } from '../queue/support.js';
import { useDatabase } from '../support/database.js';
import { useWorld, type World } from '../support/world.js';
import { ANA, EVA, phoneOf, sendNow } from '../jobs/support.js';

const ZERO = { sent: 0, delivered: 0, opened: 0, converted: 0, conversion_rate: 0 };

interface Message {
  readonly type?: string;
  readonly status?: string | null;
  readonly sentAt?: number;
  readonly converted?: number | null;
}

describe('the counts of messages', () => {
  const database = useDatabase();
  beforeEach(() => emptyTables(database()));

  const log = async (...messages: readonly Message[]) => {
    if (messages.length === 0) return;
    const rows = messages.map(({ type = 'we_miss_you', status = 'sent', sentAt = NOON, converted = 0 }) => ({
      customerPhone: ANA,
      campaignType: type,
      status,
      sentAt: new Date(sentAt),
      converted,
    }));
    await database().query((orm) => orm.insert(database().tables.reengagementLog).values(rows));
  };
  const counts = (since = NOON - DAY) => countMessages(database(), since);
  const byType = async (since?: number) => analyticsByType(await counts(since));

  it('are zero for every documented campaign type in an empty log', async () => {
    expect(await byType()).to.deep.equal(Object.fromEntries(CAMPAIGN_TYPES.map((type) => [type, ZERO])));
    expect(analyticsTotal(await byType())).to.deep.equal(ZERO);
    expect(unknownMessages(await counts())).to.equal(0);
  });

  it('are delivered when they were delivered or read, and opened when they were read', async () => {
    await log({}, { status: 'delivered' }, { status: 'delivered' }, { status: 'read', converted: 1 });
    expect((await byType())['we_miss_you']).to.deep.equal({
      sent: 4,
      delivered: 3,
      opened: 1,
      converted: 1,
      conversion_rate: 25,
    });
  });

  it('leave out what was not sent and what is unknown, and tell how many those are', async () => {
    await log({ status: 'unknown', converted: 1 }, { status: 'unknown', type: 'price_drop' }, { status: 'failed' });
    await log({ status: 'reserved' }, { status: 'sending' }, { status: null }, { status: 'queued', converted: null });
    expect((await byType())['we_miss_you']).to.deep.equal({ ...ZERO, sent: 2 });
    expect(unknownMessages(await counts())).to.equal(2);
  });

  it('list a campaign type that only somebody else knows', async () => {
    await log({ type: 'birthday' }, { type: '__proto__' });
    const types = await byType();
    expect(Object.keys(types)).to.have.members([...CAMPAIGN_TYPES, 'birthday', '__proto__']);
    expect(types['birthday']?.sent).to.equal(1);
  });

  it('begin with the second that is named', async () => {
    await log({ sentAt: NOON }, { sentAt: NOON - SECOND });
    expect((await byType(NOON))['we_miss_you']?.sent).to.equal(1);
  });

  it('round the rate to two decimals of a percent', async () => {
    await log({ converted: 1 }, {}, {}, { type: 'price_drop', converted: 1 }, { type: 'price_drop', converted: 1 });
    await log({ type: 'price_drop' });
    const types = await byType();
    expect([types['we_miss_you'], types['price_drop']].map((of) => of?.conversion_rate)).to.deep.equal([33.33, 66.67]);
  });

  it('add up to the total, whatever was sent', async () => {
    const message = fc.record({
      type: fc.constantFrom(...CAMPAIGN_TYPES, 'birthday'),
      status: fc.constantFrom(...LOG_STATUSES, null),
      converted: fc.constantFrom(0, 1),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 30 }), async (messages) => {
        await emptyTables(database());
        await log(...messages);
        const counted = messages.filter(({ status }) => [null, 'sent', 'delivered', 'read'].includes(status));
        const total = analyticsTotal(await byType());
        expect(total).to.deep.include({
          sent: counted.length,
          delivered: counted.filter(({ status }) => status === 'delivered' || status === 'read').length,
          opened: counted.filter(({ status }) => status === 'read').length,
          converted: counted.filter(({ converted }) => converted === 1).length,
        });
        expect(total.conversion_rate).to.be.within(0, 100);
      }),
      { numRuns: 15 },
    );
  });
});

describe('the attributed revenue', () => {
  const database = useDatabase();
  beforeEach(() => emptyTables(database()));

  const bring = async (orderId: number, currency: string, revenue: string, message: Message = {}) => {
    const { reengagementLog: log, conversions } = database().tables;
    const [header] = await database().query((orm) =>
      orm.insert(log).values({
        customerPhone: ANA,
        campaignType: 'we_miss_you',
        status: message.status === undefined ? 'sent' : message.status,
        sentAt: new Date(message.sentAt ?? NOON),
      }),
    );
    const row = { orderId, logId: header.insertId, phone: ANA, currency, revenue, convertedAt: new Date(NOON + DAY) };
    await database().query((orm) => orm.insert(conversions).values(row));
  };
  const revenue = (since = NOON - DAY) => attributedRevenue(database(), since);

  it('is nothing where nothing was brought', async () => {
    expect(await revenue()).to.deep.equal({});
  });

  it('is exact, for each currency apart', async () => {
    for (let id = 1; id <= 30; id++) await bring(id, 'EUR', '123456789012345.10');
    await bring(31, 'USD', '0.10');
    await bring(32, 'USD', '0.20');
    expect(await revenue()).to.deep.equal({ EUR: '3703703670370353', USD: '0.3' });
  });

  it('is that of the messages of the time, whenever the orders came', async () => {
    await bring(1, 'EUR', '10.00', { sentAt: NOON - 2 * DAY });
    await bring(2, 'EUR', '5.00', { sentAt: NOON });
    expect(await revenue(NOON)).to.deep.equal({ EUR: '5' });
  });

  it('leaves out what a message that does not count had brought, until that is taken back', async () => {
    await bring(1, 'EUR', '10.00', { status: 'failed' });
    await bring(2, 'EUR', '5.00', { status: null });
    expect(await revenue()).to.deep.equal({ EUR: '5' });
    await attributeSince(database(), 0, { paidStatuses: [], windowDays: 30 });
    expect(await revenue()).to.deep.equal({});
  });
});

describe('the analytics of the app', () => {
  const world = useWorld({ reengagement: { quiet_hours: { from: '00:00', until: '00:00' } } });

  const soldTo = async (w: World, ...phones: readonly string[]) => {
    for (const phone of phones) w.order(phone, 70);
    await w.app.sync();
    for (const phone of phones) await sendNow(w, phone);
    w.clock.set(w.clock.now() + DAY);
  };

  it('tell by campaign type what became of the messages of the last 30 days', async () => {
    const w = world();
    await soldTo(w, ANA, EVA, phoneOf(3));
    w.order(ANA, 0, { total: '12.00' });
    w.order(ANA, 0, { total: '12.00' });
    await w.app.sync();
    const { analytics } = w.app;
    const stats = await analytics.getAnalytics();
    expect(Object.keys(stats)).to.deep.equal([...CAMPAIGN_TYPES]);
    expect(stats['we_miss_you']).to.deep.equal({
      sent: 3,
      delivered: 0,
      opened: 0,
      converted: 1,
      conversion_rate: 33.33,
    });
    expect(await analytics.getConversionRate('we_miss_you')).to.equal(33.33);
    expect(await analytics.getConversionRate('price_drop')).to.equal(0);
    expect(await analytics.getAttributedRevenue()).to.deep.equal({ USD: '24' });
    w.clock.set(NOON + 31 * DAY);
    expect((await analytics.getAnalytics())['we_miss_you']?.sent).to.equal(0);
    expect(await analytics.getConversionRate('we_miss_you', 40)).to.equal(33.33);
    expect(await analytics.getAttributedRevenue(30)).to.deep.equal({});
    expect(await analytics.getAttributedRevenue(40)).to.deep.equal({ USD: '24' });
  });

  it('refuse days that are no whole number from 1 to 3650', async () => {
    const { analytics } = world().app;
    for (const days of [0, -1, 1.5, 3_651, NaN, Infinity])
      for (const asked of [
        analytics.getAnalytics(days),
        analytics.getConversionRate('we_miss_you', days),
        analytics.getAttributedRevenue(days),
      ])
        expect(await failureOf(asked)).to.include({ code: 'USAGE' });
    expect(await analytics.getAttributedRevenue(3_650)).to.deep.equal({});
  });

  it('name the campaign types to whoever asks for another', async () => {
    const failure = await failureOf(world().app.analytics.getConversionRate('birthday'));
    expect(failure.code).to.equal('USAGE');
    for (const type of CAMPAIGN_TYPES) expect(failure.message).to.contain(type);
  });
});
