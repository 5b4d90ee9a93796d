import { expect } from 'chai';
import { DAY, HOUR, MINUTE } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { graphErrorAnswer, jsonAnswer } from '../../src/sandbox/whatsapp/graph-error.js';
import { ERROR_TABLE } from '../../src/whatsapp/error-table.js';
import {
  ALL_PHONES,
  ANA,
  EVA,
  JSON_200,
  leaksIn,
  LUZ,
  MAR,
  oddOrders,
  PAU,
  phones,
  secretsOf,
  US,
} from '../cli/leaks-support.js';
import { NOON, useWorld, type World } from '../support/world.js';
import { checkStock, deleteCoupons, grant, opensWindow, plan, queueSend, sees, sendDue, sendNow } from './support.js';

const SEND = HOOKS.sendMessage;

describe('the log of everything that can happen shows no secret and no whole phone', function () {
  this.timeout(60_000);
  const world = useWorld({
    whatsapp: { messages_per_second: 1_000, timeout_seconds: 1 },
    shop: { timeout_seconds: 1 },
  });

  const expectNothing = (w: World) => {
    const { database } = w.settings();
    expect(w.log.length).to.be.greaterThan(0);
    const text = w.log.map((line) => JSON.stringify(line)).join('\n');
    expect(leaksIn(text, { secrets: secretsOf(w.shop, w.whatsapp, database), phones: ALL_PHONES })).to.deep.equal([]);
  };
  /** What a vendor says back may quote what it was sent. */
  const quoting = (w: World, phone: string) =>
    `${phone} ${phone.slice(1)} ${phone.slice(3)} Bearer ${w.whatsapp.accessToken} ${w.shop.consumerKey} ${w.shop.consumerSecret}`;
  const shopSays = (w: World, status: number, phone: string) =>
    jsonAnswer(
      { code: 'woocommerce_rest_invalid', message: quoting(w, phone), data: { params: quoting(w, phone) } },
      status,
    );

  it('when it goes well: campaigns, coupons, stock, views, texts', async () => {
    const w = world();
    const product = w.shop.addProduct({
      name: 'Red cup',
      price: '9.00',
      stockStatus: 'outofstock',
      createdAt: NOON - DAY,
    });
    w.order(ANA, 90);
    w.order(EVA, 90, { total: '900.00' });
    await grant(w, LUZ, MAR);
    await sees(w, LUZ, product, { source: null });
    await w.app.trackView(MAR, product);
    await plan(w);
    await checkStock(w);
    w.shop.setStock(product, 'instock');
    w.clock.set(NOON + HOUR);
    await checkStock(w);
    await opensWindow(w, MAR, 5);
    await sendDue(w);
    await deleteCoupons(w);
    expect(w.whatsapp.accepted.length).to.be.greaterThan(2);
    expectNothing(w);
  });

  it('whatever Meta refuses, and quotes', async () => {
    const w = world();
    const codes = Object.keys(ERROR_TABLE).map(Number);
    for (const [index, code] of codes.entries()) {
      const phone = phones[index] ?? '';
      await grant(w, phone);
      w.whatsapp.faults.next(graphErrorAnswer(code, { details: quoting(w, phone) }));
      await queueSend(w, phone);
      await sendDue(w);
      // What one code has halted must not keep the next from being met.
      w.app.reconfigure(w.settings());
    }
    expect(w.whatsapp.attempts).to.be.at.least(codes.length);
    expectNothing(w);
  });

  it('when there is no clear answer, and when something else answers', async () => {
    const w = world();
    const page = (phone: string) => ({ status: 500, headers: {}, body: `<title>${quoting(w, phone)}</title>` });
    const faults = [
      'never',
      'reset',
      'cut-json',
      'html-200',
      'html-500',
      page(ANA),
      JSON_200({ messages: ANA }),
    ] as const;
    for (const [index, fault] of faults.entries()) {
      const phone = phones[index] ?? '';
      await grant(w, phone);
      w.whatsapp.faults.next(fault, { handled: true });
      await sendNow(w, phone);
      w.app.reconfigure(w.settings());
    }
    w.whatsapp.templateFaults.next(graphErrorAnswer(190, { details: quoting(w, ANA) }), { times: Infinity });
    w.app.reconfigure(w.settings());
    await grant(w, PAU);
    await queueSend(w, PAU);
    await sendDue(w);
    expectNothing(w);
  });

  it('when the shop refuses, breaks, or holds phones in odd places', async () => {
    const w = world();
    for (const phone of [ANA, EVA]) w.order(phone, 90);
    const orders = { when: ({ path }: { path: string }) => path.endsWith('/orders') };
    w.shop.faults.next(oddOrders(ANA), orders);
    await w.app.queue.doAction(HOOKS.syncShop);
    for (const status of [400, 401, 403, 404]) {
      w.shop.faults.next(shopSays(w, status, EVA), orders);
      await w.app.queue.doAction(HOOKS.syncShop).catch(() => undefined);
      w.clock.set(w.clock.now() + 15 * MINUTE);
      await w.app.runDue();
    }
    await grant(w, LUZ, MAR);
    w.shop.faults.next(shopSays(w, 400, LUZ), { when: ({ path }) => path.endsWith('/coupons'), times: Infinity });
    await sendNow(w, LUZ, 'loyalty_reward');
    w.shop.faults.next(shopSays(w, 401, MAR), { when: ({ path }) => path.endsWith('/products'), times: Infinity });
    await sees(w, MAR, 4_711);
    await sendNow(w, MAR, 'back_in_stock');
    w.order(PAU, 90);
    await w.app.queue.doAction(HOOKS.processCampaigns).catch(() => undefined);
    expectNothing(w);
  });

  it('when payloads hold phones wherever they should not', async () => {
    const w = world();
    const payloads: unknown[] = [
      { customer_phone: ANA.slice(1), campaign_type: EVA.slice(1) },
      { customer_phone: Number(ANA.slice(1)), campaign_type: 'we_miss_you' },
      { customer_phone: [ANA], campaign_type: { phone: ANA } },
      { customer_phone: `${ANA} x`, campaign_type: 'we_miss_you' },
      { customer_phone: US, campaign_type: 'we_miss_you', [EVA.slice(1)]: EVA },
      {
        _wch_version: 2,
        args: { customer_phone: `0034${ANA.slice(3)}`, campaign_type: ANA },
        _wch_meta: { source: EVA },
      },
      [ANA, EVA.slice(1)],
      ANA,
    ];
    await grant(w, US);
    for (const payload of payloads) await w.app.queue.doAction(SEND, payload);
    expectNothing(w);
  });

  it('when the database breaks after a message was sent', async () => {
    const w = world();
    await grant(w, ANA);
    await queueSend(w, ANA);
    const table = `${w.database.prefix}reengagement_actions`;
    const rename = (from: string, to: string) =>
      w.database.query((orm) => orm.execute(`RENAME TABLE \`${from}\` TO \`${to}\``));
    let away: Promise<unknown> | undefined;
    w.whatsapp.onAccepted(() => {
      away = rename(table, `${table}_away`);
    });
    w.whatsapp.faults.next({ slow: 300 });
    const sent = sendDue(w);
    while (!w.log.some(({ message }) => message === 'The outcome of an action could not be written yet'))
      await w.database.ping();
    await away;
    await rename(`${table}_away`, table);
    await w.clock.advance(MINUTE);
    await sent;
    expectNothing(w);
  });
});
