import { expect } from 'chai';
import { DAY, systemClock } from '../../src/lib/clock.js';
import { useDatabase } from '../support/database.js';
import { useCli, wholePhones } from './support.js';

const phoneOf = (number: number) => `+346001112${String(number).padStart(2, '0')}`;

describe('reengaged analytics', function () {
  this.timeout(60_000);
  const database = useDatabase();
  const cli = useCli(database.options);
  let config = '';
  before(() => {
    config = cli().config({ shop: { default_country: 'ES' } });
  });

  const log = async (type: string, statuses: readonly (string | null)[], daysAgo = 2) => {
    const sentAt = new Date(systemClock.now() - daysAgo * DAY);
    const rows = statuses.map((status, n) => ({
      customerPhone: phoneOf(n),
      campaignType: type,
      status,
      sentAt,
    }));
    await database().query((orm) => orm.insert(database().tables.reengagementLog).values(rows));
  };
  const isoDay = /since \d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC/;

  it('says in one sentence that nothing was sent', async () => {
    const { code, out } = await cli().run(config, 'analytics', '--days', '7');
    expect(code).to.equal(0);
    expect(out).to.match(/^Messages sent in the last 7 days, since [-\d]+ [\d:]+ UTC: none\.\n$/);
  });

  it('shows a table with bars, the total, the revenue of each currency and what is not counted', async () => {
    await log('back_in_stock', ['read', 'delivered', 'sent', null]);
    await log('we_miss_you', ['delivered', 'failed', 'unknown', 'unknown'], 3);
    await log('a_campaign_type_of_another_plugin', ['sent'], 4);
    await log('price_drop', ['sent'], 50);
    const place = (phone: string, currency: string, total: string) =>
      cli().shop.placeOrder({
        billing: { phone, country: 'ES', email: 'ana@shop.example' },
        items: [{ productId: cli().product }],
        status: 'completed',
        currency,
        total,
        createdAt: systemClock.now() - DAY,
      });
    place(phoneOf(0), 'EUR', '1234.5');
    place(phoneOf(1), 'JPY', '9800');
    place(phoneOf(1), 'EUR', '0.25');
    expect(await cli().run(config, 'sync')).to.include({ code: 0 });
    const { code, out } = await cli().run(config, 'analytics');
    expect(code).to.equal(0);
    expect(out).to.match(isoDay);
    expect(out.split('\n').slice(1).join('\n')).to.equal(
      [
        '',
        '                                     Sent Delivered    Opened Converted    Rate',
        'back_in_stock        ██████████         4         2         1         2  50.00%',
        'price_drop                              0         0         0         0   0.00%',
        'loyalty_reward                          0         0         0         0   0.00%',
        'new_arrivals                            0         0         0         0   0.00%',
        'we_miss_you          ██▌                1         1         0         0   0.00%',
        'a_campaign_type_of_… ██▌                1         0         0         0   0.00%',
        'Total                                   6         3         1         2  33.33%',
        '',
        'Revenue: 1,234.75 EUR, 9,800 JPY.',
        'Not counted: 2 messages of which nobody knows yet whether they arrived.',
        '',
      ].join('\n'),
    );
    for (const line of out.split('\n')) expect(line.length).to.be.at.most(80);
  });

  it('gives the same facts as JSON', async () => {
    const { code, out } = await cli().run(config, 'analytics', '--days', '60', '--json');
    expect(code).to.equal(0);
    const report = JSON.parse(out) as Record<string, unknown>;
    const { since, types, ...rest } = report as { since: string; types: Record<string, unknown> };
    expect(rest).to.deep.equal({ days: 60, revenue: { EUR: '1234.75', JPY: '9800' }, unknown: 2 });
    expect(since).to.match(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/);
    expect(types['back_in_stock']).to.deep.equal({
      sent: 4,
      delivered: 2,
      opened: 1,
      converted: 2,
      conversion_rate: 50,
    });
    expect(types['price_drop']).to.deep.include({ sent: 1, converted: 0 });
  });

  it('works the conversions out anew with --recount', async () => {
    const { conversions } = database().tables;
    await database().query((orm) => orm.delete(conversions));
    const first = await cli().run(config, 'analytics', '--recount');
    expect(first.out.split('\n')[0]).to.equal('3 conversions changed.');
    expect(first.out).to.contain('1,234.75 EUR');
    const second = await cli().run(config, 'analytics', '--recount', '--json');
    expect(JSON.parse(second.out)).to.include({ recounted: 0 });
  });

  it('refuses days that are none, and too many of them', async () => {
    const [none, many] = await Promise.all([
      cli().run(config, 'analytics', '--days', 'a week'),
      cli().run(config, 'analytics', '--days', '4000'),
    ]);
    expect(none.code).to.equal(64);
    expect(none.err).to.contain('--days has to be a whole number above zero');
    expect(many.code).to.equal(64);
    expect(many.err).to.contain('days has to be a whole number from 1 to 3650');
  });

  it('shows no secret and no phone', () => {
    const { text, secrets } = cli.written();
    for (const secret of secrets) expect(text).not.to.contain(secret);
    expect(wholePhones(text)).to.deep.equal([]);
  });
});
