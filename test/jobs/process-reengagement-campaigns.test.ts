import { expect } from 'chai';
import { DAY, HOUR, SECOND } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { DEFAULT_TEMPLATE_SETTINGS } from '../../src/sandbox/whatsapp/default-templates.js';
import { NOON, useWorld } from '../support/world.js';
import {
  ANA,
  argsOf,
  EVA,
  grant,
  lastSummary,
  logged,
  onlySend,
  opensWindow,
  phoneOf,
  plan,
  profile,
  revoke,
  sees,
  sendDue,
  sends,
  typesByPhone,
  whileTimePasses,
} from './support.js';

const NOTHING_PLANNED = { success: false } as const;

describe('wch_process_reengagement_campaigns', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000 } });

  it('takes up a customer whose last purchase is 60 days ago to the second, and no second less', async () => {
    const w = world();
    w.order(ANA, 60);
    w.order(EVA, 60 - SECOND / DAY);
    expect(await plan(w)).to.equal(1);
    expect(await typesByPhone(w)).to.deep.equal({ [ANA]: 'we_miss_you' });
    w.clock.set(NOON + SECOND);
    expect(await plan(w)).to.equal(1);
    expect(Object.keys(await typesByPhone(w))).to.have.members([ANA, EVA]);
  });

  it('follows the configured threshold', async () => {
    const w = world();
    w.order(ANA, 45);
    w.app.reconfigure(w.settings({ reengagement: { inactivity_threshold: 45 } }));
    expect(await plan(w)).to.equal(1);
  });

  it('queues the first of the documented types that applies to each customer', async () => {
    const w = world();
    const [cups, plates] = [w.shop.addCategory('Mugs'), w.shop.addCategory('Plates')];
    const old = NOON - 300 * DAY;
    const [mug, plate, back, cheaper] = [
      w.shop.addProduct({ name: 'Mug', price: '10', categories: [cups], createdAt: old }),
      w.shop.addProduct({ name: 'Plate', price: '10', categories: [plates], createdAt: old }),
      w.shop.addProduct({ name: 'Back again', price: '10', createdAt: old }),
      w.shop.addProduct({ name: 'Cheaper', price: '8', createdAt: old }),
    ];
    const arrival = w.shop.addProduct({ name: 'New mug', price: '12', categories: [cups], createdAt: NOON - 5 * DAY });
    const [all, dropped, loyal, curious, plain] = [1, 2, 3, 4, 5].map(phoneOf) as [
      string,
      string,
      string,
      string,
      string,
    ];
    for (const phone of [all, dropped, loyal]) w.order(phone, 70, { productId: mug, total: '500.00' });
    w.order(curious, 70, { productId: mug });
    w.order(plain, 70, { productId: plate });
    const view = await sees(w, all, back);
    for (const phone of [all, dropped]) await sees(w, phone, cheaper, { inStock: true });
    expect(await plan(w)).to.equal(5);
    expect(await typesByPhone(w)).to.deep.equal({
      [all]: 'back_in_stock',
      [dropped]: 'price_drop',
      [loyal]: 'loyalty_reward',
      [curious]: 'new_arrivals',
      [plain]: 'we_miss_you',
    });
    const found = (await sends(w)).map(argsOf);
    expect(found.find((args) => args['customer_phone'] === all)).to.deep.include({
      product_ids: [back],
      views: [{ id: view, price: null }],
    });
    expect(found.find((args) => args['customer_phone'] === curious)?.['product_ids']).to.deep.equal([arrival]);
  });

  it('queues messages in the documented v2 form, until the end of the shop’s day', async () => {
    const w = world();
    w.order(ANA, 70);
    await plan(w);
    const action = await onlySend(w);
    expect(action.group).to.equal('wch');
    expect(action.args).to.deep.equal({
      _wch_version: 2,
      args: {
        customer_phone: ANA,
        campaign_type: 'we_miss_you',
        product_ids: [],
        views: [],
        planned_at: NOON,
        expires_at: Date.parse('2026-02-10T23:00:00Z'),
      },
      _wch_meta: { queued_at: '2026-02-10 11:00:00', source: 'campaign_processor', priority: 'normal' },
    });
  });

  it('returns 0 and asks the shop nothing while reengagement is disabled', async () => {
    const w = world();
    w.order(ANA, 70);
    w.app.reconfigure(w.settings({ reengagement: { enabled: false } }));
    expect(await plan(w)).to.equal(0);
    expect(await sends(w)).to.deep.equal([]);
    expect(w.shop.requests).to.deep.equal([]);
  });

  it('queues nobody a second time on the same day', async () => {
    const w = world();
    w.order(ANA, 70);
    expect(await plan(w)).to.equal(1);
    expect(await plan(w)).to.equal(0);
    await sendDue(w);
    expect(await plan(w)).to.equal(0);
    expect(w.whatsapp.accepted).to.have.length(1);
  });

  it('queues again on the next day whoever got no message, and not whoever got one', async () => {
    const w = world();
    w.order(ANA, 70);
    w.order(EVA, 70);
    await plan(w);
    await revoke(w, EVA);
    expect(await sendDue(w)).to.deep.equal({ accepted: 1, skipped: 1 });
    w.clock.set(NOON + DAY);
    await grant(w, EVA);
    expect(await plan(w)).to.equal(1);
    expect(lastSummary(w)['skipped']).to.deep.equal({ frequency_cap: 1 });
    await sendDue(w);
    expect(w.whatsapp.accepted.map(({ to }) => to)).to.deep.equal([ANA, EVA]);
  });

  it('counts every customer who gets nothing under a reason, and logs the counts', async () => {
    const w = world();
    const [optedOut, silent, american, capped, refused] = [ANA, EVA, '+12125550123', phoneOf(3), phoneOf(4)];
    w.order(optedOut, 70);
    await revoke(w, optedOut);
    w.order(silent, 70, { consent: null });
    w.order(american, 70, { country: 'US' });
    w.order(capped, 70);
    w.order(refused, 70);
    const { reengagementLog: log } = w.database.tables;
    const sentAt = new Date(NOON - DAY + HOUR);
    await w.database.query((orm) =>
      orm.insert(log).values([
        { customerPhone: capped.slice(1), campaignType: 'we_miss_you', status: null, sentAt },
        {
          customerPhone: refused,
          campaignType: 'we_miss_you',
          status: 'failed',
          sentAt,
          errorCode: 131049,
          actionId: 1,
        },
      ]),
    );
    expect(await plan(w)).to.equal(0);
    expect(lastSummary(w)).to.deep.include({
      queued: 0,
      skipped: { opted_out: 1, no_consent: 1, us_number: 1, frequency_cap: 1, refused_recently: 1 },
    });
  });

  describe('consent', () => {
    const cases: [string, (phone: string) => Promise<void>, boolean][] = [
      ['a profile that opted in, with the plus', (phone) => profile(world(), phone, { optIn: true }), true],
      ['a profile that opted in, without the plus', (phone) => profile(world(), phone.slice(1), { optIn: true }), true],
      ['a profile that did not opt in', (phone) => profile(world(), phone), false],
      ['a grant in the ledger', (phone) => grant(world(), phone), true],
      ['a revocation after a grant', (phone) => grant(world(), phone).then(() => revoke(world(), phone)), false],
    ];
    for (const [what, give, agreed] of cases) {
      it(`${what} is ${agreed ? 'one' : 'none'}`, async () => {
        const w = world();
        w.order(ANA, 70, { consent: null });
        await give(ANA);
        expect(await plan(w)).to.equal(agreed ? 1 : 0);
      });
    }

    const refusals: [string, (phone: string) => Promise<void>][] = [
      ['the opt-out of one of two profiles', (phone) => profile(world(), phone.slice(1), { optOut: true })],
      [
        'notifications_opt_out in the preferences',
        (phone) => profile(world(), phone.slice(1), { preferences: { notifications_opt_out: true } }),
      ],
      ['a revocation in the ledger', (phone) => revoke(world(), phone)],
    ];
    for (const [what, refuse] of refusals) {
      it(`${what} wins over every yes`, async () => {
        const w = world();
        w.order(ANA, 70);
        await grant(w, ANA);
        await profile(w, ANA, { optIn: true });
        await refuse(ANA);
        expect(await plan(w)).to.equal(0);
        expect(lastSummary(w)['skipped']).to.deep.equal({ opted_out: 1 });
      });
    }

    it('is what the newest order with a consent key says', async () => {
      const w = world();
      w.order(ANA, 80, { consent: true });
      w.order(ANA, 70, { consent: false });
      w.order(EVA, 80, { consent: true });
      w.order(EVA, 70, { consent: null });
      await plan(w);
      expect(await typesByPhone(w)).to.deep.equal({ [EVA]: 'we_miss_you' });
    });
  });

  it('finds guests and customers with an account by their phone, however it was typed', async () => {
    const w = world();
    w.order('600 000 001', 70);
    const customerId = w.shop.addCustomer({ email: 'eva@shop.example' });
    const productId = w.shop.addProduct({ name: 'Bowl', price: '5', createdAt: NOON - 300 * DAY });
    w.shop.placeOrder({
      customerId,
      billing: { phone: '0034-600-000-002', country: 'ES' },
      items: [{ productId }],
      createdAt: NOON - 70 * DAY,
      meta: [{ key: '_wa_consent', value: 'yes' }],
    });
    w.order('call me', 70);
    w.order('', 70);
    expect(await plan(w)).to.equal(2);
    expect(Object.keys(await typesByPhone(w))).to.have.members([ANA, EVA]);
  });

  it('offers new products on backorder only where backorders count as in stock', async () => {
    const w = world();
    const category = w.shop.addCategory('Mugs');
    const product = { price: '10', categories: [category] };
    const mug = w.shop.addProduct({ name: 'Mug', ...product, createdAt: NOON - 300 * DAY });
    w.shop.addProduct({ name: 'New mug', ...product, stockStatus: 'onbackorder', createdAt: NOON - 5 * DAY });
    w.order(ANA, 70, { productId: mug });
    await plan(w);
    expect(await typesByPhone(w)).to.deep.equal({ [ANA]: 'we_miss_you' });
    w.app.reconfigure(w.settings({ reengagement: { backorders_in_stock: true } }));
    w.order(EVA, 70, { productId: mug });
    w.clock.set(NOON + HOUR);
    await plan(w);
    expect(await typesByPhone(w)).to.deep.equal({ [ANA]: 'we_miss_you', [EVA]: 'new_arrivals' });
  });

  it('plans nothing while the first walk through the orders is incomplete, and goes on when the shop is back', async () => {
    const w = world();
    for (let number = 1; number <= 130; number++) w.order(phoneOf(number), 200 - number);
    w.order(ANA, 5);
    const isSecondPage = ({ path, query }: { path: string; query: Readonly<Record<string, string>> }) =>
      path.endsWith('/orders') && query['modified_after'] !== undefined;
    w.shop.faults.next('html-500', { times: Infinity, when: isSecondPage });
    expect(await whileTimePasses(w.clock, plan(w))).to.include(NOTHING_PLANNED);
    expect(await sends(w)).to.deep.equal([]);
    const [job] = await w.app.actions({ hook: HOOKS.processCampaigns });
    expect(job).to.include({ status: 'pending', reason: 'shop_busy', attempts: 0 });
    w.shop.faults.clear();
    await w.clock.advanceTo(job?.scheduledAt ?? 0);
    await w.app.runDue([HOOKS.processCampaigns]);
    expect(await sends(w)).to.have.length(129);
    expect(Object.keys(await typesByPhone(w))).not.to.include(ANA);
  });

  it('plans nothing when the walk took so long that the mirror is stale, and waits for the next one', async () => {
    const w = world();
    w.order(ANA, 70);
    const takesLong = () => {
      w.clock.set(NOON + HOUR + SECOND);
      return false;
    };
    w.shop.faults.next('reset', { when: ({ path }) => path.endsWith('/orders') && takesLong() });
    expect(await plan(w)).to.include(NOTHING_PLANNED);
    expect(await sends(w)).to.deep.equal([]);
    const [job] = await w.app.actions({ hook: HOOKS.processCampaigns });
    expect(job).to.include({ status: 'pending', reason: 'mirror_not_ready', attempts: 0 });
    w.shop.faults.clear();
    w.clock.set(job?.scheduledAt ?? 0);
    await w.app.runDue([HOOKS.processCampaigns]);
    expect(await sends(w)).to.have.length(1);
  });

  it('plans nothing when Meta’s templates cannot be read, and waits', async () => {
    const w = world();
    w.order(ANA, 70);
    w.whatsapp.templateFaults.next('html-500');
    expect(await plan(w)).to.include(NOTHING_PLANNED);
    const [job] = await w.app.actions({ hook: HOOKS.processCampaigns });
    expect(job).to.include({ status: 'pending', reason: 'whatsapp_bad_answer', attempts: 0 });
    await w.clock.advanceTo(job?.scheduledAt ?? 0);
    await w.app.runDue([HOOKS.processCampaigns]);
    expect(await sends(w)).to.have.length(1);
  });

  it('goes by what is left when orders are thrown into the trash or refunded', async () => {
    const w = world();
    const [whole, partly] = [phoneOf(3), phoneOf(4)];
    for (const phone of [ANA, EVA, whole, partly]) w.order(phone, 70);
    const [trashed, thrown, refunded, partlyRefunded] = [ANA, EVA, whole, partly].map((phone) => w.order(phone, 5));
    expect(await plan(w), 'all of them bought lately').to.equal(0);
    w.clock.set(NOON + HOUR);
    w.shop.trashOrder(trashed ?? 0);
    w.shop.setOrderStatus(thrown ?? 0, 'cancelled');
    w.shop.refundOrder(refunded ?? 0, '10.00');
    w.shop.refundOrder(partlyRefunded ?? 0, '4.00');
    await plan(w);
    expect(Object.keys(await typesByPhone(w))).to.have.members([ANA, EVA, whole]);
  });

  it('does not count what was paid in another currency towards loyalty', async () => {
    const w = world();
    w.order(ANA, 80, { total: '900.00', currency: 'EUR' });
    w.order(ANA, 70, { total: '499.99' });
    w.order(EVA, 70, { total: '500.00' });
    await plan(w);
    expect(await typesByPhone(w)).to.deep.equal({ [ANA]: 'we_miss_you', [EVA]: 'loyalty_reward' });
  });

  it('plans only the campaign types that have a template', async () => {
    const w = world();
    const { we_miss_you } = DEFAULT_TEMPLATE_SETTINGS;
    w.app.reconfigure(w.settings({ whatsapp: { templates: { we_miss_you } } }));
    w.order(ANA, 70, { total: '900.00' });
    await plan(w);
    expect(await typesByPhone(w)).to.deep.equal({ [ANA]: 'we_miss_you' });
  });

  it('counts whoever no configured type applies to as no_template', async () => {
    const w = world();
    const { loyalty_reward } = DEFAULT_TEMPLATE_SETTINGS;
    w.app.reconfigure(w.settings({ whatsapp: { templates: { loyalty_reward } } }));
    w.order(ANA, 70);
    expect(await plan(w)).to.equal(0);
    expect(lastSummary(w)['skipped']).to.deep.equal({ no_template: 1 });
  });

  it('needs no template for a customer inside the 24-hour window', async () => {
    const w = world();
    w.app.reconfigure(w.settings({ whatsapp: { templates: {} } }));
    w.order(ANA, 70);
    w.order(EVA, 70);
    await w.app.sync();
    await opensWindow(w, ANA, 60);
    expect(await plan(w)).to.equal(1);
    await sendDue(w);
    expect(w.whatsapp.accepted.map(({ to, type }) => [to, type])).to.deep.equal([[ANA, 'text']]);
  });

  it('holds back what Meta has not approved, counts it and says so once', async () => {
    const w = world();
    w.whatsapp.templates.setStatus('we_miss_you', 'en', 'PAUSED');
    for (let number = 1; number <= 30; number++) w.order(phoneOf(number), 70);
    w.order(phoneOf(31), 70, { total: '900.00' });
    expect(await plan(w)).to.equal(1);
    expect(lastSummary(w)['skipped']).to.deep.equal({ template_held: 30 });
    await plan(w);
    const said = w.log.filter(({ level, message }) => level === 'error' && /we_miss_you/.test(String(message)));
    expect(said).to.have.length(1);
    expect(said[0]?.['message']).to.match(/paused by Meta/);
  });

  it('logs the count of queued messages and what they are', async () => {
    const w = world();
    w.order(ANA, 70);
    w.order(EVA, 70, { total: '900.00' });
    await plan(w);
    expect(logged(w, 'Campaigns are planned')).to.have.length(1);
    expect(lastSummary(w)).to.deep.include({ queued: 2, planned: { we_miss_you: 1, loyalty_reward: 1 }, skipped: {} });
  });
});
