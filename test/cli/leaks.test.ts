import { expect } from 'chai';
import { recordConsent } from '../../src/db/consent.js';
import { DAY, HOUR, MINUTE } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import type { HttpAnswer } from '../../src/sandbox/http-faults.js';
import { graphErrorAnswer, jsonAnswer } from '../../src/sandbox/whatsapp/graph-error.js';
import { ERROR_TABLE } from '../../src/whatsapp/error-table.js';
import {
  checkStock,
  deleteCoupons,
  grant,
  opensWindow,
  plan,
  queueSend,
  sees,
  sendDue,
  sendNow,
} from '../jobs/support.js';
import { useDatabase } from '../support/database.js';
import { NOON, useWorld, type World } from '../support/world.js';
import { everythingWritten, leaksIn, secretsOf } from './leaks-support.js';
import { closedPort, useCli } from './support.js';

const SEND = HOOKS.sendMessage;
/** No two share a national number with anything else that is written. */
const phones = Array.from({ length: 80 }, (_, index) => `+346557${String(31_000 + index * 7)}`);
const [ANA = '', EVA = '', LUZ = '', MAR = '', PAU = ''] = phones;
const US = '+14155550173';
const ALL = [...phones, US];

const JSON_200 = (body: unknown): HttpAnswer => jsonAnswer(body, 200, { 'x-wp-total': '2', 'x-wp-totalpages': '1' });
/** Orders that are none, with phones wherever a shop or a plugin may put one. */
const oddOrders = (phone: string) => {
  const row = { id: 7_000, status: 'completed', date_created_gmt: '2026-02-01T10:00:00', billing: { phone } };
  return JSON_200([
    { ...row, currency: phone, total: phone },
    { ...row, id: 7_001, currency: 'EUR', total: `call ${phone}`, billing: { phone, first_name: phone, email: phone } },
    { ...row, id: phone, currency: 'EUR', total: '5.00' },
    { ...row, id: 7_002, status: phone, currency: phone.slice(1), total: '5.00', date_created_gmt: phone.slice(1) },
    { ...row, id: 7_003, currency: 'EUR', total: '5.00', meta_data: [{ key: '_wa_consent', value: phone }] },
  ]);
};

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
    expect(leaksIn(text, { secrets: secretsOf(w.shop, w.whatsapp, database), phones: ALL })).to.deep.equal([]);
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

describe('the output of the program shows no secret and no whole phone', function () {
  this.timeout(60_000);
  const database = useDatabase();
  const cli = useCli(database.options);
  const WRONG_PASSWORD = 'wrong/pass"word+1';
  const WRONG_SECRET = `cs_${'f'.repeat(40)}`;
  const WRONG_TOKEN = 'EAAwrong0wrong0wrong0wrong0';
  const message = (phone: string, type = 'we_miss_you') =>
    JSON.stringify({ customer_phone: phone, campaign_type: type });
  let text = '';
  let children = 0;

  /** In this process, each with the real terminal: a process of its own takes a second. */
  const runs = async (config: string, ...commands: readonly (readonly string[])[]) => {
    for (const args of commands) {
      const written = await everythingWritten([...args, '--config', config]);
      // do_action's documented result names the whole message id: it is for the program that called it.
      text += args[0] === 'do' ? written.replace(/("message_id": ?")wamid[^"]+/, '$1') : written;
    }
  };
  const expectNothing = () => {
    const all = text + cli.written().text.slice(children);
    children = cli.written().text.length;
    text = '';
    expect(all).not.to.equal('');
    const known = secretsOf(cli().shop, cli().whatsapp, database.options());
    const secrets = [...known, WRONG_PASSWORD, WRONG_SECRET, WRONG_TOKEN];
    expect(leaksIn(all, { secrets, phones: ALL })).to.deep.equal([]);
  };

  before(async () => {
    for (const [index, phone] of phones.slice(0, 12).entries()) cli().order(phone, 90 + index);
    const decidedAt = Date.parse('2026-02-10T11:00:00Z');
    const granted = phones.slice(12, 40);
    await recordConsent(
      database(),
      granted.map((phone) => ({ phone, decision: 'grant' as const, source: `form, ${phone}`, decidedAt })),
    );
  });

  it('when it goes well, with --debug', async () => {
    const config = cli().config({ shop: { default_country: 'ES' } });
    const product = String(cli().product);
    const views = cli().write('views.csv', `phone,product,time\n${phones[20] ?? ''},${product},2026-02-10T11:00:00Z`);
    const consent = cli().write('consent.csv', `phone,decision,source\n${phones[21]?.slice(3) ?? ''},grant,form`);
    await runs(
      config,
      ['sync', '--debug'],
      ['preview'],
      ['preview', '--json'],
      ['run', `--hooks=${HOOKS.processCampaigns},${SEND}`, '--debug'],
      ['do', SEND, message(phones[12] ?? ''), '--debug'],
      ['track-view', phones[13] ?? '', product, '--debug'],
      ['consent', 'revoke', phones[14]?.slice(1) ?? '', '--source', `call from ${phones[14] ?? ''}`],
      ['views', 'import', views, '--debug'],
      ['consent', 'import', consent, '--debug'],
      ['explain', ANA],
      ['explain', ANA.slice(1), '--json'],
      ['explain', phones[14] ?? '', '--debug'],
    );
    expect(cli().whatsapp.accepted.length).to.be.greaterThan(10);
    await cli().run(config, 'sync', '--debug');
    await cli().run(config, 'preview', '--debug');
    expectNothing();
  });

  it('when vendors refuse, and quote what they were sent', async () => {
    const config = cli().config({
      shop: { default_country: 'ES', timeout_seconds: 1 },
      whatsapp: { timeout_seconds: 1 },
    });
    const { shop, whatsapp } = cli();
    const quoting = (phone: string) => `${phone} ${phone.slice(1)} ${whatsapp.accessToken} ${shop.consumerSecret}`;
    const faults = [
      ...[131000, 130429, 131056, 131049, 131050, 131026].map((code, index) =>
        graphErrorAnswer(code, { details: quoting(phones[22 + index] ?? '') }),
      ),
      'html-200',
      'reset',
      'never',
      'cut-json',
    ] as const;
    for (const [index, fault] of faults.entries()) {
      whatsapp.faults.next(fault, { handled: typeof fault === 'string' });
      await runs(config, ['do', SEND, message(phones[22 + index] ?? ''), '--debug']);
    }
    shop.faults.next(oddOrders(EVA), { when: ({ path }) => path.endsWith('/orders') });
    await runs(config, ['sync', '--debug']);
    for (const fault of ['html-200', 'html-500', '503-retry-after'] as const) {
      shop.faults.next(fault, { times: Infinity });
      await runs(config, ['sync', '--debug']);
      shop.faults.clear();
    }
    shop.faults.next(jsonAnswer({ code: 'rest_invalid', message: quoting(EVA) }, 400));
    await runs(config, ['sync', '--debug']);
    expectNothing();
  });

  it('when keys, token, password and addresses are wrong', async () => {
    const address = `http://127.0.0.1:${await closedPort()}`;
    const port = Number(new URL(address).port);
    await runs(cli().config({ whatsapp: { access_token: WRONG_TOKEN } }), [
      'do',
      SEND,
      message(phones[34] ?? ''),
      '--debug',
    ]);
    await runs(cli().config({ shop: { consumer_secret: WRONG_SECRET } }), ['sync', '--debug']);
    await runs(cli().config({ shop: { url: address } }), ['sync', '--debug'], ['track-view', LUZ.slice(3), '7']);
    await runs(cli().config({ whatsapp: { base_url: address } }), ['do', SEND, message(phones[35] ?? ''), '--debug']);
    await runs(cli().config({ database: { host: '127.0.0.1', port, socket: undefined } }), ['explain', ANA, '--debug']);
    await runs(cli().config({ database: { password: WRONG_PASSWORD } }), ['actions', '--debug'], ['start', '--debug']);
    await runs(cli().config({ database: { password: ` ${WRONG_PASSWORD}`, nmae: 'x' } }), ['start']);
    expectNothing();
  });

  it('when arguments hold phones and secrets in the wrong places', async () => {
    const config = cli().config({ shop: { default_country: 'ES' } });
    const token = cli().whatsapp.accessToken;
    const list = cli().write(
      'wrong.csv',
      ['phone,product,time', `7,${ANA},${ANA}`, `${ANA.slice(3)} x,${EVA.slice(1)},2026-02-10`, `${ANA},7`].join('\n'),
    );
    const consent = cli().write(
      'wrong2.csv',
      ['phone,decision,source', `grant,${ANA},form`, `12,grant,${EVA}`, `${ANA},"gr"ant,x`].join('\n'),
    );
    await runs(
      config,
      [ANA.slice(1)],
      ['actions', '--hook', ANA.slice(1)],
      ['actions', '--limit', ANA],
      ['actions', '--status', ANA.slice(1)],
      ['actions', 'show', ANA.slice(1)],
      ['actions', 'retry', ANA.slice(1), '--yes'],
      ['actions', '--phone', `${ANA} x`],
      ['run', `--hooks=${ANA},${SEND}`],
      ['run', '--hooks', ANA.slice(3)],
      ['do', ANA],
      ['do', SEND, ANA],
      ['do', SEND, `{"customer_phone": ${ANA}}`],
      ['do', SEND, message(ANA.slice(1), EVA.slice(1)), '--debug'],
      ['do', SEND, JSON.stringify({ to: ANA.slice(1), campaign_type: ANA.slice(3) }), '--debug'],
      ['track-view', '7', ANA],
      ['track-view', `${ANA}99999`, String(cli().product)],
      ['consent', 'grant', ANA],
      ['consent', 'grant', `${ANA.slice(1)}00000`, '--source', 'form'],
      ['explain', `${ANA} and ${EVA}`],
      ['explain', ANA, EVA.slice(1)],
      ['preview', '--limit', ANA.slice(3)],
      ['preview', '--type', ANA.slice(1)],
      ['next', ANA.slice(1)],
      ['settings', 'get', ANA.slice(1)],
      ['settings', 'get', 'whatsapp'],
      ['settings', 'list'],
      ['settings', 'list', '--json'],
      ['settings', 'set', 'whatsapp.access_token', `"${token}`],
      ['settings', 'set', 'shop.consumer_secret', WRONG_SECRET],
      ['settings', 'set', 'reengagement.weekly_cap', WRONG_SECRET],
      ['analytics', '--days', ANA.slice(1)],
      ['views', 'import', list],
      ['consent', 'import', consent, '--debug'],
      ['sync', `--phone=${ANA}`],
      ['sync', ANA.slice(3)],
    );
    expectNothing();
  });

  it('when it crashes, with --debug', async () => {
    const { shop, whatsapp } = cli();
    const secrets = `${shop.consumerSecret} Bearer ${whatsapp.accessToken} ${database.options().password}`;
    const fault = `process.on('SIGUSR2', () => {
      const error = new Error('lost ${ANA} ${secrets}');
      error.config = { headers: { Authorization: 'Bearer ${whatsapp.accessToken}' }, data: '${EVA}' };
      void Promise.reject(Object.assign(new TypeError('outer ${EVA}'), { cause: error }));
    });`;
    const hook = `data:text/javascript,${encodeURIComponent(fault)}`;
    const daemon = cli().start(cli().config({ log: { level: 'debug' } }), '--import', hook);
    await daemon.logged('Started');
    daemon.child.kill('SIGUSR2');
    expect((await daemon.ended).code).to.equal(70);
    expectNothing();
  });

  it('when all that is looked at afterwards', async () => {
    const config = cli().config({ shop: { default_country: 'ES' } });
    const listed = await cli().run(config, 'actions', '--json', '--limit', '200');
    const ids = (JSON.parse(listed.out) as { id: number }[]).map(({ id }) => String(id));
    await runs(
      config,
      ['actions', '--limit', '200'],
      ['actions', 'show', ids.at(-1) ?? '1'],
      ['actions', 'show', ids[0] ?? '1', '--json'],
      ['actions', '--phone', ANA, '--json'],
      ['analytics'],
      ['analytics', '--json'],
      ['next'],
      ['explain', phones[22] ?? ''],
      ['explain', phones[26] ?? '', '--json'],
    );
    expectNothing();
  });

  it('on any line of the daemon, which are JSON with timestamp, level, category and message', async () => {
    const daemon = cli().start(cli().config({ queue: { poll_seconds: 1 } }), '--no-warnings');
    await daemon.logged('Started');
    daemon.child.kill('SIGTERM');
    const { code, out, err } = await daemon.ended;
    expect({ code, err }).to.deep.equal({ code: 0, err: '' });
    for (const line of out.trimEnd().split('\n')) {
      const { timestamp, ...rest } = JSON.parse(line) as Record<string, unknown>;
      expect(timestamp).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(rest).to.include.keys('level', 'message').and.to.include({ category: 'reengagement' });
    }
    expectNothing();
  });
});
