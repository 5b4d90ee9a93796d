import { expect } from 'chai';
import { claimDue, insertActions } from '../../src/db/actions.js';
import { recoverExpired } from '../../src/db/recover.js';
import { newAction } from '../../src/queue/action.js';
import { HOOKS, PRIORITIES } from '../../src/queue/hooks.js';
import { LOG_STATUSES } from '../../src/reengagement/log-status.js';
import { useDatabase } from '../support/database.js';
import { allActions, emptyTables, expireLeases, NOON } from '../queue/support.js';

describe('recovery of expired leases', () => {
  const database = useDatabase();
  beforeEach(() => emptyTables(database()));
  const claim = (claimId: string) => ({ claimId, leaseSeconds: 60, now: NOON });

  /** One claimed action for each log status; null: without a log row. */
  async function held(...statuses: readonly (string | null)[]): Promise<number[]> {
    const actions = statuses.map((_, n) =>
      newAction(HOOKS.sendMessage, { customer_phone: `+346000000${String(n).padStart(2, '0')}` }, NOON + n - 100),
    );
    await insertActions(database(), actions, NOON);
    const rows = await claimDue(database(), HOOKS.sendMessage, PRIORITIES.normal, statuses.length, claim('dead'));
    const { reengagementLog } = database().tables;
    for (const [n, status] of statuses.entries()) {
      if (status === null) continue;
      const values = { customerPhone: '+34600000000', campaignType: 'we_miss_you', sentAt: new Date(NOON) };
      await database().query((orm) =>
        orm.insert(reengagementLog).values({ ...values, status, actionId: rows[n]!.id, claimId: 'dead' }),
      );
    }
    return rows.map(({ id }) => id);
  }

  it('leaves running actions alone', async () => {
    await held('sending', null);
    expect(await recoverExpired(database(), claim('next'))).to.deep.equal({ resumed: 0, begun: [] });
  });

  it('makes pending again what never began its POST', async () => {
    await held(null, 'reserved');
    await expireLeases(database());
    expect(await recoverExpired(database(), claim('next'))).to.deep.equal({ resumed: 2, begun: [] });
    const rows = await allActions(database());
    expect(rows.map(({ status, claimId, leaseUntil }) => [status, claimId, leaseUntil])).to.deep.equal([
      ['pending', null, null],
      ['pending', null, null],
    ]);
  });

  it('hands over, claimed, what the log has in any other state', async () => {
    const others = LOG_STATUSES.filter((status) => status !== 'reserved');
    const ids = await held(...others);
    await expireLeases(database());
    const { resumed, begun } = await recoverExpired(database(), claim('next'));
    expect(resumed).to.equal(0);
    expect(begun.map(({ id }) => id)).to.have.members(ids);
    expect(begun.every(({ status, claimId }) => status === 'in-progress' && claimId === 'next')).to.equal(true);
    expect(await recoverExpired(database(), claim('third'))).to.deep.equal({ resumed: 0, begun: [] });
  });

  it('gives each action to one of several who recover at the same time', async () => {
    const ids = await held(...Array.from({ length: 30 }, (_, n) => (n % 2 === 0 ? 'sending' : null)));
    await expireLeases(database());
    const all = await Promise.all(['a', 'b', 'c', 'd'].map((name) => recoverExpired(database(), claim(name))));
    const begun = all.flatMap((one) => one.begun.map(({ id }) => id));
    expect(begun.sort((a, b) => a - b)).to.deep.equal(ids.filter((_, n) => n % 2 === 0));
    expect(all.reduce((sum, { resumed }) => sum + resumed, 0)).to.equal(15);
  });

  it('takes a bounded number at a time', async () => {
    await held(null, null, null);
    await expireLeases(database());
    expect((await recoverExpired(database(), claim('next'), 2)).resumed).to.equal(2);
    expect((await recoverExpired(database(), claim('next'), 2)).resumed).to.equal(1);
  });
});
