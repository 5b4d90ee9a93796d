import { expect } from 'chai';
import { customersOf } from '../../src/db/customers.js';
import { DAY, HOUR, MINUTE } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import type { NewCustomer } from '../../src/sandbox/shop/sales.js';
import { useWorld, type World } from '../support/world.js';
import { ANA, EVA, grant, lastSummary, logged, plan, typesByPhone, whileTimePasses } from './support.js';

const LEFT_OUT = 'An account is left out: it is not what WooCommerce documents';
const DENIED = 'The shop does not let its accounts be read: who withdraws consent there is not known';
const WITH_KEY = { reengagement: { account_consent_meta_keys: ['wa_optin'] } };

const doSync = (w: World) => w.app.queue.doAction(HOOKS.syncAccounts);
const customersRequests = (w: World) => w.shop.requests.filter(({ path }) => /\/customers(\/\d+)?$/.test(path));

async function known(w: World) {
  const { accounts } = w.database.tables;
  return await w.database.query((orm) => orm.select().from(accounts).orderBy(accounts.customerId));
}

let registered = 0;
function register(w: World, given: Partial<NewCustomer> = {}): number {
  return w.shop.addCustomer({ email: `c${(registered += 1)}@shop.example`, ...given });
}

const says = (value: string) => [{ key: 'wa_optin', value }];
const billing = (phone: string) => ({ phone, country: 'ES' });

describe('reengaged_sync_accounts', () => {
  const world = useWorld();

  it('takes over accounts of every role, and later only the new ones', async () => {
    const w = world();
    const ids = ['customer', 'subscriber'].map((role) => register(w, { role, billing: billing('600 000 001') }));
    expect(await doSync(w)).to.include({ accounts: 4, malformed: 0, removed: 0 });
    expect((await known(w)).map((row) => [row.customerId, row.phone])).to.deep.equal(ids.map((id) => [id, ANA]));
    const fresh = register(w);
    w.shop.clearRequests();
    await doSync(w);
    expect((await known(w)).map(({ customerId }) => customerId)).to.include(fresh);
    expect(customersRequests(w).map(({ query }) => query['include'] === undefined)).to.deep.equal([true, false]);
  });

  it('knows whose orders without a phone are by the phone that the account has in the shop', async () => {
    const w = world();
    const customerId = register(w, { billing: billing(ANA) });
    const productId = w.shop.addProduct({ name: 'Bowl', price: '5.00' });
    const at = w.clock.now() - 2 * DAY;
    w.shop.placeOrder({
      customerId,
      billing: { phone: '' },
      items: [{ productId }],
      status: 'completed',
      createdAt: at,
    });
    w.order(ANA, 70);
    await doSync(w);
    expect(await plan(w)).to.equal(0);
    expect((await customersOf(w.database, [ANA])).get(ANA)?.paidOrders).to.equal(2);
  });

  it('goes on where it was when the shop broke off', async () => {
    const w = world();
    for (let count = 0; count < 250; count += 1) register(w);
    let pages = 0;
    w.shop.faults.next('html-500', { times: 3, when: ({ path }) => path.endsWith('/customers') && (pages += 1) > 2 });
    expect(await whileTimePasses(w.clock, doSync(w))).to.include({ success: false });
    expect(await known(w)).to.have.length(200);
    w.shop.clearRequests();
    const [job] = await w.app.actions({ hook: HOOKS.syncAccounts });
    w.clock.set(job?.scheduledAt ?? 0);
    await w.app.runDue([HOOKS.syncAccounts]);
    expect(await known(w)).to.have.length(250);
    expect(customersRequests(w)[0]?.query).to.include({ page: '3' });
  });

  it('looks at every known account within shop.reconcile_days, a hundred with one request', async () => {
    const w = world();
    w.app.reconfigure(w.settings({ shop: { reconcile_days: 1 } }));
    for (let count = 0; count < 250; count += 1) register(w);
    await doSync(w);
    const [first] = await known(w);
    w.shop.setCustomer(first!.customerId, { billing: billing(EVA) });
    const last = (await known(w)).at(-1)!.customerId;
    w.shop.setCustomer(last, { email: 'New@shop.example', billing: { email: '' } });
    w.shop.clearRequests();
    for (let run = 0; run < 3; run += 1) {
      w.clock.set(w.clock.now() + 15 * MINUTE);
      await doSync(w);
    }
    const now = await known(w);
    expect([now[0]?.phone, now.at(-1)?.email]).to.deep.equal([EVA, 'new@shop.example']);
    expect(customersRequests(w), 'new ones and a hundred known ones, three times').to.have.length(6);
  });

  it('forgets an account only when the shop says that it is gone', async () => {
    const w = world();
    const [kept, gone] = [register(w), register(w, { meta: says('yes'), billing: billing(ANA) })];
    w.app.reconfigure(w.settings(WITH_KEY));
    await doSync(w);
    expect((await customersOf(w.database, [ANA])).get(ANA)?.accountConsent).to.equal(true);
    w.shop.faults.next(
      { status: 200, headers: { 'content-type': 'application/json' }, body: '[]' },
      { times: 1, when: ({ query }) => query['include'] !== undefined },
    );
    expect(await doSync(w)).to.include({ removed: 0 });
    w.shop.removeCustomer(gone);
    expect(await doSync(w)).to.include({ removed: 1 });
    expect((await known(w)).map(({ customerId }) => customerId)).to.deep.equal([kept]);
    expect((await customersOf(w.database, [ANA])).get(ANA)?.accountConsent).to.equal(null);
  });

  it('writes to nobody who withdrew consent in an account and then closed it, and asks for that account no more', async () => {
    const w = world();
    const [kept, gone] = [register(w), register(w, { meta: says('no'), billing: billing(ANA) })];
    w.app.reconfigure(w.settings(WITH_KEY));
    w.order(ANA, 70);
    await doSync(w);
    w.shop.removeCustomer(gone);
    expect(await doSync(w)).to.include({ removed: 1 });
    w.shop.clearRequests();
    expect(await doSync(w)).to.include({ removed: 0 });
    expect(customersRequests(w).map(({ path, query }) => [path.split('/').at(-1), query['include']])).to.deep.equal([
      ['customers', undefined],
      ['customers', String(kept)],
    ]);
    expect(await plan(w)).to.equal(0);
    expect(lastSummary(w)['skipped']).to.deep.equal({ opted_out: 1 });
  });

  it('counts a row that it cannot read and names it, and takes the others', async () => {
    const w = world();
    const headers = { 'content-type': 'application/json', 'x-wp-total': '2', 'x-wp-totalpages': '1' };
    const rows = [{ id: 8.5 }, { id: 7, email: 'a@shop.example', billing: { phone: ANA }, meta_data: [] }];
    w.shop.faults.next(
      { status: 200, headers, body: JSON.stringify(rows) },
      { when: ({ path }) => path.endsWith('/customers') },
    );
    await doSync(w);
    expect(logged(w, LEFT_OUT)).to.have.length(1);
    expect(logged(w, LEFT_OUT)[0]).to.include({ level: 'warn', account: 8.5 });
  });

  it('warns once a day when the key may not read customers, and the rest goes on', async () => {
    const w = world();
    w.order(ANA, 70);
    const body = JSON.stringify({ code: 'woocommerce_rest_cannot_view', message: 'Sorry, you cannot list resources.' });
    const denied = { status: 403, headers: { 'content-type': 'application/json' }, body };
    w.shop.faults.next(denied, { times: 4, when: ({ path }) => path.endsWith('/customers') });
    expect(await doSync(w)).to.deep.equal({ accounts: 0, malformed: 0, removed: 0 });
    w.clock.set(w.clock.now() + HOUR);
    await doSync(w);
    expect(logged(w, DENIED)).to.have.length(1);
    expect(await plan(w)).to.equal(1);
    w.clock.set(w.clock.now() + DAY);
    await doSync(w);
    expect(logged(w, DENIED)).to.have.length(2);
  });

  describe('consent in accounts', () => {
    it('a no of any account with the phone, or that ordered with it, outweighs every yes', async () => {
      const w = world();
      w.app.reconfigure(w.settings(WITH_KEY));
      register(w, { billing: billing(ANA), meta: says('yes') });
      register(w, { billing: billing(ANA), meta: says('no') });
      const customerId = register(w, { meta: says('no') });
      const productId = w.shop.addProduct({ name: 'Bowl', price: '5.00' });
      const at = w.clock.now() - 70 * DAY;
      w.shop.placeOrder({
        customerId,
        billing: billing(EVA),
        items: [{ productId }],
        status: 'completed',
        createdAt: at,
      });
      w.order(ANA, 70);
      await grant(w, ANA, EVA);
      await doSync(w);
      expect(await plan(w)).to.equal(0);
      expect(lastSummary(w)['skipped']).to.deep.equal({ opted_out: 2 });
      expect((await w.app.explain(ANA)).consent).to.include({ granted: false, source: 'account', account: false });
    });

    it('a yes is enough where no order says anything', async () => {
      const w = world();
      w.app.reconfigure(w.settings(WITH_KEY));
      for (const phone of [ANA, EVA]) register(w, { billing: billing(phone), meta: says('1') });
      w.order(ANA, 70, { consent: null });
      w.order(EVA, 70, { consent: false });
      await doSync(w);
      expect(await plan(w)).to.equal(1);
      expect(await typesByPhone(w)).to.have.keys(ANA);
    });

    it('that is withdrawn in an account is seen within shop.reconcile_days', async () => {
      const w = world();
      w.app.reconfigure(w.settings(WITH_KEY));
      const id = register(w, { billing: billing(ANA), meta: says('yes') });
      w.order(ANA, 70);
      await doSync(w);
      w.shop.setCustomer(id, { meta: says('no') });
      await doSync(w);
      expect(await plan(w)).to.equal(0);
      expect(lastSummary(w)['skipped']).to.deep.equal({ opted_out: 1 });
    });

    it('is waited for before anybody is planned, where keys are configured and only there', async () => {
      const w = world();
      w.order(ANA, 70);
      w.app.reconfigure(w.settings(WITH_KEY));
      expect(await plan(w)).to.include({ success: false });
      const [job] = await w.app.actions({ hook: HOOKS.processCampaigns });
      expect(job).to.include({ status: 'pending', reason: 'mirror_not_ready' });
      await doSync(w);
      w.clock.set(job!.scheduledAt);
      await w.app.runDue([HOOKS.processCampaigns]);
      expect(await typesByPhone(w)).to.have.keys(ANA);
    });

    it('is read anew by every account when the keys change; what the old keys said does not stand', async () => {
      const w = world();
      w.app.reconfigure(w.settings(WITH_KEY));
      register(w, { billing: billing(ANA), meta: says('yes') });
      w.order(ANA, 70, { consent: null });
      await doSync(w);
      w.app.reconfigure(w.settings());
      expect(await plan(w)).to.include({ success: false });
      await doSync(w);
      expect((await customersOf(w.database, [ANA])).get(ANA)?.accountConsent).to.equal(null);
    });

    it('is read by hand with the orders', async () => {
      const w = world();
      w.app.reconfigure(w.settings(WITH_KEY));
      w.order(ANA, 70);
      await w.app.sync();
      expect(await plan(w)).to.equal(1);
    });
  });
});
