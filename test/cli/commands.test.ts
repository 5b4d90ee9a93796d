import { expect } from 'chai';
import { newestConsent, recordConsent } from '../../src/db/consent.js';
import { dropTables, freshPrefix, useDatabase, useServer } from '../support/database.js';
import { closedPort, useCli, wholePhones, type Written } from './support.js';

/** A process takes a second or two to begin, and more on a busy machine. */
const MANY_CHILDREN_MS = 60_000;

const ANA = '+34600111222';
const EVA = '+34600111333';

function expectNothingShown({ text, secrets }: Written): void {
  for (const secret of secrets) expect(text).not.to.contain(secret);
  expect(wholePhones(text)).to.deep.equal([]);
}

describe('reengaged migrate', function () {
  this.timeout(MANY_CHILDREN_MS);
  const server = useServer();
  const prefix = freshPrefix();
  const options = () => ({ ...server().schema, tablePrefix: prefix });
  const cli = useCli(options);
  after(() => dropTables(options()));

  const tables = () =>
    server().admin(
      `SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = '${server().schema.name}' AND TABLE_NAME LIKE '${prefix.replaceAll('_', '\\_')}%'`,
    );

  it('prints with --dry-run what it would run, and changes nothing', async () => {
    const { code, out } = await cli().run(cli().config(), 'migrate', '--dry-run');
    expect(code).to.equal(0);
    expect(out).to.contain(`CREATE TABLE \`${prefix}reengagement_log\``);
    expect(out).to.match(/-- \d+ statements would be run\.\n$/);
    expect(await tables()).to.have.length(0);
  });

  it('is what start asks for while the tables are not those of this release', async () => {
    const { code, out, err } = await cli().run(cli().config(), 'start');
    expect(code).to.equal(78);
    expect(err).to.equal('error: The tables do not exist yet.\nRun reengaged migrate.\n');
    expect(out).not.to.contain('Started');
  });

  it('makes the tables, and has nothing to do a second time', async () => {
    const config = cli().config();
    const first = await cli().run(config, 'migrate');
    expect(first.out).to.match(/^\d+ statements run: the tables are now those of this release\.\n$/);
    expect(await tables()).not.to.have.length(0);
    const second = await cli().run(config, 'migrate');
    expect(second.out).to.equal('Nothing to do: the tables are those of this release.\n');
  });

  it('shows no secret', () => {
    expectNothingShown(cli.written());
  });
});

describe('a command that cannot be done', function () {
  this.timeout(MANY_CHILDREN_MS);
  const database = useDatabase();
  const cli = useCli(database.options);
  const WRONG_PASSWORD = 'wrong-password-1';
  const WRONG_SECRET = `cs_${'f'.repeat(40)}`;

  it('tells all faults of the configuration at once and ends with 78', async () => {
    const config = cli().config({
      reengagement: { enabled: 'yes', inactivity_treshold: 60 },
      queue: { poll_seconds: 0 },
    });
    const { code, err } = await cli().run(config, 'start');
    expect(code).to.equal(78);
    expect(err).to.contain('3 faults');
    expect(err).to.contain('reengagement.enabled: found "yes" (string); wanted true or false');
    expect(err).to.contain('did you mean inactivity_threshold?').and.to.contain('queue.poll_seconds');
  });

  it('ends with 69 while the database cannot be reached, and with 77 when it refuses the password', async () => {
    const unreachable = cli().config({ database: { host: '127.0.0.1', port: await closedPort() } });
    const denied = cli().config({ database: { password: WRONG_PASSWORD } });
    const [down, refused] = await Promise.all([cli().run(unreachable, 'start'), cli().run(denied, 'start')]);
    expect(down.code).to.equal(69);
    expect(down.err).to.contain('Check database.host');
    expect(refused.code).to.equal(77);
    expect(refused.err).to.contain('Check database.user and database.password');
  });

  it('ends with 69 while the shop cannot be reached, and with 77 when it refuses the keys', async () => {
    const unreachable = cli().config({ shop: { url: `http://127.0.0.1:${await closedPort()}` } });
    const denied = cli().config({ shop: { consumer_secret: WRONG_SECRET } });
    const [down, refused] = await Promise.all([cli().run(unreachable, 'sync'), cli().run(denied, 'sync')]);
    expect(down.code).to.equal(69);
    expect(down.err)
      .to.contain('Check shop.url')
      .and.not.to.match(/\n +at /);
    expect(refused.code).to.equal(77);
    expect(refused.err).to.contain('Check shop.consumer_key');
  });

  it('shows no secret, not the wrong ones either', () => {
    const { text, secrets } = cli.written();
    expectNothingShown({ text, secrets: [...secrets, WRONG_PASSWORD, WRONG_SECRET] });
  });
});

describe('the commands', function () {
  this.timeout(MANY_CHILDREN_MS);
  const database = useDatabase();
  const cli = useCli(database.options);
  const SEND = 'wch_send_reengagement_message';
  const message = (phone: string) => JSON.stringify({ customer_phone: phone, campaign_type: 'we_miss_you' });
  let config = '';
  before(() => {
    config = cli().config({ shop: { default_country: 'ES' } });
    cli().order(ANA, 90);
    cli().order(EVA, 100);
  });

  it('sync reads the orders', async () => {
    expect(await cli().run(config, 'sync')).to.include({ code: 0, out: '2 orders read.\n' });
  });

  it('do prints the documented count', async () => {
    const { code, out } = await cli().run(config, 'do', 'wch_process_reengagement_campaigns');
    expect({ code, out }).to.deep.equal({ code: 0, out: '2\n' });
  });

  it('run drains what is due, and gives the documented count of a recurring job', async () => {
    const { code, out } = await cli().run(config, 'run', `--hooks=${SEND},wch_check_back_in_stock`);
    expect(out).to.equal(`${SEND}: 2 accepted\nwch_check_back_in_stock: 0\n`);
    expect(code).to.equal(0);
    expect(cli().whatsapp.accepted.map(({ to }) => to)).to.have.members([ANA, EVA]);
  });

  it('do prints the documented failure and ends with 1', async () => {
    const { code, out } = await cli().run(config, 'do', SEND, message(ANA));
    expect(JSON.parse(out)).to.deep.equal({ success: false, error: 'Frequency cap reached' });
    expect(code).to.equal(1);
  });

  it('consent grant lets do send, and do prints the documented success', async () => {
    const granted = await cli().run(config, 'consent', 'grant', '600 111 555', '--source', 'form at the till');
    expect(granted).to.include({ code: 0, out: 'Noted: ***555, grant (form at the till).\n' });
    const { code, out } = await cli().run(config, 'do', SEND, message('+34600111555'));
    expect(JSON.parse(out)).to.deep.equal({ success: true, message_id: cli().whatsapp.accepted.at(-1)?.id });
    expect(code).to.equal(0);
  });

  it('do tells of an expired token, and the message waits', async () => {
    const decidedAt = Date.parse('2026-02-10T11:00:00Z');
    await recordConsent(database(), [{ phone: '+34600111666', decision: 'grant', source: 'form', decidedAt }]);
    const expired = cli().config({ whatsapp: { access_token: 'EAAexpiredexpiredexpired' } });
    const { code, out, err } = await cli().run(expired, 'do', SEND, message('+34600111666'));
    expect(code).to.equal(1);
    expect(out).to.contain('"success":false').and.to.contain('190');
    expect(err + out).not.to.contain('EAAexpired');
  });

  it('actions shows the queue within 80 columns, and of phones the last digits', async () => {
    const [{ out }, waiting] = await Promise.all([
      cli().run(config, 'actions', '--group', 'wch'),
      cli().run(config, 'actions', '--hook', SEND, '--status', 'pending', '--json'),
    ]);
    expect(Math.max(...out.split('\n').map((line) => line.length))).to.equal(80);
    expect(out).to.contain('***222 we_miss_you').and.to.contain('Frequency cap reached');
    expect(out).to.match(/In all: .*complete/);
    const rows = JSON.parse(waiting.out) as { args: { args: object } }[];
    expect(rows.map((row) => row.args.args)).to.deep.equal([
      { customer_phone: '***666', campaign_type: 'we_miss_you' },
    ]);
  });

  it('track-view notes what somebody looks at, and refuses what is no phone and no product', async () => {
    const product = String(cli().product);
    const [noted, noPhone, noProduct] = await Promise.all([
      cli().run(config, 'track-view', '600 111 222', product),
      cli().run(config, 'track-view', '12', product),
      cli().run(config, 'track-view', ANA, '424242'),
    ]);
    expect(noted).to.include({ code: 0, out: 'Noted: Plain cup (10.00, in stock).\n' });
    expect(noPhone.code).to.equal(64);
    expect(noPhone.err).to.contain('such as +34 600 111 222');
    expect(noProduct.err).to.contain('The shop has no product 424242');
  });

  it('show no secret and no whole phone', () => {
    expectNothingShown(cli.written());
  });
});

describe('reengaged consent import', function () {
  this.timeout(MANY_CHILDREN_MS);
  const database = useDatabase();
  const cli = useCli(database.options);
  const HEADER = 'phone,decision,source,decided_at';
  const ledger = async () => {
    const rows = await database().query((orm) => orm.select().from(database().tables.consent));
    return rows.map(({ phone, decision, decidedAt }) =>
      [phone, decision, decidedAt.toISOString().slice(0, 10)].join(' '),
    );
  };
  const importList = (config: string, lines: readonly string[]) =>
    cli().run(config, 'consent', 'import', cli().write('list.csv', [HEADER, ...lines].join('\r\n')));

  it('names every wrong line and writes none of the list', async () => {
    const lines = [
      '600 111 222,grant,form,2026-02-09',
      '12,grant,form,',
      '600 111 333,perhaps,form,',
      '600 111 444,revoke,,',
    ];
    const { code, err } = await importList(cli().config({ shop: { default_country: 'ES' } }), lines);
    expect(code).to.equal(65);
    expect(err).to.contain('list.csv has 3 faults:\n  line 3: this is no phone number; write it with plus');
    expect(err).to.contain('  line 4: the decision has to be grant or revoke\n  line 5: the source is missing\n');
    expect(err).to.contain('Nothing was written');
    expect(await ledger()).to.deep.equal([]);
  });

  it('does not guess which of a yes and a no without times holds', async () => {
    const config = cli().config({ shop: { default_country: 'ES' } });
    const { code, err } = await importList(config, ['600 111 222,revoke,shop,', '+34600111222,grant,shop,2026-02-09']);
    expect(code).to.equal(65);
    expect(err).to.contain('has 1 fault:\n  line 2: another line of this number says the opposite');
    expect(await ledger()).to.deep.equal([]);
  });

  it('takes only numbers with their country code while the shop, which knows the country, is down', async () => {
    const config = cli().config({ shop: { url: `http://127.0.0.1:${await closedPort()}` } });
    const { code, err } = await importList(config, ['+34600111222,grant,form,', '600 111 333,grant,form,']);
    expect(code).to.equal(65);
    expect(err)
      .to.contain('has 1 fault:\n  line 3: ')
      .and.to.contain('the shop, which would tell the country, does not answer');
  });

  it('writes a list once, however often it is imported, and what was revoked since stays so', async () => {
    const config = cli().config({ shop: { default_country: 'ES' } });
    const lines = [
      '600 111 222,grant,form,2026-02-09',
      '600 111 333,grant,"form, page 2",',
      '600 111 222,grant,form,2026-02-09',
    ];
    const first = await importList(config, lines);
    expect(first).to.include({ code: 0, out: '2 decisions noted; 1 was known already.\n' });
    await cli().run(config, 'consent', 'revoke', '600 111 333', '--source', 'STOP');
    const second = await importList(config, [...lines, '600 111 333,grant,older list,2026-02-09']);
    expect(second).to.include({ code: 0, out: '1 decision noted; 3 were known already.\n' });
    const entries = await ledger();
    expect(entries).to.have.length(4);
    expect(entries[0]).to.equal('+34600111222 grant 2026-02-09');
    expect(entries[2]).to.match(/^\+34600111333 revoke /);
    const newest = await newestConsent(database(), ['+34600111333']);
    expect(newest.get('+34600111333')).to.deep.equal({ decision: 'revoke', source: 'STOP' });
  });

  it('shows no secret and no whole phone', () => {
    expectNothingShown(cli.written());
  });
});
