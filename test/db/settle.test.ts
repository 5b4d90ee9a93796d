import { expect } from 'chai';
import { eq } from 'drizzle-orm';
import { claimDue, claimOne, findAction, insertAction } from '../../src/db/actions.js';
import { newestConsent } from '../../src/db/consent.js';
import { customersOf, ensureCustomers } from '../../src/db/customers.js';
import { settle } from '../../src/db/settle.js';
import { MINUTE } from '../../src/lib/clock.js';
import { newAction } from '../../src/queue/action.js';
import { HOOKS, PRIORITIES } from '../../src/queue/hooks.js';
import { ENDINGS, type Ending, type EndingName } from '../../src/reengagement/endings.js';
import { useDatabase } from '../support/database.js';
import { allActions, allLogRows, emptyTables, NOON } from '../queue/support.js';

const PHONE = '+34612345678';
const KEY = `campaign:${PHONE}:2026-02-10`;
const LATER = NOON + 30 * MINUTE;

interface Expected {
  readonly status: string;
  /** The log row's status after a reservation, after the POST began; null where the row is gone. */
  readonly fromReserved: string | null;
  readonly fromSending: string | null;
  readonly keepsKey: boolean;
  readonly unfinished: boolean;
  readonly attempts: number;
  readonly answersViews: boolean;
}

/** design.md's table of endings once more, written out, so that a changed rule or a new ending fails here. */
const EXPECTED: Record<EndingName, Expected> = {
  done: row('complete', 'reserved', 'sending', { keepsKey: true }),
  broken: row('failed', 'reserved', 'sending', { keepsKey: true, attempts: 1 }),
  accepted: row('complete', 'sent', 'sent', { keepsKey: true, answersViews: true }),
  skipped: row('complete', null, null),
  deferred: row('pending', null, null, { keepsKey: true, unfinished: true }),
  invalid: row('failed', null, null),
  retried: row('pending', 'reserved', 'reserved', { keepsKey: true, unfinished: true, attempts: 1 }),
  refused: row('failed', 'failed', 'failed', { attempts: 1 }),
  declined: row('complete', 'failed', 'failed'),
  outage: row('pending', 'reserved', 'reserved', { keepsKey: true, unfinished: true }),
  // Unknown is only what was begun.
  unknown: row('complete', 'reserved', 'unknown', { keepsKey: true, answersViews: true }),
};

function row(
  status: string,
  fromReserved: string | null,
  fromSending: string | null,
  more: Partial<Expected> = {},
): Expected {
  const rest = { keepsKey: false, unfinished: false, attempts: 0, answersViews: false };
  return { status, fromReserved, fromSending, ...rest, ...more };
}

const NAMES = Object.keys(ENDINGS) as EndingName[];

describe('an ending, written down,', () => {
  const database = useDatabase();
  beforeEach(() => emptyTables(database()));

  const asAction = ({ hook, args }: { hook: string; args: unknown }) => newAction(hook, args, NOON);

  /** A claimed send of claim `own`; its log row carries the claim of the attempt that reserved it. */
  async function claimed(logStatus: string | null, reservedBy = 'own', n = 0): Promise<number> {
    const phone = `${PHONE.slice(0, -2)}${String(10 + n)}`;
    const args = { customer_phone: phone, campaign_type: 'back_in_stock' };
    await insertAction(database(), newAction(HOOKS.sendMessage, args, NOON, n === 0 ? KEY : `${KEY}:${n}`), NOON);
    const claim = { claimId: 'own', leaseSeconds: 60, now: NOON };
    const actions = await claimDue(database(), HOOKS.sendMessage, PRIORITIES.normal, 1, claim);
    const { id } = actions.at(-1)!;
    if (logStatus !== null) {
      const { reengagementLog } = database().tables;
      const values = { customerPhone: phone, campaignType: 'back_in_stock', sentAt: new Date(NOON), actionId: id };
      await database().query((orm) =>
        orm.insert(reengagementLog).values({ ...values, status: logStatus, claimId: reservedBy }),
      );
    }
    return id;
  }

  async function view(inStock: number, productId = 7): Promise<number> {
    const { productViews } = database().tables;
    const values = { customerPhone: PHONE, productId, priceAtView: '20.00', inStock, viewedAt: new Date(NOON) };
    const [header] = await database().query((orm) => orm.insert(productViews).values(values));
    return header.insertId;
  }

  const viewsNow = () =>
    database().query((orm) =>
      orm.select().from(database().tables.productViews).orderBy(database().tables.productViews.id),
    );
  const end = (actionId: number, ending: Ending, claimId = 'own') =>
    settle(database(), [{ actionId, claimId, ending }], NOON + MINUTE, asAction);
  const logStatus = async () => (await allLogRows(database()))[0]?.status ?? null;

  for (const name of NAMES) {
    const expected = EXPECTED[name];
    describe(name, () => {
      it(`leaves the action ${expected.status}, its claim gone, its keys and attempts as the table says`, async () => {
        const id = await claimed(null);
        await end(id, { name, until: LATER, error: 'why', result: { success: false } });
        const [action] = await allActions(database());
        expect(action).to.include({
          status: expected.status,
          attempts: expected.attempts,
          claimId: null,
          leaseUntil: null,
          uniqueKey: expected.keepsKey ? KEY : null,
          reason: name,
          error: 'why',
        });
        expect(action?.unfinishedKey !== null).to.equal(expected.unfinished);
        expect(action?.scheduledAt.getTime()).to.equal(expected.unfinished ? LATER : NOON);
        expect(action?.endedAt?.getTime() ?? null).to.equal(expected.unfinished ? null : NOON + MINUTE);
        expect(action?.result).to.deep.equal({ success: false });
      });

      for (const [status, wanted] of [
        ['reserved', expected.fromReserved],
        ['sending', expected.fromSending],
      ] as const) {
        it(`makes a ${status} log row ${wanted ?? 'vanish'}, whichever attempt reserved it`, async () => {
          for (const reservedBy of ['own', 'an earlier one']) {
            await emptyTables(database());
            await end(await claimed(status, reservedBy), { name, until: LATER });
            expect(await logStatus()).to.equal(wanted);
          }
        });
      }

      for (const status of ['sent', 'delivered', 'read', 'failed']) {
        it(`leaves a log row alone that is ${status} already`, async () => {
          await end(await claimed(status), { name, until: LATER, messageId: 'wamid.late', errorCode: 1 });
          const [log] = await allLogRows(database());
          expect(log).to.include({ status, messageId: null, errorCode: null });
        });
      }

      it(`${expected.answersViews ? 'settles' : 'leaves'} the product views of the message`, async () => {
        const [back, dropped, other] = [await view(0), await view(1, 9), await view(0, 8)];
        const views = [
          { id: back, priceTold: null },
          { id: dropped, priceTold: '15.50' },
        ];
        await end(await claimed('sending'), { name, until: LATER, views });
        const stored = await viewsNow();
        const settled = expected.answersViews;
        expect(stored.map(({ id, inStock, priceTold }) => [id, inStock, priceTold])).to.deep.equal([
          [back, settled ? 1 : 0, null],
          [dropped, 1, settled ? '15.50' : null],
          [other, 0, null],
        ]);
      });

      it(`by somebody who lost the claim ${name === 'accepted' ? 'is still told as sent' : 'changes nothing'}`, async () => {
        for (const lost of ['pending', 'taken over', 'complete']) {
          await emptyTables(database());
          const id = await claimed('sending');
          const views = [{ id: await view(0), priceTold: null }];
          const { actions } = database().tables;
          const now = {
            pending: { status: 'pending', claimId: null },
            'taken over': { claimId: 'other' },
            complete: { status: 'complete', claimId: null },
          };
          await database().query((orm) => orm.update(actions).set(now[lost as keyof typeof now]));
          const before = await allActions(database());
          const followUps = [{ hook: HOOKS.deleteCoupon, args: { coupon_code: 'LOYAL1' } }];
          await end(id, { name, until: LATER, messageId: 'wamid.1', views, followUps });
          expect(await allActions(database())).to.deep.equal(before);
          const accepted = name === 'accepted';
          expect((await allLogRows(database()))[0]).to.include(
            accepted ? { status: 'sent', messageId: 'wamid.1' } : { status: 'sending', messageId: null },
          );
          expect((await viewsNow())[0]?.inStock).to.equal(accepted ? 1 : 0);
        }
      });
    });
  }

  it('accepted puts right what was thought unknown', async () => {
    await end(await claimed('unknown'), { name: 'accepted', messageId: 'wamid.1' }, 'lost');
    expect((await allLogRows(database()))[0]).to.include({ status: 'sent', messageId: 'wamid.1' });
  });

  it('refused notes code and error of the message', async () => {
    await end(await claimed('sending'), { name: 'refused', errorCode: 131_049, error: 'x'.repeat(400) });
    expect((await allLogRows(database()))[0]).to.include({ errorCode: 131_049, error: 'x'.repeat(255) });
  });

  it('with an error of any length and kind is written', async () => {
    await end(await claimed('sending'), { name: 'refused', error: `😀'"\\${'é'.repeat(100_000)}` });
    expect((await allActions(database()))[0]?.error).to.match(/^😀'"\\é+$/u);
  });

  it('keeps the reason that it is given', async () => {
    await end(await claimed(null), { name: 'skipped', reason: 'opted_out' });
    expect((await allActions(database()))[0]?.reason).to.equal('opted_out');
  });

  it('pending without a time is due at once', async () => {
    await end(await claimed(null), { name: 'outage' });
    expect((await allActions(database()))[0]?.scheduledAt.getTime()).to.equal(NOON + MINUTE);
  });

  it('writes its follow-ups with it', async () => {
    const followUps = [{ hook: HOOKS.deleteCoupon, args: { coupon_code: 'LOYAL1' } }];
    await end(await claimed('sending'), { name: 'refused', followUps });
    const [, followUp] = await allActions(database());
    expect(followUp).to.include({ hook: HOOKS.deleteCoupon, status: 'pending' });
    expect(followUp?.args).to.deep.equal({ coupon_code: 'LOYAL1' });
  });

  it("writes a recipient's wish into the consent ledger, also when the claim was lost", async () => {
    const revokes = { phone: PHONE, source: 'WhatsApp error 131050' };
    await end(await claimed('sending'), { name: 'declined', revokes }, 'lost');
    const ledger = await newestConsent(database(), [PHONE]);
    expect(ledger.get(PHONE)).to.deep.equal({ decision: 'revoke', source: 'WhatsApp error 131050' });
  });

  describe('undeliverable', () => {
    const refused: Ending = {
      name: 'refused',
      errorCode: 131_026,
      undeliverable: { phone: PHONE, errorCode: 131_026 },
    };
    const marks = async () => (await customersOf(database(), [PHONE])).get(PHONE)?.undeliverableAt ?? null;
    type Earlier = readonly [status: string | null, errorCode: number | null];
    /** A message that is being sent to PHONE, after these. */
    async function refusedAfter(...earlier: readonly Earlier[]) {
      await ensureCustomers(database(), [PHONE]);
      const { reengagementLog: log } = database().tables;
      for (const [n, [status, errorCode]] of earlier.entries()) {
        const sentAt = new Date(NOON - (earlier.length - n) * MINUTE);
        const row = { customerPhone: PHONE.slice(n % 2), campaignType: 'we_miss_you', status, errorCode, sentAt };
        await database().query((orm) => orm.insert(log).values(row));
      }
      const id = await claimed('sending');
      await database().query((orm) => orm.update(log).set({ customerPhone: PHONE }).where(eq(log.actionId, id)));
      return id;
    }

    it('twice in a row marks the number, with the outcome', async () => {
      await end(await refusedAfter(['failed', 131_026]), refused);
      expect(await marks()).to.equal(NOON + MINUTE);
    });

    const cases: [string, Earlier[], boolean][] = [
      ['the first time', [], false],
      [
        'after a message that was accepted since',
        [
          ['failed', 131_026],
          ['read', null],
        ],
        false,
      ],
      [
        'after a row of the plugin since',
        [
          ['failed', 131_026],
          [null, null],
        ],
        false,
      ],
      ['after another error', [['failed', 131_049]], false],
      [
        'with another error and an open answer between',
        [
          ['failed', 131_026],
          ['failed', 1],
          ['unknown', null],
        ],
        true,
      ],
    ];
    for (const [when, earlier, marked] of cases)
      it(`${when} ${marked ? 'marks' : 'does not mark'} the number`, async () => {
        await end(await refusedAfter(...earlier), refused);
        expect((await marks()) !== null).to.equal(marked);
      });

    it('is noted by nobody who has lost the action', async () => {
      await end(await refusedAfter(['failed', 131_026]), refused, 'lost');
      expect(await marks()).to.equal(null);
    });
  });

  it('is written together with its neighbours, each its own way', async () => {
    const ids: number[] = [];
    for (let n = 0; n < NAMES.length; n++) ids.push(await claimed('sending', 'an earlier one', n));
    const outcomes = NAMES.map((name, n) => ({
      actionId: ids[n]!,
      claimId: name === 'refused' ? 'lost' : 'own',
      ending: { name, until: LATER + n, messageId: `wamid.${n}`, error: `error ${n}`, errorCode: n },
    }));
    await settle(database(), outcomes, NOON + MINUTE, asAction);
    const actions = await allActions(database());
    expect(actions.map(({ status }) => status)).to.deep.equal(
      NAMES.map((name) => (name === 'refused' ? 'in-progress' : EXPECTED[name].status)),
    );
    const log = new Map((await allLogRows(database())).map((stored) => [stored.actionId, stored]));
    expect(ids.map((id) => log.get(id)?.status ?? null)).to.deep.equal(
      NAMES.map((name) => (name === 'refused' ? 'sending' : EXPECTED[name].fromSending)),
    );
    expect(log.get(ids[NAMES.indexOf('accepted')]!)?.messageId).to.equal(`wamid.${NAMES.indexOf('accepted')}`);
    expect(log.get(ids[NAMES.indexOf('declined')]!)?.errorCode).to.equal(NAMES.indexOf('declined'));
    expect(actions[NAMES.indexOf('retried')]?.scheduledAt.getTime()).to.equal(LATER + NAMES.indexOf('retried'));
  });

  it('is written once where the same action was run under two claims', async () => {
    const id = await claimed('sending');
    await settle(
      database(),
      [
        { actionId: id, claimId: 'lost', ending: { name: 'skipped', reason: 'opted_out' } },
        { actionId: id, claimId: 'own', ending: { name: 'unknown' } },
      ],
      NOON,
      asAction,
    );
    expect((await allActions(database()))[0]).to.include({ status: 'complete', reason: 'unknown' });
    expect(await logStatus()).to.equal('unknown');
  });

  it('adds a line to the story for each attempt, and one for all the minutes of an outage', async () => {
    const other = await claimed(null);
    const put = async (ending: Ending) => {
      await end(other, { until: LATER, ...ending });
      await claimOne(database(), other, { claimId: 'own', leaseSeconds: 60, now: NOON });
    };
    for (let minute = 0; minute < 3; minute++) await put({ name: 'outage', reason: 'shop_busy', error: 'HTTP 503' });
    for (let attempt = 0; attempt < 2; attempt++) await put({ name: 'retried', reason: 'retry', error: 'HTTP 500' });
    const { history } = (await findAction(database(), other))!;
    expect(history.map((line) => line.replace(/^\S+Z /, ''))).to.deep.equal([
      'retry HTTP 500',
      'retry HTTP 500',
      'shop_busy HTTP 503',
    ]);
  });

  it('is written by two daemons at once without a deadlock that is left over', async () => {
    const ids: number[] = [];
    for (let n = 0; n < 40; n++) ids.push(await claimed('sending', 'own', n));
    const outcome = (actionId: number) => ({
      actionId,
      claimId: 'own',
      ending: { name: 'accepted', messageId: `wamid.${actionId}` } as const,
    });
    const halves = [ids, [...ids].reverse()];
    await Promise.all(halves.map((half) => settle(database(), half.map(outcome), NOON, asAction)));
    expect((await allLogRows(database())).every((stored) => stored.messageId === `wamid.${stored.actionId}`)).to.equal(
      true,
    );
  });
});
