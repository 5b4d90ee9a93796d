import { expect } from 'chai';
import { sql } from 'drizzle-orm';
import { ensureCustomers } from '../../src/db/customers.js';
import {
  answeredViewsOf,
  couponOfAction,
  logStatuses,
  markSending as markHeld,
  recentLog,
  reserveSlots as reserveHeld,
  type ReservationRequest,
} from '../../src/db/log.js';
import type { HeldAction } from '../../src/db/held.js';
import type { Database } from '../../src/db/pool.js';
import { settle } from '../../src/db/settle.js';
import { DAY, HOUR, SECOND } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import type { FrequencyCaps } from '../../src/reengagement/frequency-cap.js';
import { useDatabase } from '../support/database.js';
import { allLogRows, emptyTables, NOON } from '../queue/support.js';

const CAPS = { weekly: 1, monthly: 4 };
const LAPSE = { max: 3, gapsDays: [7, 21, 60] };
const PHONE = '+34612345678';

function request(actionId: number, changes: Partial<ReservationRequest> = {}): ReservationRequest {
  return {
    actionId,
    claimId: 'own',
    phone: PHONE,
    campaignType: 'back_in_stock',
    lastPaidAt: null,
    couponCode: null,
    ...changes,
  };
}

/** Puts the actions under way, each by its claim, as a runner that has claimed them. */
async function hold(database: Database, held: readonly HeldAction[], lease = 600): Promise<void> {
  const { actions } = database.tables;
  for (const { actionId, claimId } of held) {
    const set = { status: 'in-progress', claimId, leaseUntil: sql`UTC_TIMESTAMP(3) + INTERVAL ${lease} SECOND` };
    const row = { id: actionId, hook: HOOKS.sendMessage, groupSlug: 'wch', args: {}, priority: 10 };
    await database.query((orm) =>
      orm
        .insert(actions)
        .values({ ...row, ...set, scheduledAt: new Date(NOON), createdAt: new Date(NOON) })
        .onDuplicateKeyUpdate({ set }),
    );
  }
}

async function reserveSlots(
  database: Database,
  requests: readonly ReservationRequest[],
  caps: FrequencyCaps,
  now: number,
) {
  await hold(database, requests);
  return await reserveHeld(database, requests, { caps, lapse: LAPSE }, now);
}

async function markSending(database: Database, held: readonly HeldAction[], now: number) {
  return await markHeld(
    database,
    held.map((item) => ({ ...item, views: [] })),
    now,
  );
}

interface Row {
  readonly sentAt: number;
  readonly phone?: string;
  readonly campaignType?: string;
  readonly status?: string | null;
  readonly actionId?: number | null;
  readonly claimId?: string;
  readonly couponCode?: string;
}

async function log(database: Database, ...rows: readonly Row[]): Promise<void> {
  await database.query((orm) =>
    orm.insert(database.tables.reengagementLog).values(
      rows.map(({ sentAt, phone = PHONE, campaignType = 'we_miss_you', status = 'sent', ...row }) => ({
        customerPhone: phone,
        campaignType,
        status,
        sentAt: new Date(sentAt),
        ...row,
      })),
    ),
  );
}

describe('a slot under the frequency cap', () => {
  const database = useDatabase();
  beforeEach(async () => {
    await emptyTables(database());
    await ensureCustomers(database(), [PHONE, '+34600000001']);
  });

  const answers = (requests: readonly ReservationRequest[], caps = CAPS, now = NOON) =>
    reserveSlots(database(), requests, caps, now);
  const reserve = async (...requests: readonly ReservationRequest[]) =>
    (await answers(requests)).map(({ kind }) => kind);

  it('is taken by a row that counts from then on', async () => {
    expect(await reserve(request(1))).to.deep.equal(['reserved']);
    expect(await reserve(request(2))).to.deep.equal(['capped']);
    expect(
      (await allLogRows(database())).map(({ actionId, status, claimId }) => [actionId, status, claimId]),
    ).to.deep.equal([[1, 'reserved', 'own']]);
  });

  it('is one for neighbours with the same phone in one group', async () => {
    const other = request(3, { phone: '+34600000001' });
    expect(await reserve(request(1), request(2), other)).to.deep.equal(['reserved', 'capped', 'reserved']);
  });

  it("is not refused because of the action's own row of an earlier attempt", async () => {
    await reserve(request(1, { claimId: 'first' }));
    expect(await reserve(request(1, { claimId: 'second' }))).to.deep.equal(['reserved']);
    const rows = await allLogRows(database());
    expect(rows.map(({ claimId }) => claimId)).to.deep.equal(['second']);
  });

  it('is not refused because a neighbour in the group is tried again', async () => {
    const caps = { weekly: 2, monthly: 4 };
    const two = [request(1), request(2)];
    for (let attempt = 0; attempt < 3; attempt++) {
      const kinds = (await answers(two, caps)).map(({ kind }) => kind);
      expect(kinds).to.deep.equal(['reserved', 'reserved']);
    }
  });

  it('is refused by what the plugin logged, with plus and without', async () => {
    for (const phone of [PHONE, PHONE.slice(1)]) {
      for (const status of ['sent', null, 'opened']) {
        await emptyTables(database());
        await log(database(), { sentAt: NOON - DAY, phone, status });
        expect(await reserve(request(1))).to.deep.equal(['capped']);
      }
    }
  });

  it('is refused by what was logged in the future, before the clock was put back', async () => {
    await log(database(), { sentAt: NOON + 40 * DAY });
    expect(await reserve(request(1))).to.deep.equal(['capped']);
  });

  it('is given back by a failed message', async () => {
    await log(database(), { sentAt: NOON - HOUR, status: 'failed', actionId: 7 });
    expect(await reserve(request(1))).to.deep.equal(['reserved']);
  });

  it('is refused by what is reserved or being sent, however long ago', async () => {
    for (const status of ['reserved', 'sending']) {
      await emptyTables(database());
      await log(database(), { sentAt: NOON - 90 * DAY, status, actionId: 7 });
      expect(await reserve(request(1))).to.deep.equal(['capped']);
    }
  });

  it('is free again after exactly seven days, and the fifth in thirty days is refused', async () => {
    await log(database(), { sentAt: NOON - 7 * DAY }, { sentAt: NOON - 14 * DAY }, { sentAt: NOON - 21 * DAY });
    expect(await reserve(request(1))).to.deep.equal(['reserved']);
    await emptyTables(database());
    await log(database(), ...[8, 15, 22, 29].map((days) => ({ sentAt: NOON - days * DAY })));
    expect(await reserve(request(1))).to.deep.equal(['capped']);
  });

  it('is held to the second: a time that is rounded never ends the window early', async () => {
    await answers([request(1)], CAPS, NOON + 400);
    await markSending(database(), [{ actionId: 1, claimId: 'own' }], NOON + 400);
    await settle(database(), [{ actionId: 1, claimId: 'own', ending: { name: 'accepted' } }], NOON, () => {
      throw new Error('There are no follow-ups.');
    });
    const at = async (now: number) => (await answers([request(2)], CAPS, now))[0]?.kind;
    expect(await at(NOON + 7 * DAY + 399)).to.equal('capped');
    expect(await at(NOON + 7 * DAY + SECOND)).to.equal('reserved');
  });

  it('is not given to an action whose message may be on its way, or is', async () => {
    for (const status of ['sending', 'sent', 'delivered', 'read', 'unknown'] as const) {
      await emptyTables(database());
      await log(database(), { sentAt: NOON - 90 * DAY, status, actionId: 1 });
      const [answer] = await answers([request(1)]);
      expect(answer).to.deep.equal({ kind: 'begun', status });
      expect((await allLogRows(database()))[0]?.status).to.equal(status);
    }
  });

  it('is given anew to an action that had failed, without the old error', async () => {
    await reserve(request(1));
    await database().query((orm) =>
      orm.update(database().tables.reengagementLog).set({ status: 'failed', errorCode: 131_049, error: 'no' }),
    );
    expect(await reserve(request(1, { claimId: 'again' }))).to.deep.equal(['reserved']);
    const rows = await allLogRows(database());
    expect(rows).to.have.length(1);
    expect(rows[0]).to.include({ status: 'reserved', claimId: 'again', errorCode: null, error: null });
  });

  it('is given to nobody whose action has ended, was taken over, or outlived its lease', async () => {
    const lost = async (held: HeldAction, lease?: number) => {
      await hold(database(), [held], lease);
      return (await reserveHeld(database(), [request(1)], { caps: CAPS, lapse: LAPSE }, NOON))[0]?.kind;
    };
    expect(await lost({ actionId: 1, claimId: 'other' })).to.equal('lost');
    expect(await lost({ actionId: 1, claimId: 'own' }, -1)).to.equal('lost');
    await database().query((orm) => orm.update(database().tables.actions).set({ status: 'complete' }));
    expect((await reserveHeld(database(), [request(1)], { caps: CAPS, lapse: LAPSE }, NOON))[0]?.kind).to.equal('lost');
    expect(await allLogRows(database())).to.have.length(0);
  });

  describe('in a lapse', () => {
    const campaign = (actionId: number, changes: Partial<ReservationRequest> = {}) =>
      request(actionId, { campaignType: 'new_arrivals', ...changes });
    const MANY = { weekly: 100, monthly: 100 };
    const outcome = async (...requests: readonly ReservationRequest[]) =>
      (await answers(requests, MANY)).map((answer) => (answer.kind === 'capped' ? answer.reason : answer.kind));

    it('is one for two campaigns of one person, however far the frequency cap is', async () => {
      expect(await outcome(campaign(1), campaign(2))).to.deep.equal(['reserved', 'lapse_pause']);
      expect(await outcome(campaign(3), campaign(1))).to.deep.equal(['lapse_pause', 'reserved']);
    });

    it('is one for two daemons at the same time', async () => {
      const both = await Promise.all([outcome(campaign(1)), outcome(campaign(2))]);
      expect(both.flat()).to.have.members(['reserved', 'lapse_pause']);
    });

    it('is refused after as many campaign messages since the last purchase as are allowed, however old', async () => {
      await log(database(), ...[900, 800, 700].map((days) => ({ sentAt: NOON - days * DAY })));
      expect(await outcome(campaign(1))).to.deep.equal(['lapse_told']);
      expect(await outcome(campaign(1, { lastPaidAt: NOON - 750 * DAY }))).to.deep.equal(['reserved']);
    });

    it('is not needed by news of stock and of prices, which take none either', async () => {
      const news = (['back_in_stock', 'price_drop'] as const).map((campaignType, n) =>
        request(n + 1, { campaignType }),
      );
      expect(await outcome(...news, campaign(3))).to.deep.equal(['reserved', 'reserved', 'reserved']);
      expect(await outcome(request(4), campaign(5))).to.deep.equal(['reserved', 'lapse_pause']);
    });
  });

  it('keeps the coupon code of the first attempt', async () => {
    const code = async (actionId: number, couponCode: string | null): Promise<unknown> => {
      const [answer] = await answers([request(actionId, { couponCode })]);
      return answer?.kind === 'reserved' ? answer.couponCode : answer?.kind;
    };
    expect(await code(1, 'LOYALAAAA')).to.equal('LOYALAAAA');
    expect(await code(1, 'LOYALBBBB')).to.equal('LOYALAAAA');
    expect(await couponOfAction(database(), 1), 'a message that may still go keeps its coupon').to.equal(null);
    const { reengagementLog: log } = database().tables;
    await database().query((orm) => orm.update(log).set({ status: 'failed' }));
    expect(await couponOfAction(database(), 1)).to.equal('LOYALAAAA');
    expect(await couponOfAction(database(), 2)).to.equal(null);
  });

  it('is not lost where a hundred neighbours are reserved together', async () => {
    const phones = Array.from({ length: 100 }, (_, n) => `+3460000${String(n).padStart(4, '0')}`);
    await ensureCustomers(database(), phones);
    const kinds = await reserve(...phones.map((phone, n) => request(n + 1, { phone })));
    expect(kinds.every((kind) => kind === 'reserved')).to.equal(true);
    expect(await allLogRows(database())).to.have.length(100);
  });
});

describe('a mark that a message is being sent', () => {
  const database = useDatabase();
  beforeEach(() => emptyTables(database()));
  const own = (...actionIds: readonly number[]) => actionIds.map((actionId) => ({ actionId, claimId: 'own' }));
  const mark = (...actionIds: readonly number[]) => markSending(database(), own(...actionIds), NOON);

  it('is given to who holds the reservation, and to nobody else', async () => {
    await log(
      database(),
      { sentAt: NOON - HOUR, status: 'reserved', actionId: 1, claimId: 'own' },
      { sentAt: NOON - HOUR, status: 'reserved', actionId: 2, claimId: 'other' },
      { sentAt: NOON - HOUR, status: 'sending', actionId: 3, claimId: 'own' },
      { sentAt: NOON - HOUR, status: 'sent', actionId: 4, claimId: 'own' },
    );
    await hold(database(), own(1, 2, 3, 4, 5));
    expect(await mark(1, 2, 3, 4, 5)).to.deep.equal([true, false, false, false, false]);
    const rows = await allLogRows(database());
    expect(rows.map(({ status, sentAt }) => [status, sentAt.getTime() - NOON])).to.deep.equal([
      ['sending', 0],
      ['reserved', -HOUR],
      ['sending', -HOUR],
      ['sent', -HOUR],
    ]);
    expect([...(await logStatuses(database(), [1, 2, 5]))]).to.deep.equal([
      [1, 'sending'],
      [2, 'reserved'],
    ]);
  });

  it('is refused to a daemon whose action another one has taken over, or whose lease is over', async () => {
    await log(database(), { sentAt: NOON, status: 'reserved', actionId: 1, claimId: 'own' });
    await hold(database(), [{ actionId: 1, claimId: 'other' }]);
    expect(await mark(1)).to.deep.equal([false]);
    await hold(database(), own(1), -1);
    expect(await mark(1)).to.deep.equal([false]);
    expect((await allLogRows(database()))[0]?.status).to.equal('reserved');
  });

  it('keeps the views that the message answers, for whoever finds the daemon dead', async () => {
    await log(database(), { sentAt: NOON, status: 'reserved', actionId: 1, claimId: 'own' });
    await hold(database(), own(1));
    const views = [
      { id: 7, priceTold: null },
      { id: 8, priceTold: '9.50' },
    ];
    await markHeld(database(), [{ actionId: 1, claimId: 'own', views }], NOON);
    expect((await answeredViewsOf(database(), [1])).get(1)).to.deep.equal(views);
  });

  it('is given once, whoever asks at the same time', async () => {
    await log(database(), { sentAt: NOON, status: 'reserved', actionId: 1, claimId: 'own' });
    await hold(database(), own(1));
    const answers = await Promise.all(Array.from({ length: 6 }, () => mark(1)));
    expect(answers.flat().filter((granted) => granted)).to.have.length(1);
  });
});

describe('the recent log', () => {
  const database = useDatabase();

  it('holds thirty days, what is still reserved, and the campaign messages of all time, by phone with plus', async () => {
    await log(
      database(),
      { sentAt: NOON - 30 * DAY + SECOND },
      { sentAt: NOON - 31 * DAY, campaignType: 'back_in_stock' },
      { sentAt: NOON - 31 * DAY, status: 'failed' },
      { sentAt: NOON - 900 * DAY, status: null, campaignType: 'loyalty_reward' },
      { sentAt: NOON - DAY, phone: PHONE.slice(1), status: 'opened' },
      { sentAt: NOON - 60 * DAY, campaignType: 'back_in_stock', status: 'reserved', actionId: 5 },
      { sentAt: NOON, phone: '+34600000009' },
    );
    const found = await recentLog(database(), [PHONE], NOON);
    expect([...found.keys()]).to.deep.equal([PHONE]);
    expect(
      found.get(PHONE)?.map(({ phone, status, sentAt }) => [phone, status, (NOON - sentAt) / DAY]),
    ).to.have.deep.members([
      [PHONE, 'sent', 30 - SECOND / DAY],
      [PHONE, null, 1],
      [PHONE, 'reserved', 60],
      [PHONE, null, 900],
    ]);
    expect(await recentLog(database(), [], NOON)).to.deep.equal(new Map());
  });
});
