import { expect } from 'chai';
import { eq } from 'drizzle-orm';
import fc from 'fast-check';
import { claimDue, claimOne, insertActions } from '../../src/db/actions.js';
import { ensureCustomers } from '../../src/db/customers.js';
import {
  couponOfAction,
  logStatuses,
  markSending,
  recentLog,
  reserveSlots,
  type Reservation,
  type ReservationRequest,
} from '../../src/db/log.js';
import { openDatabase, type Database } from '../../src/db/pool.js';
import { settle } from '../../src/db/settle.js';
import { DAY, HOUR, SECOND } from '../../src/lib/clock.js';
import { newAction } from '../../src/queue/action.js';
import { HOOKS, PRIORITIES } from '../../src/queue/hooks.js';
import { unwrapPayload } from '../../src/queue/payload.js';
import { frequencyCap } from '../../src/reengagement/frequency-cap.js';
import { useDatabase } from '../support/database.js';
import { allLogRows, emptyTables, NOON } from '../queue/support.js';

const CAPS = { weekly: 1, monthly: 4 };
const PHONE = '+34612345678';

function request(actionId: number, changes: Partial<ReservationRequest> = {}): ReservationRequest {
  return { actionId, claimId: 'own', phone: PHONE, campaignType: 'we_miss_you', couponCode: null, ...changes };
}

interface Row {
  readonly sentAt: number;
  readonly phone?: string;
  readonly status?: string | null;
  readonly actionId?: number | null;
  readonly claimId?: string;
  readonly couponCode?: string;
}

async function log(database: Database, ...rows: readonly Row[]): Promise<void> {
  await database.query((orm) =>
    orm.insert(database.tables.reengagementLog).values(
      rows.map(({ sentAt, phone = PHONE, status = 'sent', ...row }) => ({
        customerPhone: phone,
        campaignType: 'we_miss_you',
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

  const reserve = async (...requests: readonly ReservationRequest[]) =>
    (await reserveSlots(database(), requests, CAPS, NOON)).map(({ kind }) => kind);

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
      const answers = await reserveSlots(database(), two, caps, NOON);
      expect(answers.map(({ kind }) => kind)).to.deep.equal(['reserved', 'reserved']);
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
    await reserveSlots(database(), [request(1)], CAPS, NOON + 400);
    await markSending(database(), [{ actionId: 1, claimId: 'own' }], NOON + 400);
    await settle(database(), [{ actionId: 1, claimId: 'own', ending: { name: 'accepted' } }], NOON, () => {
      throw new Error('There are no follow-ups.');
    });
    const at = async (now: number) => (await reserveSlots(database(), [request(2)], CAPS, now))[0]?.kind;
    expect(await at(NOON + 7 * DAY + 399)).to.equal('capped');
    expect(await at(NOON + 7 * DAY + SECOND)).to.equal('reserved');
  });

  it('is not given to an action whose message may be on its way, or is', async () => {
    for (const status of ['sending', 'sent', 'delivered', 'read', 'unknown'] as const) {
      await emptyTables(database());
      await log(database(), { sentAt: NOON - 90 * DAY, status, actionId: 1 });
      const [answer] = await reserveSlots(database(), [request(1)], CAPS, NOON);
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

  it('keeps the coupon code of the first attempt', async () => {
    const code = async (actionId: number, couponCode: string | null): Promise<unknown> => {
      const [answer] = await reserveSlots(database(), [request(actionId, { couponCode })], CAPS, NOON);
      return answer?.kind === 'reserved' ? answer.couponCode : answer?.kind;
    };
    expect(await code(1, 'LOYALAAAA')).to.equal('LOYALAAAA');
    expect(await code(1, 'LOYALBBBB')).to.equal('LOYALAAAA');
    expect(await couponOfAction(database(), 1)).to.equal('LOYALAAAA');
    expect(await couponOfAction(database(), 2)).to.equal(null);
  });

  it('is not lost where a hundred neighbours are reserved together', async () => {
    const phones = Array.from({ length: 100 }, (_, n) => `+3460000${String(n).padStart(4, '0')}`);
    await ensureCustomers(database(), phones);
    const answers = await reserve(...phones.map((phone, n) => request(n + 1, { phone })));
    expect(answers.every((kind) => kind === 'reserved')).to.equal(true);
    expect(await allLogRows(database())).to.have.length(100);
  });
});

describe('a mark that a message is being sent', () => {
  const database = useDatabase();
  beforeEach(() => emptyTables(database()));
  const mark = (...marks: [number, string][]) =>
    markSending(
      database(),
      marks.map(([actionId, claimId]) => ({ actionId, claimId })),
      NOON,
    );

  it('is given to who holds the reservation, and to nobody else', async () => {
    await log(
      database(),
      { sentAt: NOON - HOUR, status: 'reserved', actionId: 1, claimId: 'own' },
      { sentAt: NOON - HOUR, status: 'reserved', actionId: 2, claimId: 'other' },
      { sentAt: NOON - HOUR, status: 'sending', actionId: 3, claimId: 'own' },
      { sentAt: NOON - HOUR, status: 'sent', actionId: 4, claimId: 'own' },
    );
    const marks = [1, 2, 3, 4, 5].map((id): [number, string] => [id, 'own']);
    expect(await mark(...marks)).to.deep.equal([true, false, false, false, false]);
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

  it('is given once, whoever asks at the same time', async () => {
    await log(database(), { sentAt: NOON, status: 'reserved', actionId: 1, claimId: 'own' });
    const answers = await Promise.all(Array.from({ length: 6 }, () => mark([1, 'own'])));
    expect(answers.flat().filter((granted) => granted)).to.have.length(1);
  });
});

describe('the recent log', () => {
  const database = useDatabase();

  it('holds thirty days, and what is still reserved, by phone with plus', async () => {
    await log(
      database(),
      { sentAt: NOON - 30 * DAY + SECOND },
      { sentAt: NOON - 31 * DAY },
      { sentAt: NOON - DAY, phone: PHONE.slice(1), status: 'opened' },
      { sentAt: NOON - 60 * DAY, status: 'reserved', actionId: 5 },
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
    ]);
    expect(await recentLog(database(), [], NOON)).to.deep.equal(new Map());
  });
});

/** What becomes of a reservation: each is a way through the table of endings. */
const FATES = ['accepted', 'unknown', 'refused', 'retried', 'skipped', 'crash'] as const;
type Fate = (typeof FATES)[number];

interface Round {
  /** Since the round before. */
  readonly days: number;
  /** For each sender that works at the same moment: the phones of its group. */
  readonly groups: readonly (readonly number[])[];
  readonly fates: readonly Fate[];
}

const rounds: fc.Arbitrary<Round[]> = fc.array(
  fc.record({
    days: fc.constantFrom(0, 0.3, 1, 3, 6.9999, 7, 9),
    groups: fc.array(fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 5 }), {
      minLength: 1,
      maxLength: 4,
    }),
    fates: fc.array(fc.constantFrom(...FATES), { minLength: 20, maxLength: 20 }),
  }),
  { minLength: 2, maxLength: 6 },
);

describe('the frequency cap with senders at the same time', () => {
  const database = useDatabase();
  const daemons: Database[] = [];
  before(() => {
    for (let n = 0; n < 3; n++) daemons.push(openDatabase({ ...database.options(), poolSize: 3 }));
  });
  after(async () => {
    for (const daemon of daemons) await daemon.close();
  });

  const PHONES = ['+34600000001', '+34600000002', '+34600000003'];

  let claims = 0;
  const newClaim = (now: number) => ({ claimId: `claim-${++claims}`, leaseSeconds: 600, now });

  async function claimed(phones: readonly string[], now: number): Promise<ReservationRequest[]> {
    const actions = phones.map((phone) => ({
      ...newAction(HOOKS.sendMessage, { customer_phone: phone }, now),
      unfinishedKey: null,
    }));
    await insertActions(database(), actions, now);
    const claim = newClaim(now);
    const rows = await claimDue(database(), HOOKS.sendMessage, PRIORITIES.normal, 100, claim);
    return rows.map(({ id, args }) =>
      request(id, { claimId: claim.claimId, phone: String(unwrapPayload(args)['customer_phone']) }),
    );
  }

  /** The next attempt of an action that was to be tried again, or whose daemon died before the POST. */
  async function reclaimed(earlier: ReservationRequest, now: number): Promise<ReservationRequest> {
    const { actions } = database().tables;
    await database().query((orm) =>
      orm.update(actions).set({ status: 'pending', claimId: null }).where(eq(actions.id, earlier.actionId)),
    );
    const claim = newClaim(now);
    expect(await claimOne(database(), earlier.actionId, claim)).to.include({ id: earlier.actionId });
    return { ...earlier, claimId: claim.claimId };
  }

  /** Lets one reserved message come to its end, or stay reserved for a retry. */
  async function live(daemon: Database, { actionId, claimId }: ReservationRequest, fate: Fate, now: number) {
    if (fate === 'crash') return;
    if (fate !== 'skipped') await markSending(daemon, [{ actionId, claimId }], now);
    const ending = { name: fate, until: now + 365 * DAY, messageId: 'wamid' } as const;
    await settle(daemon, [{ actionId, claimId, ending }], now, () => {
      throw new Error('There are no follow-ups.');
    });
  }

  for (const caps of [CAPS, { weekly: 2, monthly: 3 }]) {
    it(`is never above ${caps.weekly} in 7 days and ${caps.monthly} in 30, nor refuses what it could give`, async function () {
      this.timeout(60_000);
      await fc.assert(
        fc.asyncProperty(rounds, async (plan) => {
          await emptyTables(database());
          await ensureCustomers(database(), PHONES);
          let now = NOON;
          let waiting: ReservationRequest[] = [];
          for (const { days, groups, fates } of plan) {
            now += Math.round(days * DAY);
            const before = await recentLog(database(), PHONES, now);
            const work: { daemon: Database; requests: ReservationRequest[] }[] = [];
            for (const [n, phones] of groups.entries()) {
              const requests = await claimed(
                phones.map((phone) => PHONES[phone]!),
                now,
              );
              work.push({ daemon: daemons[n % daemons.length]!, requests });
            }
            // Those that wait from earlier rounds are tried again among the new ones.
            for (const earlier of waiting) work[0]!.requests.push(await reclaimed(earlier, now));
            const answers = await Promise.all(
              work.map(({ daemon, requests }) => reserveSlots(daemon, requests, caps, now)),
            );
            const asked = work.flatMap(({ daemon, requests }, n) =>
              requests.map((one, m) => ({ daemon, request: one, answer: answers[n]![m]! })),
            );
            assertFair(asked, waiting, before, caps, now);
            waiting = [];
            let fated = 0;
            for (const { daemon, request: one, answer } of asked) {
              if (answer.kind !== 'reserved') continue;
              const fate = fates[fated++ % fates.length]!;
              await live(daemon, one, fate, now);
              if (fate === 'retried' || fate === 'crash') waiting.push(one);
            }
            await assertCapped(caps);
          }
        }),
        { numRuns: 12 },
      );
    });
  }

  /** As many of one phone's new requests are reserved as the cap lets through, and every one that has its reservation already. */
  function assertFair(
    asked: readonly { readonly request: ReservationRequest; readonly answer: Reservation }[],
    waiting: readonly ReservationRequest[],
    before: Awaited<ReturnType<typeof recentLog>>,
    caps: typeof CAPS,
    now: number,
  ): void {
    const again = new Set(waiting.map(({ actionId }) => actionId));
    for (const phone of PHONES) {
      const own = asked.filter(({ request: one }) => one.phone === phone);
      for (const { request: one, answer } of own) if (again.has(one.actionId)) expect(answer.kind).to.equal('reserved');
      const fresh = own.filter(({ request: one }) => !again.has(one.actionId));
      const taken = [...(before.get(phone) ?? [])];
      let room = 0;
      for (; room < fresh.length && frequencyCap(taken, caps, now, null).allowed; room++)
        taken.push({ ...request(0), status: 'reserved', sentAt: now, errorCode: null, couponCode: null });
      expect(fresh.filter(({ answer }) => answer.kind === 'reserved')).to.have.length(room);
    }
  }

  /** The rows themselves: whatever window one looks through, it never shows more than the cap. */
  async function assertCapped(caps: typeof CAPS): Promise<void> {
    const rows = (await allLogRows(database())).filter(({ status }) => status !== 'failed');
    for (const phone of PHONES) {
      const times = rows.filter((row) => row.customerPhone === phone).map(({ sentAt }) => sentAt.getTime());
      for (const end of times) {
        expect(times.filter((at) => at <= end && at > end - 7 * DAY).length).to.be.at.most(caps.weekly);
        expect(times.filter((at) => at <= end && at > end - 30 * DAY).length).to.be.at.most(caps.monthly);
      }
    }
  }
});
