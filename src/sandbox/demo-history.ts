import { DAY } from '../lib/clock.js';
import type { DemoCatalogue } from './demo-catalogue.js';
import { createDice } from './demo-dice.js';
import type { DemoCustomer } from './demo-sales.js';
import type { DrivenClock } from './driven-clock.js';
import type { PretendShop } from './shop/pretend-shop.js';

/** What of the daemon the past weeks need. */
interface Daemon {
  trackView(phone: string, productId: number): Promise<unknown>;
  recordConsent(
    entries: readonly { phone: string; decision: 'grant' | 'revoke'; source: string; decidedAt: number }[],
  ): Promise<void>;
  readonly queue: { dispatch(hook: string, args: unknown): Promise<number | null> };
  runDue(hooks: readonly string[]): Promise<unknown>;
}

export interface PastWeeks {
  readonly app: Daemon;
  readonly clock: DrivenClock;
  readonly shop: PretendShop;
  readonly catalogue: DemoCatalogue;
  readonly customers: readonly DemoCustomer[];
  /** Milliseconds: where the clock stands in the end; at first it stands three weeks before. */
  readonly until: number;
}

export interface View {
  readonly phone: string;
  readonly productId: number;
}

const SEND = 'wch_send_reengagement_message';
const SOLD_OUT = ['Cast-iron teapot', 'Moka pot'] as const;
const WANTED = [...SOLD_OUT, ...SOLD_OUT, 'Swan-neck kettle', 'Olive-wood board', 'Hand grinder', 'Lantern'] as const;
const VIEWERS = 60;
const GREETED = 24;
const TIRED = 15;

/** Three evenings of people looking at products, two of them sold out; then a few messages by hand, and some who want none. Returns the views. */
export async function liveThroughWeeks(past: PastWeeks): Promise<View[]> {
  const { app, clock, customers, until } = past;
  const dice = createDice(2);
  const views: View[] = [];
  for (const name of SOLD_OUT) past.shop.setStock(past.catalogue.product(name), 'outofstock');
  for (const daysAgo of [20, 13, 6]) {
    await clock.advanceTo(until - daysAgo * DAY);
    for (const { phone } of dice.draw(customers, VIEWERS)) {
      const productId = past.catalogue.product(dice.pick(WANTED));
      await app.trackView(phone, productId);
      views.push({ phone, productId });
    }
  }

  await clock.advanceTo(until - 4 * DAY);
  const willing = customers.filter((customer) => customer.consent === true && customer.country !== 'US');
  const drawn = dice.draw(willing, GREETED + TIRED);
  await app.recordConsent(
    drawn.map(({ phone }, index) => ({
      phone,
      ...(index < GREETED
        ? { decision: 'grant', source: 'asked at the counter' }
        : { decision: 'revoke', source: 'wrote STOP' }),
      decidedAt: clock.now(),
    })),
  );
  for (const { phone } of drawn.slice(0, GREETED))
    await app.queue.dispatch(SEND, { customer_phone: phone, campaign_type: 'we_miss_you' });
  await app.runDue([SEND]);
  await clock.advanceTo(until);
  return views;
}
