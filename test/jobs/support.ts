import { eq, sql } from 'drizzle-orm';
import type { ActionRow } from '../../src/db/actions.js';
import { DAY, MINUTE } from '../../src/lib/clock.js';
import type { EndingCounts } from '../../src/queue/runner.js';
import { HOOKS } from '../../src/queue/hooks.js';
import type { CampaignType } from '../../src/reengagement/campaign-type.js';
import type { DrivenClock } from '../../src/sandbox/driven-clock.js';
import type { World } from '../support/world.js';

/** Valid Spanish mobiles. */
export function phoneOf(number: number): string {
  return `+34600${String(number).padStart(6, '0')}`;
}

export const ANA = phoneOf(1);
export const EVA = phoneOf(2);

export async function plan(world: World): Promise<unknown> {
  return await world.app.queue.doAction(HOOKS.processCampaigns);
}

export async function checkStock(world: World): Promise<unknown> {
  return await world.app.queue.doAction(HOOKS.checkBackInStock);
}

/** Sends everything that is due. */
export async function sendDue(world: World): Promise<EndingCounts> {
  return await world.app.runDue([HOOKS.sendMessage]);
}

export async function deleteCoupons(world: World): Promise<EndingCounts> {
  return await world.app.runDue([HOOKS.deleteCoupon]);
}

/** do_action('wch_send_reengagement_message', ...) */
export async function sendNow(world: World, phone: string, campaignType: CampaignType = 'we_miss_you') {
  return await world.app.queue.doAction(HOOKS.sendMessage, { customer_phone: phone, campaign_type: campaignType });
}

/** Queues a message without any planner and returns its action's id. */
export async function queueSend(world: World, phone: string, campaignType: CampaignType = 'we_miss_you') {
  const id = await world.app.queue.dispatch(HOOKS.sendMessage, { customer_phone: phone, campaign_type: campaignType });
  if (id === null) throw new Error('The message is already queued.');
  return id;
}

export async function sends(world: World): Promise<ActionRow[]> {
  return await world.app.actions({ hook: HOOKS.sendMessage, limit: 5_000 });
}

/** The only message that is queued or was. */
export async function onlySend(world: World): Promise<ActionRow> {
  const [action, ...others] = await sends(world);
  if (action === undefined || others.length > 0) throw new Error(`There are ${others.length + 1} messages, not one.`);
  return action;
}

/** The documented arguments and our own, out of the v2 form. */
export function argsOf(action: ActionRow): Record<string, unknown> {
  return (action.args as { args: Record<string, unknown> }).args;
}

export async function typesByPhone(world: World): Promise<Record<string, unknown>> {
  const types: Record<string, unknown> = {};
  for (const action of await sends(world)) {
    const { customer_phone: phone, campaign_type: type } = argsOf(action);
    types[String(phone)] = type;
  }
  return types;
}

export async function messageLog(world: World) {
  const { reengagementLog: log } = world.database.tables;
  return await world.database.query((orm) => orm.select().from(log).orderBy(log.id));
}

export interface Seeing {
  readonly daysAgo?: number;
  readonly price?: string | null;
  readonly inStock?: boolean;
  /** Null: the plugin wrote the row. */
  readonly source?: string | null;
}

/** A row of product_views as this program writes it: one day old, out of stock, unless told otherwise. Returns its id. */
export async function sees(world: World, phone: string, productId: number, seeing: Seeing = {}): Promise<number> {
  const { daysAgo = 1, price = '10.00', inStock = false, source = 'reengaged' } = seeing;
  const { productViews } = world.database.tables;
  const [header] = await world.database.query((orm) =>
    orm.insert(productViews).values({
      customerPhone: phone,
      productId,
      priceAtView: price,
      inStock: Number(inStock),
      viewedAt: new Date(world.clock.now() - daysAgo * DAY),
      source,
    }),
  );
  return header.insertId;
}

/** Whether each view still waits, by its id. */
export async function waiting(world: World, ...ids: readonly number[]): Promise<boolean[]> {
  const { productViews } = world.database.tables;
  const rows = await world.database.query((orm) => orm.select().from(productViews));
  return ids.map((id) => rows.find((row) => row.id === id)?.inStock === 0);
}

export interface ProfileRow {
  readonly optIn?: boolean;
  readonly optOut?: boolean;
  readonly preferences?: unknown;
}

/** A row of customer_profiles, as the plugin writes it. */
export async function profile(world: World, phone: string, row: ProfileRow = {}): Promise<void> {
  const { customerProfiles } = world.database.tables;
  const now = new Date(world.clock.now());
  await world.database.query((orm) =>
    orm.insert(customerProfiles).values({
      phone,
      name: 'Ana Ruiz',
      preferences: row.preferences ?? null,
      optInMarketing: Number(row.optIn ?? false),
      notificationOptOut: Number(row.optOut ?? false),
      createdAt: now,
      updatedAt: now,
    }),
  );
}

export async function grant(world: World, ...phones: readonly string[]): Promise<void> {
  const decidedAt = world.clock.now();
  await world.app.recordConsent(phones.map((phone) => ({ phone, decision: 'grant', source: 'test', decidedAt })));
}

export async function revoke(world: World, phone: string): Promise<void> {
  const decidedAt = world.clock.now();
  await world.app.recordConsent([{ phone, decision: 'revoke', source: 'test', decidedAt }]);
}

/** The customer wrote to the shop `minutesAgo`: here and at WhatsApp. */
export async function opensWindow(world: World, phone: string, minutesAgo: number): Promise<void> {
  const at = world.clock.now() - minutesAgo * MINUTE;
  world.whatsapp.openWindow(phone, at);
  const { customers } = world.database.tables;
  await world.database.query((orm) =>
    orm
      .update(customers)
      .set({ lastInboundAt: new Date(at) })
      .where(eq(customers.phone, phone)),
  );
}

/** The lines that were logged with this message, oldest first. */
export function logged(world: World, message: string): Record<string, unknown>[] {
  return world.log.filter((line) => line['message'] === message);
}

/** What the summary of the last planning says. */
export function lastSummary(world: World, message = 'Campaigns are planned'): Record<string, unknown> {
  const line = logged(world, message).at(-1);
  if (line === undefined) throw new Error(`Nothing was logged as "${message}".`);
  return line;
}

/** Runs work that sleeps on the driven clock, such as the shop client between two tries. */
export async function whileTimePasses<T>(clock: DrivenClock, work: Promise<T>): Promise<T> {
  const over = work.then(
    () => true,
    () => true,
  );
  while (!(await Promise.race([over, clock.advance(5).then(() => false)])));
  return await work;
}

export function ordersRequests(world: World) {
  return world.shop.requests.filter(({ path }) => path.endsWith('/orders'));
}

/** Customers who bought 70 days ago, mirrored, each with a message in the queue. */
export async function queued(w: World, ...phones: readonly string[]): Promise<number[]> {
  for (const phone of phones) w.order(phone, 70);
  await w.app.sync();
  const ids: number[] = [];
  for (const phone of phones) ids.push(await queueSend(w, phone));
  return ids;
}

/** Statements that the server was asked meanwhile. */
export async function statements(w: World, work: () => Promise<unknown>): Promise<number> {
  const asked = async () => {
    const [rows] = await w.database.query((orm) => orm.execute(sql`SHOW GLOBAL STATUS LIKE 'Questions'`));
    return Number((rows as unknown as { Value: string }[])[0]?.Value);
  };
  const before = await asked();
  await work();
  return (await asked()) - before;
}
