import { expect } from 'chai';
import { recordConsent } from '../../src/db/consent.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { graphErrorAnswer, jsonAnswer } from '../../src/sandbox/whatsapp/graph-error.js';
import { useDatabase } from '../support/database.js';
import {
  ALL_PHONES,
  ANA,
  EVA,
  everythingWritten,
  leaksIn,
  LUZ,
  oddOrders,
  phones,
  secretsOf,
} from './leaks-support.js';
import { closedPort, useCli } from './support.js';

const SEND = HOOKS.sendMessage;

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
    expect(leaksIn(all, { secrets, phones: ALL_PHONES })).to.deep.equal([]);
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
