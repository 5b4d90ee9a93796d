import { expect } from 'chai';
import { createApp, type App } from '../../src/app.js';
import { recordConsent } from '../../src/db/consent.js';
import { configSchema } from '../../src/config/schema.js';
import { createLogger } from '../../src/lib/logger.js';
import { PassThrough } from 'node:stream';
import { useDatabase } from '../support/database.js';
import { useCli, wholePhones } from './support.js';

const SEND = 'wch_send_reengagement_message';
const PHONES = ['+34600111221', '+34600111222', '+34600111223', '+34600111224', '+34600111225', '+34600111226'];
const [ANA = '', EVA = '', LUZ = '', MAR = '', PAU = '', SOL = ''] = PHONES;

/** The daemon looks at the journal every second. */
const QUICK = { queue: { poll_seconds: 1 } };

describe('reengaged start', function () {
  this.timeout(60_000);
  const database = useDatabase();
  const cli = useCli(database.options);
  let app: App;

  before(async () => {
    const logger = createLogger({ level: 'error', format: 'json', stream: new PassThrough() });
    app = createApp({ config: configSchema.parse(cli().settings()), logger });
    const decidedAt = Date.parse('2026-02-10T11:00:00Z');
    await recordConsent(
      database(),
      PHONES.map((phone) => ({ phone, decision: 'grant' as const, source: 'form', decidedAt })),
    );
  });
  after(() => app.stop());

  /** Puts a message into the journal, as another process would. */
  const queueMessage = (phone: string) =>
    app.queue.dispatch(SEND, { customer_phone: phone, campaign_type: 'we_miss_you' });
  const sentTo = () => cli().whatsapp.accepted.map(({ to }) => to);
  const endings = async () => {
    const rows = await app.actions({ hook: SEND });
    return rows.map(({ status, result }) => `${status} ${JSON.stringify(result)}`);
  };

  it('sends what is queued, and lets what is under way end after SIGTERM', async () => {
    await queueMessage(ANA);
    cli().whatsapp.faults.next({ slow: 300 });
    const daemon = cli().start(cli().config(QUICK));
    await cli().whatsapp.waitForAccepted(1);
    daemon.child.kill('SIGTERM'); // while WhatsApp still keeps its answer
    const { code, out, err } = await daemon.ended;
    expect({ code, err }).to.deep.equal({ code: 0, err: '' });
    expect(sentTo()).to.deep.equal([ANA]);
    expect(await endings()).to.deep.equal([
      `complete ${JSON.stringify({ success: true, message_id: cli().whatsapp.accepted[0]?.id })}`,
    ]);
    expect(JSON.parse(out.trimEnd().split('\n').at(-1) ?? '')).to.include({ level: 'info', message: 'Stopped' });
  });

  it('takes a changed configuration up while it runs, and keeps the last good one', async () => {
    const disabled = { ...QUICK, reengagement: { enabled: false } };
    const config = cli().config(disabled);
    const daemon = cli().start(config);
    const skipped = await queueMessage(EVA);
    await untilEnded(skipped);
    expect((await endings()).at(-1)).to.contain('Reengagement is disabled');

    cli().rewrite(config, cli().settings(QUICK));
    expect(await daemon.logged('The configuration has changed')).to.deep.include({ changed: ['reengagement.enabled'] });
    await queueMessage(LUZ);
    await cli().whatsapp.waitForAccepted(2);

    cli().rewrite(config, cli().settings({ ...disabled, whatsapp: { concurrency: 'many' } }));
    const refused = await daemon.logged('The configuration file cannot be used');
    expect(refused).to.include({ level: 'error' });
    expect(JSON.stringify(refused)).to.contain('whatsapp.concurrency: found');
    await queueMessage(MAR);
    await cli().whatsapp.waitForAccepted(3);

    cli().rewrite(config, cli().settings({ ...QUICK, database: { pool_size: 3 } }));
    expect(await daemon.logged('These settings take effect')).to.deep.include({ changed: ['database.pool_size'] });
    daemon.child.kill('SIGHUP');
    await daemon.logged('Reading the configuration again');
    daemon.child.kill('SIGINT');
    expect((await daemon.ended).code).to.equal(0);
    expect(sentTo()).to.deep.equal([ANA, LUZ, MAR]);
  });

  it('ends at once at the second signal', async () => {
    cli().whatsapp.faults.next('never', { handled: true });
    await queueMessage(PAU);
    const daemon = cli().start(cli().config(QUICK));
    await cli().whatsapp.waitForAccepted(4);
    daemon.child.kill('SIGTERM');
    await daemon.logged('Stopping');
    daemon.child.kill('SIGTERM');
    expect((await daemon.ended).code).to.equal(143);
  });

  it('logs an error that nobody expected, and ends with 70', async () => {
    const fault = `process.on('SIGUSR2', () => { void Promise.reject(new Error('lost ${SOL}')); });`;
    const daemon = cli().start(cli().config(), '--import', `data:text/javascript,${encodeURIComponent(fault)}`);
    await daemon.logged('Started');
    daemon.child.kill('SIGUSR2');
    const { code, out, err } = await daemon.ended;
    expect(code).to.equal(70);
    expect(out).to.contain('"message":"lost ***226"');
    expect(err).to.equal('');
  });

  it('shows no secret and no whole phone', () => {
    const { text, secrets } = cli.written();
    for (const secret of secrets) expect(text).not.to.contain(secret);
    expect(wholePhones(text)).to.deep.equal([]);
  });

  /** The journal tells nobody; it is asked again until the action has ended. */
  async function untilEnded(id: number | null): Promise<void> {
    for (;;) {
      const row = (await app.actions({ hook: SEND })).find((action) => action.id === id);
      if (row?.status === 'complete' || row?.status === 'failed') return;
    }
  }
});
