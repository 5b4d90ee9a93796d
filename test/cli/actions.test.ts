import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { eq } from 'drizzle-orm';
import type { Config } from '../../src/config/schema.js';
import { runCommandLine } from '../../src/cli/program.js';
import { confirmOn } from '../../src/cli/terminal.js';
import { DAY, HOUR } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { graphErrorAnswer } from '../../src/sandbox/whatsapp/graph-error.js';
import { ANA, EVA, messageLog, phoneOf, queued, sendDue, sends } from '../jobs/support.js';
import { NOON, useWorld, type World } from '../support/world.js';
import { wholePhones } from './support.js';

const SEND = HOOKS.sendMessage;
const LATE_PHONE = phoneOf(3);
const WHOLE_ID = /wamid\.[^.]/;

interface Typed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const exitCode = () => Number(process.exitCode);

/** The commands in this process, on the world's database and clock; `answer` is what somebody at a terminal says. */
function useCommands(world: () => World) {
  let folder = '';
  let listeners: NodeJS.UncaughtExceptionListener[] = [];
  const written: string[] = [];
  before(() => {
    listeners = process.listeners('uncaughtException');
    folder = mkdtempSync(join(tmpdir(), 'reengaged-actions-'));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** Each command ends its process on an uncaught error, which this process must not. */
  function forgetListeners(): void {
    for (const added of process.listeners('uncaughtException'))
      if (!listeners.includes(added)) process.off('uncaughtException', added);
  }

  /** Those in plain text are warned of on standard error. */
  function withoutPlainSecrets(config: Config) {
    const file = (name: string, secret: string) => {
      writeFileSync(join(folder, name), secret, { mode: 0o600 });
      return `file:${join(folder, name)}`;
    };
    const { shop, whatsapp, database } = config;
    return {
      ...config,
      shop: {
        ...shop,
        consumer_key: file('key', shop.consumer_key),
        consumer_secret: file('secret', shop.consumer_secret),
      },
      whatsapp: { ...whatsapp, access_token: file('token', whatsapp.access_token) },
      database: { ...database, password: file('password', database.password) },
    };
  }

  const questions: string[] = [];
  async function run(args: readonly string[], answer?: boolean): Promise<Typed> {
    const config = join(folder, 'reengaged.json');
    writeFileSync(config, JSON.stringify(withoutPlainSecrets(world().settings({ shop: { default_country: 'ES' } }))));
    const out: string[] = [];
    const err: string[] = [];
    const confirm = (question: string) => {
      questions.push(question);
      return Promise.resolve(answer === true);
    };
    const terminal = {
      out: (text: string) => out.push(text),
      err: (text: string) => err.push(text),
      rewrite: () => undefined,
      redact: () => undefined,
      ...(answer === undefined ? {} : { confirm }),
      isWatched: false,
    };
    const before = process.exitCode;
    process.exitCode = 0;
    try {
      await runCommandLine([...args, '--config', config], { terminal, clock: world().clock });
      const typed = { code: exitCode(), out: out.join('\n'), err: err.join('\n') };
      written.push(typed.out, typed.err);
      return typed;
    } finally {
      process.exitCode = before;
      forgetListeners();
    }
  }
  return { run, questions, written };
}

describe('reengaged actions', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000, timeout_seconds: 1 } });
  const { run, questions, written } = useCommands(world);
  const actions = (...args: string[]) => run(['actions', ...args]);
  const ids = async (...args: string[]) =>
    (JSON.parse((await actions(...args, '--json')).out) as { id: number }[]).map(({ id }) => id);

  /** ANA has one message that was accepted; EVA's and a third one's failed, an hour later. */
  async function journal(w: World): Promise<{ accepted: number; failed: number[] }> {
    const [accepted] = await queued(w, ANA);
    await sendDue(w);
    w.clock.set(NOON + HOUR);
    w.whatsapp.faults.next(graphErrorAnswer(131026), { times: 2 });
    const failed = await queued(w, EVA, LATE_PHONE);
    await sendDue(w);
    return { accepted: accepted!, failed };
  }

  const statusOf = async (id: number) => (await sends(world())).find((action) => action.id === id)?.status;

  describe('lists', () => {
    it('by hook, status, group, phone, reason and age', async () => {
      const w = world();
      const { accepted, failed } = await journal(w);
      w.clock.set(NOON + 2 * HOUR);
      const all = [accepted, ...failed];
      expect(await ids()).to.deep.equal(all);
      expect(await ids('--hook', SEND)).to.deep.equal(all);
      expect(await ids('--hook', HOOKS.pruneActions)).to.deep.equal([]);
      expect(await ids('--status', 'failed')).to.deep.equal(failed);
      expect(await ids('--group', 'other')).to.deep.equal([]);
      expect(await ids('--phone', '600 000 002')).to.deep.equal([failed[0]]);
      expect(await ids('--reason', 'accepted')).to.deep.equal([accepted]);
      expect(await ids('--older', '90m')).to.deep.equal([accepted]);
      expect(await ids('--newer', '90m')).to.deep.equal(failed);
      expect(await ids('--newer', '1d', '--status', 'failed', '--limit', '1')).to.deep.equal([failed[0]]);
    });

    it('with counts of what matches', async () => {
      await journal(world());
      expect((await actions()).out).to.match(/In all: 1 complete, 2 failed\.$/);
      const { out } = await actions('--status', 'failed', '--limit', '1');
      expect(out).to.match(/Shown are the first 1; --limit shows more\. In all: 2 failed that match\.$/);
    });

    it('says in one sentence that there is none', async () => {
      expect(await actions()).to.include({ code: 0, out: 'There are no actions yet.' });
      expect(await actions('--older', '7d')).to.include({ code: 0, out: 'No action matches.' });
    });
  });

  describe('show', () => {
    it('tells the story of a failed message within 80 columns, and what can be done', async () => {
      const { failed } = await journal(world());
      const { code, out } = await actions('show', String(failed[0]));
      expect(code).to.equal(0);
      expect(Math.max(...out.split('\n').map((line) => line.length))).to.be.at.most(80);
      expect(out).to.contain(`Action ${failed[0]}: ${SEND}. Times are UTC.`);
      expect(out).to.match(/^Status +failed\n +WhatsApp refused the message for good: /m);
      expect(out).to.contain(`reengaged actions retry ${failed[0]}`).and.to.contain(`actions dismiss ${failed[0]}`);
      expect(out).to.match(/^Arguments +customer_phone: \*\*\*002\n +campaign_type: we_miss_you$/m);
      expect(out).to.match(/^Due +2026-02-10 12:00:00$/m);
      expect(out).to.match(/^Message +we_miss_you, failed, 2026-02-10 12:00:00\n(.*\n)* +error code: 131026$/m);
    });

    it('tells of an accepted message the end of its id, and that it is never sent again', async () => {
      const w = world();
      const { accepted } = await journal(w);
      const { log } = { log: w.database.tables.reengagementLog };
      const convertedAt = new Date(NOON + DAY);
      await w.database.query((orm) =>
        orm
          .update(log)
          .set({ converted: 1, orderId: 55, convertedAt, couponCode: 'LOYALABC' })
          .where(eq(log.actionId, accepted)),
      );
      const { out } = await actions('show', String(accepted));
      const id = (await messageLog(w))[0]?.messageId ?? '';
      expect(out)
        .to.match(/^Message +we_miss_you, sent, /m)
        .and.to.contain(`message id: wamid...${id.slice(-8)}\n`);
      expect(out).to.contain('coupon: LOYALABC').and.to.contain('converted: order 55, 2026-02-11 11:00:00');
      expect(out.replaceAll(/\s+/g, ' ')).to.contain('is never sent again');
      expect(out).not.to.contain('actions retry');
    });

    it('gives the same as JSON, with times in ISO', async () => {
      const { accepted, failed } = await journal(world());
      const story = JSON.parse((await actions('show', String(failed[1]), '--json')).out) as Record<string, unknown>;
      expect(story).to.deep.include({ id: failed[1], status: 'failed', phone: '***003', can: ['retry', 'dismiss'] });
      expect(story).to.include({ ended_at: '2026-02-10T12:00:00.000Z', created_at: '2026-02-10T12:00:00.000Z' });
      expect(story['message']).to.include({ campaign_type: 'we_miss_you', status: 'failed', error_code: 131026 });
      const { out } = await actions('show', String(accepted), '--json');
      expect(out).not.to.match(WHOLE_ID);
    });

    it('ends with 66 for an action that is not there', async () => {
      const { code, err } = await actions('show', '424242');
      expect(code).to.equal(66);
      expect(err).to.match(/^error: There is no action 424,242\.\nSee reengaged actions/);
    });
  });

  describe('retry, cancel and dismiss', () => {
    it('ask before they touch more than one, and change nothing after a no', async () => {
      const { failed } = await journal(world());
      questions.length = 0;
      const no = await run(['actions', 'retry', '--status', 'failed'], false);
      expect(no).to.include({ code: 1, out: 'Nothing was changed.' });
      expect(questions).to.deep.equal(['Retry 2 failed actions?']);
      expect(await statusOf(failed[0]!)).to.equal('failed');
      const yes = await run(['actions', 'retry', ...failed.map(String)], true);
      expect(yes).to.include({ code: 0, out: 'Retried: 2 actions.' });
      expect(questions).to.have.length(2);
      expect(await statusOf(failed[0]!)).to.equal('pending');
      await run(['actions', 'cancel', '--phone', EVA], false);
      expect(questions, 'one is not asked for').to.have.length(2);
      expect(await statusOf(failed[0]!)).to.equal('canceled');
    });

    it('name the moment that an age came to, so that minutes are not taken for months', async () => {
      const w = world();
      await journal(w);
      w.clock.set(NOON + 2 * HOUR);
      questions.length = 0;
      await run(['actions', 'dismiss', '--older', '6m'], false);
      expect(questions).to.deep.equal(['Dismiss 2 failed actions due before 2026-02-10 12:54 UTC?']);
      await run(['actions', 'dismiss', '--older', '6m', '--newer', '9d'], false);
      expect(questions[1]).to.equal(
        'Dismiss 2 failed actions due since 2026-02-01 13:00 and before\n2026-02-10 12:54 UTC?',
      );
      const none = await actions('dismiss', '--older', '6d', '--json');
      expect(JSON.parse(none.out)).to.deep.equal({ dismissed: 0, refused: [], due_before: '2026-02-04T13:00:00.000Z' });
      expect((await actions('dismiss', '--older', '6d')).out).to.equal(
        'No failed action due before 2026-02-04 13:00 UTC matches.',
      );
      const { out } = await run(['actions', 'dismiss', '--older', '6m'], true);
      expect(out).to.equal('Dismissed: 2 actions due before 2026-02-10 12:54 UTC.');
      const help = await actions('dismiss', '--help');
      expect(help.out.replaceAll(/\s+/g, ' ').match(/m is minutes/g)).to.have.length(2);
    });

    it('need --yes where nobody can be asked', async () => {
      const { failed } = await journal(world());
      const { code, err } = await actions('dismiss', '--newer', '1d');
      expect(code).to.equal(64);
      expect(err.replaceAll(/\s+/g, ' ')).to.contain(
        'This would dismiss 2 failed actions due since 2026-02-09 12:00 UTC, and nobody can be asked here: add --yes.',
      );
      expect(await statusOf(failed[0]!)).to.equal('failed');
      const { out } = await actions('dismiss', '--newer', '1d', '--yes', '--json');
      expect(JSON.parse(out)).to.deep.equal({ dismissed: 2, refused: [], due_since: '2026-02-09T12:00:00.000Z' });
      expect(await statusOf(failed[0]!)).to.equal('canceled');
    });

    it('tell of each that was named why it was left, and end with 1', async () => {
      const { accepted, failed } = await journal(world());
      const { code, out } = await actions('retry', String(accepted), String(failed[0]), '424242');
      expect(code).to.equal(1);
      expect(out.split('\n')).to.deep.equal([
        'Retried: 1 action.',
        `Left as it is: action ${accepted}; WhatsApp accepted the message; a message that was sent, or may have been, is never sent again.`,
        'Left as it is: action 424242; there is no such action.',
      ]);
      const json = await actions('cancel', String(accepted), '--json');
      expect(JSON.parse(json.out)).to.deep.equal({
        canceled: 0,
        refused: [{ id: accepted, reason: 'it has ended already: it is complete' }],
      });
    });

    it('leave what the filter does not name', async () => {
      const { failed } = await journal(world());
      await actions('retry', '--phone', LATE_PHONE);
      expect([await statusOf(failed[0]!), await statusOf(failed[1]!)]).to.deep.equal(['failed', 'pending']);
      expect(await actions('retry', '--reason', 'not_again')).to.include({ code: 0, out: 'No failed action matches.' });
    });

    it('refuse to guess: neither ids nor a filter, both, and a status that does not fit', async () => {
      for (const [args, words] of [
        [['retry'], 'Say which actions to retry: either their ids or a filter such as --status failed.'],
        [['cancel', '--yes'], 'Say which actions to cancel'],
        [['dismiss', '7', '--status', 'failed'], 'Say which actions to dismiss'],
        [['retry', '--status', 'complete'], 'What is complete cannot be retried; --status may be failed or canceled.'],
        [['retry', '--status', 'failed', '--limit', '1'], '--limit is for the list'],
        [['retry', 'seven'], 'An id has to be a whole number above zero.'],
        [['retry', '--older', 'yesterday'], '--older has to be an age such as 30m, 12h or 7d.'],
        [['retry', '--reason', 'ñ'], '--reason has to be a word of the journal'],
        [['retry', '--phone', '12'], 'The number cannot be used: this is no phone number'],
        [['cancel', '--hook', 'wch_nothing'], 'There is no hook wch_nothing'],
      ] as const) {
        const { code, err } = await actions(...args);
        expect({ args, code }).to.deep.equal({ args, code: 64 });
        expect(err).to.contain(words);
      }
    });
  });

  describe('all of them', () => {
    it('show no whole phone, and no message id that holds one', () => {
      const text = written.join('\n');
      expect(text).to.contain('***002');
      expect(wholePhones(text)).to.deep.equal([]);
      expect(text).to.contain('wamid...').and.not.to.match(WHOLE_ID);
    });
  });
});

describe('a question', () => {
  async function answered(...chunks: string[]): Promise<{ yes: boolean; asked: string }> {
    const input = new PassThrough();
    const output = new PassThrough({ encoding: 'utf8' });
    const question = confirmOn(input, output, 'Retry 12 failed actions?');
    for (const chunk of chunks) input.write(chunk);
    if (chunks.length === 0) input.end();
    return { yes: await question, asked: String(output.read()) };
  }

  it('is agreed to with y and yes, in any case', async () => {
    for (const text of ['y\n', 'Yes\r\n', ' YES \n']) expect(await answered(text)).to.include({ yes: true });
    expect((await answered('y\n')).asked).to.equal('Retry 12 failed actions? [y/N] ');
  });

  it('is declined with anything else, with nothing, and at the end of the input', async () => {
    for (const text of ['n\n', '\n', 'yesterday\n', 'j\n']) expect(await answered(text)).to.include({ yes: false });
    expect(await answered()).to.include({ yes: false });
  });
});
