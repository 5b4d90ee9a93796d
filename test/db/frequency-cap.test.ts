import { expect } from 'chai';
import { eq } from 'drizzle-orm';
import fc from 'fast-check';
import { claimDue, claimOne, insertActions } from '../../src/db/actions.js';
import { ensureCustomers } from '../../src/db/customers.js';
import { markSending, recentLog, reserveSlots, type Reservation, type ReservationRequest } from '../../src/db/log.js';
import { openDatabase, type Database } from '../../src/db/pool.js';
import { settle } from '../../src/db/settle.js';
import { DAY } from '../../src/lib/clock.js';
import { newAction } from '../../src/queue/action.js';
import { HOOKS, PRIORITIES } from '../../src/queue/hooks.js';
import { unwrapPayload } from '../../src/queue/payload.js';
import { frequencyCap, type FrequencyCaps } from '../../src/reengagement/frequency-cap.js';
import { useDatabase } from '../support/database.js';
import { allLogRows, emptyTables, NOON } from '../queue/support.js';

function request(actionId: number, claimId: string, phone: string): ReservationRequest {
  // No campaign of a lapse, which has a limit of its own.
  return { actionId, claimId, phone, campaignType: 'back_in_stock', lastPaidAt: null, couponCode: null };
}

const LAPSE = { max: 3, gapsDays: [7] };
const ROW = {
  actionId: 0,
  campaignType: 'back_in_stock',
  status: 'reserved',
  errorCode: null,
  couponCode: null,
} as const;

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
      phone: null,
    }));
    await insertActions(database(), actions, now);
    const claim = newClaim(now);
    const rows = await claimDue(database(), HOOKS.sendMessage, PRIORITIES.normal, 100, claim);
    return rows.map(({ id, args }) => request(id, claim.claimId, String(unwrapPayload(args)['customer_phone'])));
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
    if (fate !== 'skipped') await markSending(daemon, [{ actionId, claimId, views: [] }], now);
    const ending = { name: fate, until: now + 365 * DAY, messageId: 'wamid' } as const;
    await settle(daemon, [{ actionId, claimId, ending }], now, () => {
      throw new Error('There are no follow-ups.');
    });
  }

  for (const caps of [
    { weekly: 1, monthly: 4 },
    { weekly: 2, monthly: 3 },
  ]) {
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
              work.map(({ daemon, requests }) => reserveSlots(daemon, requests, { caps, lapse: LAPSE }, now)),
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
        { numRuns: 8 },
      );
    });
  }

  /** As many of one phone's new requests are reserved as the cap lets through, and every one that has its reservation already. */
  function assertFair(
    asked: readonly { readonly request: ReservationRequest; readonly answer: Reservation }[],
    waiting: readonly ReservationRequest[],
    before: Awaited<ReturnType<typeof recentLog>>,
    caps: FrequencyCaps,
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
        taken.push({ ...ROW, phone, sentAt: now });
      expect(fresh.filter(({ answer }) => answer.kind === 'reserved')).to.have.length(room);
    }
  }

  /** The rows themselves: whatever window one looks through, it never shows more than the cap. */
  async function assertCapped(caps: FrequencyCaps): Promise<void> {
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
