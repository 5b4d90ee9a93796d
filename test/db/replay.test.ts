import { expect } from 'chai';
import { eq } from 'drizzle-orm';
import { insertAction, insertActions, pruneActions, type ActionRow, type NewAction } from '../../src/db/actions.js';
import { cancelActions } from '../../src/db/cancel.js';
import { dismissActions, retryActions } from '../../src/db/replay.js';
import { DAY, HOUR, MINUTE } from '../../src/lib/clock.js';
import { useDatabase } from '../support/database.js';
import { allActions, allLogRows, emptyTables, NOON } from '../queue/support.js';

const HOOK = 'wch_send_reengagement_message';
const PHONE = '+34612345678';

const written: NewAction = {
  hook: HOOK,
  group: 'wch',
  args: { key: null },
  priority: 10,
  scheduledAt: NOON - HOUR,
  uniqueKey: null,
  unfinishedKey: null,
  phone: null,
};

const deleteCoupon = (code: string): NewAction => ({ ...written, hook: 'delete', args: { code } });

/** The key stands in the arguments. */
const replay = {
  now: NOON,
  unfinishedKey: ({ args }: ActionRow) => (args as { key: string | null }).key,
  args: () => undefined,
  deleteCoupon,
  campaignType: () => null,
};

describe('what is done with actions by hand', () => {
  const database = useDatabase();
  beforeEach(() => emptyTables(database()));

  type Stored = ReturnType<typeof database>['tables']['actions']['$inferInsert'];

  /** An action as if it had ended so; `key` is what its arguments ask for. */
  async function ended(status: string, changes: Partial<Stored> = {}, key: string | null = null): Promise<number> {
    const id = await insertAction(database(), { ...written, args: { key } }, NOON - HOUR);
    const { actions } = database().tables;
    const ending = {
      status,
      attempts: 4,
      endedAt: new Date(NOON - MINUTE),
      reason: 'fail',
      error: 'Meta said no',
      ...changes,
    };
    await database().query((orm) => orm.update(actions).set(ending).where(eq(actions.id, id!)));
    return id!;
  }

  async function logged(actionId: number, status: string | null, couponCode: string | null = null): Promise<void> {
    const { reengagementLog } = database().tables;
    const row = { customerPhone: PHONE, campaignType: 'loyalty_reward', sentAt: new Date(NOON), claimId: 'old' };
    await database().query((orm) => orm.insert(reengagementLog).values({ ...row, actionId, status, couponCode }));
  }

  const statuses = async () => (await allActions(database())).map((row) => row.status);

  describe('retry', () => {
    it('makes what failed pending, due now, as if it had never been tried', async () => {
      const id = await ended('failed', { result: { success: false } }, 'send:1');
      expect(await retryActions(database(), { ids: [id] }, replay)).to.deep.equal({ count: 1, refused: [] });
      const [row] = await allActions(database());
      expect(row).to.include({ status: 'pending', attempts: 0, unfinishedKey: 'send:1' });
      expect(row).to.include({ endedAt: null, reason: null, result: null, error: null, claimId: null });
      expect(row?.scheduledAt.getTime()).to.equal(NOON);
    });

    it('keeps in the history how it had ended, and that it was retried by hand, the newest first', async () => {
      const id = await ended('failed', { history: '2026-02-10T10:00:00.000Z retry once' });
      await retryActions(database(), { ids: [id] }, replay);
      expect((await allActions(database()))[0]?.history?.split('\n')).to.deep.equal([
        '2026-02-10T11:00:00.000Z retried by hand',
        '2026-02-10T10:59:00.000Z fail Meta said no',
        '2026-02-10T10:00:00.000Z retry once',
      ]);
    });

    it('takes a canceled one by its id, and by a filter only when that names the status', async () => {
      const first = await ended('canceled');
      await ended('canceled');
      expect(await retryActions(database(), { hook: HOOK }, replay)).to.include({ count: 0 });
      expect(await retryActions(database(), { ids: [first] }, replay)).to.include({ count: 1 });
      expect(await retryActions(database(), { status: 'canceled' }, replay)).to.include({ count: 1 });
      expect(await statuses()).to.deep.equal(['pending', 'pending']);
    });

    it('refuses by its id what is complete, waits, runs or is not there, and says which', async () => {
      const ids = [];
      for (const status of ['complete', 'pending', 'in-progress']) ids.push(await ended(status));
      const before = await allActions(database());
      const { count, refused } = await retryActions(database(), { ids: [...ids, 424242] }, replay);
      expect(count).to.equal(0);
      expect(refused.map(({ id, kind }) => [id, kind])).to.deep.equal([
        ...ids.map((id) => [id, 'status']),
        [424242, 'absent'],
      ]);
      expect(await allActions(database())).to.deep.equal(before);
    });

    for (const status of ['sending', 'sent', 'delivered', 'read', 'unknown', null])
      it(`refuses a failed action whose message stands as ${status ?? 'the plugin’s'} in the log`, async () => {
        const id = await ended('failed');
        await logged(id, status);
        expect(await retryActions(database(), { status: 'failed' }, replay)).to.deep.equal({
          count: 0,
          refused: [{ kind: 'begun', id }],
        });
        expect(await statuses()).to.deep.equal(['failed']);
      });

    it('leaves the row of the log as it is', async () => {
      const id = await ended('failed');
      await logged(id, 'failed');
      const before = await allLogRows(database());
      await retryActions(database(), { ids: [id] }, replay);
      expect(await allLogRows(database())).to.deep.equal(before);
    });

    it('gives up the code of a coupon that is being deleted, and has it deleted for certain', async () => {
      const id = await ended('failed');
      await logged(id, 'failed', 'LOYALABC');
      await retryActions(database(), { ids: [id] }, replay);
      expect((await allLogRows(database()))[0]).to.include({ status: 'failed', couponCode: null });
      expect((await allActions(database())).map(({ hook, args }) => [hook, args])).to.deep.include([
        'delete',
        { code: 'LOYALABC' },
      ]);
    });

    it('refuses what waits already, naming the action that does', async () => {
      const id = await ended('failed', {}, 'send:1');
      const other = await insertAction(database(), { ...written, unfinishedKey: 'send:1' }, NOON);
      expect(await retryActions(database(), { ids: [id] }, replay)).to.deep.equal({
        count: 0,
        refused: [{ kind: 'waiting', id, other }],
      });
      expect(await statuses()).to.deep.equal(['failed', 'pending']);
    });

    it('takes of two that are the same the older one', async () => {
      const older = await ended('failed', {}, 'send:1');
      const younger = await ended('failed', {}, 'send:1');
      const third = await ended('failed', {}, 'send:2');
      expect(await retryActions(database(), { ids: [third, younger, older] }, replay)).to.deep.equal({
        count: 2,
        refused: [{ kind: 'waiting', id: younger, other: older }],
      });
    });

    it('of two people at once gives one action', async () => {
      const id = await ended('failed', {}, 'send:1');
      const both = await Promise.all([1, 2, 3].map(() => retryActions(database(), { ids: [id] }, replay)));
      expect(both.map(({ count }) => count).sort()).to.deep.equal([0, 0, 1]);
      expect((await allActions(database()))[0]?.history?.match(/retried by hand/g)).to.have.length(1);
    });

    it('and a dispatch of the same at the same moment leave one that is unfinished', async () => {
      for (let n = 0; n < 5; n++) {
        const key = `send:${n}`;
        const id = await ended('failed', {}, key);
        const [{ count }, dispatched] = await Promise.all([
          retryActions(database(), { ids: [id] }, replay),
          insertAction(database(), { ...written, unfinishedKey: key }, NOON),
        ]);
        expect([count, dispatched === null ? 0 : 1].sort()).to.deep.equal([0, 1]);
      }
    });

    it('runs it with the arguments that it is given', async () => {
      const ids = [await ended('failed'), await ended('failed')];
      const args = ({ id }: ActionRow) => (id === ids[0] ? { key: 'new', text: 'ñ "\\ 😀' } : undefined);
      await retryActions(database(), { ids }, { ...replay, args });
      expect((await allActions(database())).map((row) => row.args)).to.deep.equal([
        { key: 'new', text: 'ñ "\\ 😀' },
        { key: null },
      ]);
    });

    it('takes any number, and tells how far it is', async () => {
      const { actions } = database().tables;
      const row = { hook: HOOK, groupSlug: 'wch', args: { key: null }, priority: 10, createdAt: new Date(NOON) };
      const rows = Array.from({ length: 1_100 }, (_, n) => ({
        ...row,
        status: 'failed',
        scheduledAt: new Date(NOON - n),
      }));
      await database().query((orm) => orm.insert(actions).values(rows));
      const told: number[] = [];
      const { count } = await retryActions(database(), { scheduledAfter: NOON - 1_049 }, replay, (n) => told.push(n));
      expect({ count, told }).to.deep.equal({ count: 1_050, told: [500, 1_000, 1_050] });
      expect((await statuses()).filter((status) => status === 'failed')).to.have.length(50);
    });
  });

  describe('cancel', () => {
    it('touches what is pending only, by id and by filter', async () => {
      const ids = [await ended('pending'), await ended('in-progress'), await ended('complete'), await ended('failed')];
      const { count, refused } = await cancelActions(database(), { ids }, NOON, deleteCoupon);
      expect([count, refused.map(({ id }) => id)]).to.deep.equal([1, ids.slice(1)]);
      expect(await statuses()).to.deep.equal(['canceled', 'in-progress', 'complete', 'failed']);
      expect(await cancelActions(database(), { hook: HOOK }, NOON, deleteCoupon)).to.deep.equal({
        count: 0,
        refused: [],
      });
    });

    it('leaves alone what it makes itself, however much there is', async () => {
      const first = await ended('pending');
      await logged(first, 'reserved', 'LOYALABC');
      await insertActions(
        database(),
        Array.from({ length: 499 }, () => written),
        NOON,
      );
      expect(await cancelActions(database(), {}, NOON, deleteCoupon)).to.include({ count: 500 });
      expect((await allActions(database())).at(-1)).to.include({ hook: 'delete', status: 'pending' });
      expect(await allLogRows(database())).to.deep.equal([]);
    });

    it('keeps the key of a slot, and no other', async () => {
      await ended('pending', { uniqueKey: 'slot:x:2026-02-11', unfinishedKey: 'slot:x' });
      await ended('pending', { uniqueKey: 'campaign:x', unfinishedKey: 'send:1' });
      await cancelActions(database(), {}, NOON, deleteCoupon);
      expect((await allActions(database())).map((row) => [row.uniqueKey, row.unfinishedKey])).to.deep.equal([
        ['slot:x:2026-02-11', null],
        [null, null],
      ]);
    });
  });

  describe('dismiss', () => {
    it('lays aside what failed, and nothing else', async () => {
      const ids = [await ended('failed'), await ended('pending'), await ended('complete')];
      const { count, refused } = await dismissActions(database(), { ids }, NOON);
      expect([count, refused.map(({ id }) => id)]).to.deep.equal([1, ids.slice(1)]);
      expect((await allActions(database()))[0]).to.include({
        status: 'canceled',
        reason: 'dismissed',
        error: 'Meta said no',
        history: '2026-02-10T10:59:00.000Z fail Meta said no',
      });
    });

    it('keeps the row of the log', async () => {
      const id = await ended('failed');
      await logged(id, 'failed');
      await dismissActions(database(), { status: 'failed' }, NOON);
      expect(await allLogRows(database())).to.have.length(1);
    });

    it('has it forgotten in time, counted from the dismissal', async () => {
      await ended('failed', { endedAt: new Date(NOON - 90 * DAY) });
      await dismissActions(database(), {}, NOON);
      expect(await pruneActions(database(), NOON - 31 * DAY)).to.equal(0);
      expect(await pruneActions(database(), NOON + 1)).to.equal(1);
    });
  });
});
