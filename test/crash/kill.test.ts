import { sql } from 'drizzle-orm';
import { expect } from 'chai';
import { SKIP_SENTENCES } from '../../src/reengagement/eligibility.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { sandboxConfiguration } from '../../src/sandbox/configuration.js';
import { createPretendShop, type PretendShop } from '../../src/sandbox/shop/pretend-shop.js';
import { createPretendWhatsApp, type PretendWhatsApp } from '../../src/sandbox/whatsapp/pretend-whatsapp.js';
import { newAction } from '../../src/queue/action.js';
import { insertActions } from '../../src/db/actions.js';
import { useDatabase } from '../support/database.js';
import { builtProgram } from '../support/program.js';
import { configurationFile, program } from './daemon.js';

const MESSAGES = 300;
/**
 * whatsapp.concurrency: so many POSTs are under way at once, and so many sending marks stand in a group at most. Small enough that five
 * kills, each of which leaves as many unknown, find messages to strike at.
 */
const GROUP = 25;

/** The states that a message passes, each with the event in the outside world that shows that some message is in it. */
const STATES = ['claimed', 'stock asked', 'reserved', 'sending', 'accepted, unanswered', 'settling'] as const;
type State = (typeof STATES)[number];

interface Ledger {
  accepted: number;
  waiting: number;
  deadLettered: number;
  skipped: number;
  unknown: number;
  unknownNeverAccepted: number;
}

/** A seeded generator: a failure can be run again. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('the daemon killed with SIGKILL and started again', function () {
  this.timeout(240_000);
  const database = useDatabase();
  let shop: PretendShop;
  let whatsapp: PretendWhatsApp;
  let mug: number;
  let main: string;

  before(async () => {
    main = await builtProgram();
  });
  beforeEach(async () => {
    shop = await createPretendShop();
    whatsapp = await createPretendWhatsApp({ latencyMs: 20 });
    mug = shop.addProduct({ name: 'Blue mug', price: '9.00', stockStatus: 'instock' });
    for (const table of Object.values(database().tables)) await database().query((orm) => orm.delete(table));
  });
  afterEach(async () => {
    await shop.close();
    await whatsapp.close();
  });

  /** 300 people who consented: a third each we_miss_you, loyalty_reward with a coupon, back_in_stock with a live product. */
  async function queueCampaign(first: number): Promise<void> {
    const { customerProfiles, productViews, actions } = database().tables;
    await database().query((orm) => orm.delete(actions));
    const now = Date.now();
    const people = Array.from({ length: MESSAGES }, (_, index) => `+34600${String(first + index).padStart(6, '0')}`);
    await database().query((orm) =>
      orm.insert(customerProfiles).values(
        people.map((phone) => ({
          phone,
          name: 'Ana Ruiz',
          optInMarketing: 1,
          createdAt: new Date(now),
          updatedAt: new Date(now),
        })),
      ),
    );
    const waiting = people.filter((_, index) => index % 3 === 2);
    await database().query((orm) =>
      orm.insert(productViews).values(
        waiting.map((customerPhone) => ({
          customerPhone,
          productId: mug,
          inStock: 0,
          viewedAt: new Date(now - 60_000),
          source: 'test',
        })),
      ),
    );
    const types = ['we_miss_you', 'loyalty_reward', 'back_in_stock'] as const;
    await insertActions(
      database(),
      people.map((phone, index) =>
        newAction(HOOKS.sendMessage, { customer_phone: phone, campaign_type: types[index % 3] }, now),
      ),
      now,
    );
  }

  /** Calls back once when the outside world shows that some message is in this state. */
  function whenIn(state: State, random: () => number, strike: () => void): void {
    let struck = false;
    const once = (): false => {
      if (!struck) strike();
      struck = true;
      return false;
    };
    const already = whatsapp.accepted.length;
    const soon = 1 + Math.floor(random() * 15);
    let seen = 0;
    switch (state) {
      case 'claimed':
        whatsapp.templateFaults.next('reset', { when: once });
        break;
      case 'stock asked':
        shop.faults.next('reset', { when: ({ path }) => path.endsWith('/products') && once() });
        break;
      case 'reserved':
        shop.faults.next('reset', {
          when: ({ path }) => path.endsWith('/coupons') && once(),
        });
        break;
      case 'sending':
        whatsapp.faults.next('never', { when: () => ++seen >= soon && !struck && (once(), true) });
        break;
      case 'accepted, unanswered':
        whatsapp.onAccepted(() => whatsapp.accepted.length >= already + soon && once());
        break;
      case 'settling':
        // The answers of the messages accepted first have arrived; their outcomes are being written.
        whatsapp.onAccepted(() => whatsapp.accepted.length >= already + soon + 10 && once());
        break;
    }
  }

  /** The dead daemon's leases run out in the database's time; the test does not wait for that. */
  async function expireLeases(): Promise<void> {
    const { actions } = database().tables;
    await database().query((orm) =>
      orm
        .update(actions)
        .set({ leaseUntil: sql`UTC_TIMESTAMP(3) - INTERVAL 1 SECOND` })
        .where(sql`status = 'in-progress'`),
    );
  }

  async function readLedger(): Promise<Ledger> {
    const { actions } = database().tables;
    const rows = await database().query((orm) =>
      orm
        .select()
        .from(actions)
        .where(sql`hook = ${HOOKS.sendMessage}`),
    );
    expect(rows).to.have.length(MESSAGES);
    const ledger: Ledger = {
      accepted: 0,
      waiting: 0,
      deadLettered: 0,
      skipped: 0,
      unknown: 0,
      unknownNeverAccepted: 0,
    };
    for (const row of rows) {
      const delivered = whatsapp.accepted.filter((message) => message.callbackData === `reengaged:${row.id}`).length;
      expect(delivered, `action ${row.id}`).to.be.at.most(1);
      if (row.status === 'complete' && row.reason === 'accepted') {
        expect(delivered, `accepted action ${row.id}`).to.equal(1);
        ledger.accepted += 1;
      } else if (row.status === 'complete' && row.reason === 'unknown') {
        ledger.unknown += 1;
        ledger.unknownNeverAccepted += 1 - delivered;
      } else {
        expect(delivered, `action ${row.id} is ${row.status}, ${row.reason ?? ''}`).to.equal(0);
        if (row.status === 'complete' && row.reason !== null && row.reason in SKIP_SENTENCES) ledger.skipped += 1;
        else if (row.status === 'pending') ledger.waiting += 1;
        else if (row.status === 'failed') ledger.deadLettered += 1;
        else expect.fail(`action ${row.id} ended as nothing of the table: ${row.status}, ${row.reason ?? ''}`);
      }
    }
    return ledger;
  }

  const KILLS_A_CAMPAIGN = 5;
  const seed = Number(process.env['REENGAGED_TEST_SEED'] ?? 20_261_122);
  const campaigns: State[][] = [];
  const random = seeded(seed);
  for (let kill = 0; kill < 20; kill++) {
    const state = STATES[kill] ?? STATES[Math.floor(random() * STATES.length)] ?? 'sending';
    const campaign = Math.floor(kill / KILLS_A_CAMPAIGN);
    (campaigns[campaign] ??= []).push(state);
  }

  campaigns.forEach((states, index) => {
    it(`loses nothing and sends nothing twice, killed while a message is ${states.join(' / ')}`, async () => {
      await queueCampaign(index * MESSAGES);
      const base = sandboxConfiguration(shop, whatsapp, database.options());
      const file = await configurationFile({
        ...base,
        whatsapp: { ...base.whatsapp, messages_per_second: 150, concurrency: GROUP },
        reengagement: { ...base.reengagement, quiet_hours: { from: '00:00', until: '00:00' } },
      });
      try {
        let kills = 0;
        for (const state of states) {
          const daemon = program(main, file.path, 'start');
          whenIn(state, random, () => {
            daemon.kill('SIGKILL');
          });
          const { signal, output } = await daemon.ended;
          expect(signal, output).to.equal('SIGKILL');
          kills += 1;
          await expireLeases();
        }
        const { code, output } = await program(main, file.path, 'run', `--hooks=${HOOKS.sendMessage}`).ended;
        expect(code, output).to.equal(0);
        const ledger = await readLedger();
        const told = new Set(whatsapp.accepted.map((message) => message.to));
        process.stdout.write(
          `      seed ${seed}, kills ${kills}, ${JSON.stringify(ledger)}, messages on WhatsApp ${whatsapp.accepted.length}\n`,
        );
        expect(told.size, 'people with a message each').to.equal(whatsapp.accepted.length);
        expect(ledger.waiting, 'waiting').to.equal(0);
        expect(ledger.deadLettered, 'dead-lettered').to.equal(0);
        expect(ledger.skipped, 'skipped').to.equal(0);
        expect(ledger.accepted + ledger.unknown).to.equal(MESSAGES);
        expect(ledger.unknownNeverAccepted).to.be.at.most(kills * GROUP);
      } finally {
        await file.remove();
      }
    });
  });
});
