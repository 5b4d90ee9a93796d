import { expect } from 'chai';
import { eq, sql } from 'drizzle-orm';
import {
  claimDue,
  claimOne,
  findAction,
  insertAction,
  insertActions,
  nextDue,
  pruneActions,
  releaseActions,
  renewLeases,
  type NewAction,
} from '../../src/db/actions.js';
import { actionsQuery, countByStatus, listActions, type ActionFilter } from '../../src/db/journal.js';
import { openDatabase } from '../../src/db/pool.js';
import { DAY, HOUR, SECOND } from '../../src/lib/clock.js';
import { useDatabase } from '../support/database.js';
import { allActions, emptyTables, NOON } from '../queue/support.js';

const HOOK = 'wch_send_reengagement_message';

function action(changes: Partial<NewAction> = {}): NewAction {
  return {
    hook: HOOK,
    group: 'wch',
    args: { n: 1 },
    priority: 10,
    scheduledAt: NOON,
    uniqueKey: null,
    unfinishedKey: null,
    phone: null,
    ...changes,
  };
}

describe('the journal', () => {
  const database = useDatabase();
  beforeEach(() => emptyTables(database()));
  const claim = (claimId: string, now = NOON) => ({ claimId, leaseSeconds: 60, now });

  it('gives an action back as it was written', async () => {
    const args = { customer_phone: '+34612345678', deep: [1, null, { text: 'ñ "\\ 😀' }], flag: true };
    const phone = '+34612345678';
    const written = action({ args, scheduledAt: NOON + 123, uniqueKey: 'a', unfinishedKey: 'b', phone });
    const id = await insertAction(database(), written, NOON - 1);
    expect(await findAction(database(), id!)).to.deep.equal({
      id,
      hook: HOOK,
      group: 'wch',
      args,
      status: 'pending',
      priority: 10,
      scheduledAt: NOON + 123,
      attempts: 0,
      claimId: null,
      uniqueKey: 'a',
      createdAt: NOON - 1,
      startedAt: null,
      endedAt: null,
      reason: null,
      result: null,
      error: null,
      phone,
      history: [],
    });
    expect(await findAction(database(), id! + 1)).to.equal(null);
  });

  it('takes an action once a key, whoever writes it at the same time', async () => {
    const keyed = action({ uniqueKey: 'campaign:1' });
    const ids = await Promise.all(Array.from({ length: 8 }, () => insertAction(database(), keyed, NOON)));
    expect(ids.filter((id) => id !== null)).to.have.length(1);
    expect(await insertAction(database(), action({ unfinishedKey: 'send:1' }), NOON)).to.be.a('number');
    expect(await insertAction(database(), action({ unfinishedKey: 'send:1' }), NOON)).to.equal(null);
  });

  it('takes of several daemons that plan the same people each person once', async () => {
    const plan = Array.from({ length: 800 }, (_, n) =>
      action({ uniqueKey: `campaign:${n}`, unfinishedKey: `send:${n}` }),
    );
    const counts = await Promise.all(
      [plan, [...plan].reverse(), plan].map((list) => insertActions(database(), list, NOON)),
    );
    expect(counts.reduce((sum, count) => sum + count, 0)).to.equal(800);
    expect(await allActions(database())).to.have.length(800);
  });

  it('hands out what is due of one hook and priority, the earliest first, and no more than was asked for', async () => {
    const rows = [
      action({ scheduledAt: NOON - 3 }),
      action({ scheduledAt: NOON - 5 }),
      action({ scheduledAt: NOON - 4 }),
      action({ scheduledAt: NOON + 1 }),
      action({ scheduledAt: NOON - 9, priority: 5 }),
      action({ scheduledAt: NOON - 9, hook: 'other' }),
    ];
    await insertActions(database(), rows, NOON);
    const first = await claimDue(database(), HOOK, 10, 2, claim('one'));
    expect(first.map(({ scheduledAt }) => scheduledAt - NOON)).to.deep.equal([-5, -4]);
    expect(first[0]).to.include({ status: 'in-progress', claimId: 'one', startedAt: NOON });
    const second = await claimDue(database(), HOOK, 10, 9, claim('two'));
    expect(second.map(({ scheduledAt }) => scheduledAt - NOON)).to.deep.equal([-3]);
    expect(await claimDue(database(), HOOK, 10, 9, claim('three'))).to.deep.equal([]);
  });

  it('never hands one action to two who ask at the same time', async () => {
    await insertActions(
      database(),
      Array.from({ length: 400 }, () => action()),
      NOON,
    );
    const other = openDatabase({ ...database.options(), poolSize: 3 });
    const taken: number[] = [];
    let claims = 0;
    const take = async (from: typeof other): Promise<void> => {
      for (;;) {
        const got = await claimDue(from, HOOK, 10, 7, claim(`c${++claims}`));
        if (got.length === 0) return;
        taken.push(...got.map(({ id }) => id));
      }
    };
    await Promise.all([database(), database(), other, other, other].map(take));
    await other.close();
    expect(taken).to.have.length(400);
    expect(new Set(taken).size).to.equal(400);
  });

  it('hands one action out by its number, whatever its time, and only once', async () => {
    const id = await insertAction(database(), action({ scheduledAt: NOON + DAY }), NOON);
    const got = await Promise.all(['a', 'b', 'c'].map((name) => claimOne(database(), id!, claim(name))));
    expect(got.filter((one) => one !== null).map((one) => one.id)).to.deep.equal([id]);
  });

  it('tells when something is due next, of all hooks or of some', async () => {
    expect(await nextDue(database())).to.equal(null);
    await insertActions(
      database(),
      [action({ scheduledAt: NOON + 5 }), action({ hook: 'other', scheduledAt: NOON + 2 })],
      NOON,
    );
    expect(await nextDue(database())).to.equal(NOON + 2);
    expect(await nextDue(database(), [HOOK])).to.equal(NOON + 5);
    expect(await nextDue(database(), ['nothing'])).to.equal(null);
    await claimDue(database(), 'other', 10, 1, claim('one', NOON + 2));
    expect(await nextDue(database())).to.equal(NOON + 5);
  });

  it("counts a lease in the database's time, and renews it for a claim's running actions only", async () => {
    await insertActions(database(), [action(), action(), action()], NOON);
    await claimDue(database(), HOOK, 10, 1, claim('one', NOON));
    await claimDue(database(), HOOK, 10, 1, claim('two', NOON));
    const left = async () => {
      const [rows] = await database().query((orm) =>
        orm.execute(
          sql`SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(3), lease_until) AS rest FROM ${database().tables.actions} ORDER BY id`,
        ),
      );
      return (rows as unknown as { rest: number | null }[]).map(({ rest }) => rest);
    };
    const [one, two, three] = await left();
    expect([one, two].every((rest) => rest !== null && rest !== undefined && rest > 50 && rest <= 60)).to.equal(true);
    expect(three).to.equal(null);
    await renewLeases(database(), ['two', 'three'], 600);
    const renewed = await left();
    expect(renewed[0]).to.be.at.most(60);
    expect(renewed[1]).to.be.above(500);
    expect(renewed[2]).to.equal(null);
  });

  it('takes back only what its claim still holds', async () => {
    await insertActions(database(), [action(), action()], NOON);
    const [mine] = await claimDue(database(), HOOK, 10, 1, claim('one'));
    const [theirs] = await claimDue(database(), HOOK, 10, 1, claim('two'));
    await releaseActions(database(), [mine!.id, theirs!.id], ['one']);
    expect((await allActions(database())).map(({ status, claimId }) => [status, claimId])).to.deep.equal([
      ['pending', null],
      ['in-progress', 'two'],
    ]);
  });

  describe('listed and counted by', () => {
    const phone = '+34612345678';
    let ids: number[] = [];

    beforeEach(async () => {
      const rows = [
        action({ phone, scheduledAt: NOON - 2 * HOUR }),
        action({ group: 'other', scheduledAt: NOON - HOUR }),
        action({ hook: 'other', phone: '+34600000000', scheduledAt: NOON + HOUR }),
      ];
      ids = [];
      for (const row of rows) ids.push((await insertAction(database(), row, NOON))!);
      const { actions } = database().tables;
      await database().query((orm) =>
        orm.update(actions).set({ status: 'failed', reason: 'not_again' }).where(eq(actions.id, ids[0]!)),
      );
    });

    const cases: [name: string, filter: ActionFilter, wanted: number[]][] = [
      ['nothing', {}, [0, 1, 2]],
      ['hook', { hook: HOOK }, [0, 1]],
      ['status', { status: 'pending' }, [1, 2]],
      ['group', { group: 'wch' }, [0, 2]],
      ['a group in letters that none has', { group: 'ñandú' }, []],
      ['phone', { phone }, [0]],
      ['phone without its plus', { phone: phone.slice(1) }, [0]],
      ['reason', { reason: 'not_again' }, [0]],
      ['older than a moment', { scheduledBefore: NOON - HOUR }, [0]],
      ['that moment and what comes after', { scheduledAfter: NOON - HOUR }, [1, 2]],
      [
        'all of them together',
        {
          hook: HOOK,
          status: 'failed',
          group: 'wch',
          phone,
          reason: 'not_again',
          scheduledBefore: NOON,
          scheduledAfter: 0,
        },
        [0],
      ],
      ['two that do not meet', { phone, status: 'pending' }, []],
    ];
    for (const [name, filter, wanted] of cases)
      it(name, async () => {
        const listed = await listActions(database(), filter);
        expect(listed.map(({ id }) => ids.indexOf(id))).to.deep.equal(wanted);
        const counts = Object.values(await countByStatus(database(), filter));
        expect(counts.reduce((sum, count) => sum + count, 0)).to.equal(wanted.length);
      });

    it('status, and no more than the limit', async () => {
      expect(await listActions(database(), { limit: 2 })).to.have.length(2);
      expect(await countByStatus(database(), {})).to.deep.equal({ failed: 1, pending: 2 });
      expect(await countByStatus(database(), { ids: ids.slice(1) })).to.deep.equal({ pending: 2 });
    });
  });

  it('forgets what was completed or canceled long ago, and keeps what failed, what is young and what has not ended', async () => {
    const { actions } = database().tables;
    const old = new Date(NOON - 32 * DAY);
    const row = { hook: HOOK, groupSlug: 'wch', args: [], priority: 10, scheduledAt: old, createdAt: old };
    await database().query((orm) =>
      orm.insert(actions).values([
        { ...row, status: 'complete', endedAt: old },
        { ...row, status: 'canceled', endedAt: old },
        { ...row, status: 'failed', endedAt: old },
        { ...row, status: 'pending' },
        { ...row, status: 'in-progress' },
        { ...row, status: 'complete', endedAt: new Date(NOON - 31 * DAY) },
        { ...row, status: 'complete', endedAt: new Date(NOON) },
      ]),
    );
    expect(await pruneActions(database(), NOON - 31 * DAY, 1)).to.equal(1);
    expect(await pruneActions(database(), NOON - 31 * DAY)).to.equal(1);
    expect(await pruneActions(database(), NOON - 31 * DAY)).to.equal(0);
    expect((await allActions(database())).map(({ status }) => status)).to.deep.equal([
      'failed',
      'pending',
      'in-progress',
      'complete',
      'complete',
    ]);
  });
});

describe('a claim among many actions', () => {
  const database = useDatabase({ poolSize: 1 });

  before(async () => {
    const many = Array.from({ length: 6_000 }, (_, n) => action({ scheduledAt: NOON - n * SECOND }));
    const later = Array.from({ length: 3_000 }, () => action({ hook: 'later' }));
    const few = Array.from({ length: 5 }, (_, n) => n * SECOND);
    await insertActions(database(), [...many, ...later], NOON);
    await insertActions(
      database(),
      few.flatMap((ago) => [
        action({ scheduledAt: NOON - ago, priority: 5 }),
        action({ scheduledAt: NOON - ago, hook: 'other' }),
      ]),
      NOON,
    );
  });

  /** How many rows this one connection reads for `work`, by any way of reading. */
  async function rowsRead(work: () => Promise<unknown>): Promise<number> {
    const before = await handlerReads();
    await work();
    return (await handlerReads()) - before;
  }

  async function handlerReads(): Promise<number> {
    const [rows] = await database().query((orm) => orm.execute(sql`SHOW SESSION STATUS LIKE 'Handler_read%'`));
    return (rows as unknown as { Value: string }[]).reduce((sum, { Value }) => sum + Number(Value), 0);
  }

  const claim = (hook: string, priority: number, limit: number, wanted: number, now = NOON) =>
    rowsRead(async () => {
      const claimId = `${hook.slice(0, 5)}-${priority}-${limit}`;
      const rows = await claimDue(database(), hook, priority, limit, { claimId, leaseSeconds: 60, now });
      expect(rows).to.have.length(wanted);
    });

  it('reads what it takes and not the table', async () => {
    expect(await claim(HOOK, 10, 50, 50)).to.be.below(400);
  });

  it('reads the few of its hook and priority and not the many of another', async () => {
    expect(await claim(HOOK, 5, 500, 5)).to.be.below(100);
    expect(await claim('other', 10, 500, 5)).to.be.below(100);
  });

  it('reads what it takes of many that are due after the many of another hook', async () => {
    expect(await claim('later', 10, 50, 50)).to.be.below(400);
  });

  it('of nothing that is due reads next to nothing', async () => {
    expect(await claim(HOOK, 10, 499, 0, NOON - 3 * DAY)).to.be.below(50);
    expect(await claim(HOOK, 20, 500, 0)).to.be.below(50);
    expect(await claim('none', 10, 500, 0, NOON + HOUR)).to.be.below(50);
  });

  it('of one phone among them all is listed and counted by its index', async () => {
    const phone = '+34612345678';
    const { actions } = database().tables;
    await insertActions(database(), [action({ phone, scheduledAt: NOON + DAY }), action({ phone })], NOON);
    const filter = { hook: HOOK, status: 'pending', phone, limit: 50 } as const;
    const plan = await database().query(async (orm) => {
      const [rows] = await orm.execute(sql`EXPLAIN ${actionsQuery(database(), orm, filter).getSQL()}`);
      return (rows as unknown as { table: string; key: string | null }[])[0];
    });
    expect(plan?.key).to.equal('idx_phone');
    expect(await rowsRead(() => listActions(database(), filter))).to.be.below(50);
    expect(await rowsRead(() => countByStatus(database(), filter))).to.be.below(50);
    await database().query((orm) => orm.delete(actions).where(eq(actions.phone, phone)));
  });

  it('is preceded by a look for what is due that reads next to nothing too', async () => {
    expect(await rowsRead(() => nextDue(database()))).to.be.below(50);
  });
});
