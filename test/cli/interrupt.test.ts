import { sql } from 'drizzle-orm';
import { expect } from 'chai';
import { createConnection } from 'mysql2/promise';
import { insertActions } from '../../src/db/actions.js';
import { recordConsent } from '../../src/db/consent.js';
import { SECOND } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { newAction } from '../../src/queue/action.js';
import { useDatabase, useServer } from '../support/database.js';
import { useCli } from './support.js';

const SEND = HOOKS.sendMessage;
const STOPPING = 'Stopping: what is under way ends or is taken back; another signal stops it at once.\n';
const LONG_AGO = Date.parse('2026-02-10T11:00:00Z');
/** Standard error without the log and the progress. */
const saidOf = (err: string) =>
  err
    .split('\n')
    .filter((line) => !/^(?:\{"timestamp"|Read |Noted )/.test(line))
    .join('\n');
const phoneOf = (number: number) => `+34600${String(number).padStart(6, '0')}`;

describe('a command that is interrupted', function () {
  this.timeout(60_000);
  const server = useServer();
  const database = useDatabase();
  const cli = useCli(database.options);
  let first = 0;

  beforeEach(async () => {
    for (const table of Object.values(database().tables)) await database().query((orm) => orm.delete(table));
  });
  afterEach(() => {
    cli().whatsapp.faults.clear();
    cli().shop.faults.clear();
  });

  /** Messages for as many people, none of whom has one from another test. */
  async function queueMessages(count: number): Promise<string[]> {
    const phones = Array.from({ length: count }, () => phoneOf((first += 1)));
    await recordConsent(
      database(),
      phones.map((phone) => ({ phone, decision: 'grant' as const, source: 'form', decidedAt: LONG_AGO })),
    );
    const send = (phone: string) => newAction(SEND, { customer_phone: phone, campaign_type: 'we_miss_you' }, LONG_AGO);
    await insertActions(database(), phones.map(send), LONG_AGO);
    return phones;
  }

  const FIVE_AT_ONCE = { whatsapp: { concurrency: 5 } };
  const acceptedSince = (before: number) =>
    cli()
      .whatsapp.accepted.slice(before)
      .map(({ to }) => to);
  const journal = async () => {
    const { actions } = database().tables;
    const rows = await database().query((orm) => orm.select().from(actions));
    const count = (status: string, reason?: string) =>
      rows.filter((row) => row.status === status && (reason === undefined || row.reason === reason)).length;
    return {
      accepted: count('complete', 'accepted'),
      unknown: count('complete', 'unknown'),
      pending: count('pending'),
      running: count('in-progress'),
    };
  };
  async function expireLeases(): Promise<void> {
    const { actions } = database().tables;
    const past = sql`UTC_TIMESTAMP(3) - INTERVAL 1 SECOND`;
    await database().query((orm) =>
      orm
        .update(actions)
        .set({ leaseUntil: past })
        .where(sql`status = 'in-progress'`),
    );
  }

  it('while it sends: what is under way ends, the rest is given back, and the next run sends it, once to each', async () => {
    const phones = await queueMessages(60);
    const config = cli().config(FIVE_AT_ONCE);
    const before = cli().whatsapp.accepted.length;
    cli().whatsapp.faults.next({ slow: 200 }, { times: Infinity });
    const run = cli().launch(config, 'run', `--hooks=${SEND}`);
    await cli().whatsapp.waitForAccepted(before + 7);
    run.child.kill('SIGINT');
    const { code, out, err } = await run.ended;
    expect({ code, said: saidOf(err) }).to.deep.equal({ code: 130, said: STOPPING });
    const sent = acceptedSince(before).length;
    expect(sent).to.be.within(7, 40);
    expect(await journal()).to.deep.equal({ accepted: sent, unknown: 0, pending: 60 - sent, running: 0 });
    expect(out, 'what was done is still said').to.equal(`${SEND}: ${sent} accepted\n`);

    cli().whatsapp.faults.clear();
    expect(await cli().run(config, 'run', `--hooks=${SEND}`)).to.include({ code: 0 });
    expect(acceptedSince(before)).to.have.members(phones).and.to.have.length(60);
  });

  it('begins none of the hooks that were still to come', async () => {
    await queueMessages(1);
    const before = cli().whatsapp.accepted.length;
    cli().whatsapp.faults.next({ slow: 300 });
    const run = cli().launch(cli().config(), 'run', `--hooks=${SEND},${HOOKS.pruneActions}`);
    await cli().whatsapp.waitForAccepted(before + 1);
    run.child.kill('SIGTERM');
    const { code, out, err } = await run.ended;
    expect({ code, out, said: saidOf(err) }).to.deep.equal({ code: 143, out: `${SEND}: 1 accepted\n`, said: STOPPING });
    expect(await journal()).to.include({ accepted: 1, pending: 0, running: 0 });
    const { actions } = database().tables;
    expect(await database().query((orm) => orm.select({ hook: actions.hook }).from(actions))).to.deep.equal([
      { hook: SEND },
    ]);
  });

  it('waits no longer than queue.drain_seconds, and what has no answer by then is unknown', async () => {
    const phones = await queueMessages(12);
    const config = cli().config({ ...FIVE_AT_ONCE, queue: { drain_seconds: 1 } });
    const before = cli().whatsapp.accepted.length;
    cli().whatsapp.faults.next('never', { handled: true, times: Infinity });
    const run = cli().launch(config, 'run', `--hooks=${SEND}`);
    await cli().whatsapp.waitForAccepted(before + 5);
    run.child.kill('SIGINT');
    const { code, err } = await run.ended;
    expect({ code, said: saidOf(err) }).to.deep.equal({ code: 130, said: STOPPING });
    expect(err).to.contain('Stopped while actions were still running');
    await expectTheRestSent(config, phones, before, 5);
  });

  it('a second time ends at once, and loses no message', async () => {
    const phones = await queueMessages(30);
    const config = cli().config(FIVE_AT_ONCE);
    const before = cli().whatsapp.accepted.length;
    cli().whatsapp.faults.next('never', { handled: true, times: Infinity });
    const run = cli().launch(config, 'run', `--hooks=${SEND}`);
    await cli().whatsapp.waitForAccepted(before + 5);
    run.child.kill('SIGINT');
    await run.said('Stopping');
    run.child.kill('SIGINT');
    const { code, err } = await run.ended;
    expect({ code, said: saidOf(err) }).to.deep.equal({ code: 130, said: STOPPING });
    await expectTheRestSent(config, phones, before, 5);
  });

  /** `unanswered` messages were taken and not answered; the others go out, and nobody gets two. */
  async function expectTheRestSent(config: string, phones: readonly string[], before: number, unanswered: number) {
    cli().whatsapp.faults.clear();
    await expireLeases();
    expect(await cli().run(config, 'run', `--hooks=${SEND}`)).to.include({ code: 0 });
    expect(acceptedSince(before)).to.have.members(phones).and.to.have.length(phones.length);
    expect(await journal()).to.deep.equal({
      accepted: phones.length - unanswered,
      unknown: unanswered,
      pending: 0,
      running: 0,
    });
  }

  it('while it reads the orders: whole pages are kept, and the next time goes on from there', async () => {
    for (let number = 0; number < 250; number++) cli().order(phoneOf(500_000 + number), 10 + number / 10);
    const config = cli().config({ shop: { default_country: 'ES' } });
    const sync = cli().launch(config, 'sync');
    const asked = new Promise<void>((resolve) => {
      let pages = 0;
      cli().shop.faults.next('never', {
        when: ({ path, query }) => {
          if (!path.endsWith('/orders') || query['status'] === 'trash') return false;
          pages += 1;
          if (pages === 2) resolve();
          return pages === 2;
        },
      });
    });
    await asked;
    sync.child.kill('SIGINT');
    const { code, out, err } = await sync.ended;
    expect({ code, out, said: saidOf(err) }).to.deep.equal({ code: 130, out: '', said: STOPPING });
    const { orders } = database().tables;
    const mirrored = async () =>
      (await database().query((orm) => orm.select({ id: orders.orderId }).from(orders))).length;
    expect(await mirrored()).to.equal(100);
    expect(await cli().run(config, 'sync')).to.include({ code: 0 });
    expect(await mirrored()).to.equal(250);
  });

  it('while it imports: nothing of the list is there, and importing it again brings all of it', async () => {
    const LINES = 12_000;
    const line = (number: number) =>
      `${phoneOf(number % 100)},${cli().product},${new Date(LONG_AGO + number * SECOND).toISOString()}`;
    const lines = Array.from({ length: LINES }, (_, number) => line(number));
    const list = cli().write('views.csv', ['phone,product,time', ...lines].join('\n'));
    const config = cli().config();
    const run = cli().launch(config, 'views', 'import', list);
    const table = `${server().schema.name}.${database().prefix}product_views`;
    const written = async (level: string) => {
      const [row] = await server().admin(
        `SET SESSION TRANSACTION ISOLATION LEVEL ${level}`,
        `SELECT COUNT(*) AS written FROM ${table}`,
      );
      return Number(row?.['written']);
    };
    while ((await written('READ UNCOMMITTED')) === 0);
    run.child.kill('SIGINT');
    const { code, out, err } = await run.ended;
    expect({ code, out, said: saidOf(err) }).to.deep.equal({ code: 130, out: '', said: STOPPING });
    expect(await written('READ COMMITTED')).to.equal(0);
    const again = await cli().run(config, 'views', 'import', list);
    expect(again.out).to.match(/^12,000 views noted\. 12,000 are older than 30 days/);
  });

  it('does not wait for a database that does not answer', async () => {
    const list = cli().write('one.csv', `phone,product,time\n${phoneOf(1)},${cli().product},2026-02-10T11:00:00Z`);
    const config = cli().config({ queue: { drain_seconds: 1 } });
    const { name } = server().schema;
    const table = `${name}.${database().prefix}product_views`;
    await withLock(table, async () => {
      const run = cli().launch(config, 'views', 'import', list);
      const waits = `SELECT ID FROM information_schema.PROCESSLIST WHERE DB = '${name}' AND STATE LIKE 'Waiting for table%'`;
      while ((await server().admin(waits)).length === 0);
      run.child.kill('SIGINT');
      const { code, err } = await run.ended;
      expect({ code, said: saidOf(err) }).to.deep.equal({ code: 130, said: STOPPING });
    });
    expect(await server().admin(`SELECT id FROM ${table}`)).to.deep.equal([]);
  });

  async function withLock(table: string, work: () => Promise<void>): Promise<void> {
    const { host, port, user, password } = server().database;
    const connection = await createConnection({ host, port, user, password });
    try {
      await connection.query(`LOCK TABLES ${table} WRITE`);
      await work();
    } finally {
      await connection.end();
    }
  }
});
