import { expect } from 'chai';
import type { Preview } from '../../src/jobs/preview.js';
import { DAY } from '../../src/lib/clock.js';
import { maskPhone } from '../../src/lib/phone.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { allActions } from '../queue/support.js';
import { NOON, type World } from '../support/world.js';
import { argsOf, logged, sendDue } from './support.js';

/** Reasons that a run does not count: nobody was written to because the journal refused the message, or it was never a customer's. */
const NOT_OF_THE_RUN = ['already_queued', 'other_run_first', 'no_content', 'expired', 'bought_it', 'bad_phone'];

/** When what is not new came into the shop. */
export const OLD = NOON - 300 * DAY;

const COUPON = /LOYAL[A-Z0-9]{10}/g;

/** As a daemon that lives until half past eight in the morning, so that both jobs run next at nine. */
export async function halfPastEight(w: World, day: string): Promise<void> {
  w.clock.set(Date.parse(`${day}T07:30:00Z`));
  await w.app.tick();
  await w.app.runDue([HOOKS.checkBackInStock, HOOKS.processCampaigns]);
  await sendDue(w);
  await w.app.tick();
}

/** Both jobs, at the moment that the preview says, and what they queue is sent: it has to be what the preview said. */
export async function expectRunAsPreviewed(w: World, preview: Preview): Promise<void> {
  const [daily, stock] = preview.runs;
  const known = new Set((await allActions(w.database)).map(({ id }) => id));
  const checks = logged(w, 'Stock is checked').length;
  w.clock.set(daily.at);
  await w.app.tick();
  await w.app.runDue([HOOKS.checkBackInStock]);
  await w.app.runDue([HOOKS.processCampaigns]);
  const queued = (await allActions(w.database)).filter(({ id, hook }) => hook === HOOKS.sendMessage && !known.has(id));
  const types = queued.map((action) => {
    const { customer_phone: phone, campaign_type: type } = argsOf(action as unknown as Parameters<typeof argsOf>[0]);
    return `${maskPhone(String(phone))} ${String(type)}`;
  });
  const messages = [...daily.messages, ...stock.messages];
  expect(messages.map(({ phone, campaignType }) => `${phone} ${campaignType}`)).to.have.members(types);
  expect(skips(daily)).to.deep.equal(logged(w, 'Campaigns are planned').at(-1)?.['skipped']);
  const checked = logged(w, 'Stock is checked').slice(checks).at(-1) ?? { skipped: {}, malformed: 0 };
  expect(skips(stock)).to.deep.equal(checked['skipped']);
  expect(count(stock, 'bad_phone')).to.equal(checked['malformed']);
  await sendDue(w);
  const own = new Set(queued.map(({ id }) => `reengaged:${id}`));
  const arrived = w.whatsapp.accepted
    .filter(({ callbackData }) => own.has(callbackData ?? ''))
    .map(({ to, rendered }) => `${maskPhone(to)} ${rendered.replaceAll(COUPON, 'LOYAL**********')}`);
  expect(messages.map(({ phone, text }) => `${phone} ${text}`)).to.have.members(arrived);
}

type Run = Preview['runs'][number];

export function count(run: Run, reason: string): number {
  return run.skipped.find((one) => one.reason === reason)?.customers ?? 0;
}

function skips({ skipped }: Run): Record<string, number> {
  return Object.fromEntries(
    skipped.flatMap(({ reason, customers }) => (NOT_OF_THE_RUN.includes(reason) ? [] : [[reason, customers]])),
  );
}

/** Every row of every table. */
export async function everything(w: World): Promise<Record<string, unknown>> {
  const dump: Record<string, unknown> = {};
  for (const [name, table] of Object.entries(w.database.tables))
    dump[name] = await w.database.query((orm) => orm.select().from(table));
  return dump;
}

export interface Products {
  readonly mug: number;
  readonly plate: number;
  readonly back: number;
  readonly cheaper: number;
}

export function stocked(w: World): Products {
  const [mugs, plates] = [w.shop.addCategory('Mugs'), w.shop.addCategory('Plates')];
  w.shop.addProduct({ name: 'New mug', price: '12', categories: [mugs], createdAt: NOON - 5 * DAY });
  return {
    mug: w.shop.addProduct({ name: 'Mug', price: '10', categories: [mugs], createdAt: OLD }),
    plate: w.shop.addProduct({ name: 'Plate', price: '10', categories: [plates], createdAt: OLD }),
    back: w.shop.addProduct({ name: 'Back again', price: '10', createdAt: OLD }),
    cheaper: w.shop.addProduct({ name: 'Cheaper', price: '8', createdAt: OLD }),
  };
}

export async function messaged(
  w: World,
  phone: string,
  daysAgo: number,
  status: 'failed' | 'sent' = 'sent',
): Promise<void> {
  const { reengagementLog: log } = w.database.tables;
  const sentAt = new Date(w.clock.now() - daysAgo * DAY);
  await w.database.query((orm) =>
    orm.insert(log).values({ customerPhone: phone, campaignType: 'we_miss_you', status, sentAt }),
  );
}
