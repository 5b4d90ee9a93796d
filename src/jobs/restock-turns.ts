import { longestWaiting, toldCounts, type WaitingPerson } from '../db/viewers.js';
import { unfinishedActions } from '../db/unfinished.js';
import { DAY } from '../lib/clock.js';
import { canonicalPhone, isE164 } from '../lib/phone.js';
import { windowStart } from '../reengagement/product-interest.js';
import { allowance, isLimited } from '../reengagement/restock.js';
import type { ShopProduct } from '../reengagement/shop-facts.js';
import { HOOKS } from '../queue/hooks.js';
import { planInterestFor, type InterestCheck, type TurnOf } from './interest-run.js';
import { notQueued } from './preview-queued.js';
import { sendArgumentsOf } from './send-arguments.js';
import type { JobServices } from './services.js';
import { interestSettings } from './settings.js';

/** A message holds its place for so long: whoever was told and has not bought by then makes room for the next. */
const WAVE_MS = DAY;
const ACTIONS = 1_000;
const MOST_PEOPLE = 500;
const NONE: ReadonlySet<number> = new Set();

export const everybodysTurn: TurnOf = () => 'all';

/**
 * Whose turn it is to be told of those of the products whose stock is limited: those who have waited longest, among those to whom a message
 * may go now (back_in_stock.customers_per_unit).
 */
export async function turnsFor(
  services: JobServices,
  check: InterestCheck,
  products: readonly ShopProduct[],
): Promise<TurnOf> {
  const { customersPerUnit } = interestSettings(services.config());
  const limited = products.filter((product) => isLimited(product, customersPerUnit));
  if (customersPerUnit === null || limited.length === 0) return () => NONE;
  const open = await openCounts(
    services,
    limited.map(({ id }) => id),
  );
  const turns = new Map<string, Set<number>>();
  for (const { id, stockQuantity } of limited) {
    const places = allowance({ quantity: stockQuantity ?? 0, customersPerUnit, open: open.get(id) ?? 0 });
    for (const phone of await longestWaitingNow(services, check, id, places))
      turns.set(phone, (turns.get(phone) ?? new Set()).add(id));
  }
  return (phone) => turns.get(phone) ?? NONE;
}

/** The first `places` of those who wait for a product and to whom a message about it may go now. */
async function longestWaitingNow(
  services: JobServices,
  check: InterestCheck,
  productId: number,
  places: number,
): Promise<ReadonlySet<string>> {
  const { database, clock, config } = services;
  const since = windowStart(clock.now(), interestSettings(config()));
  const found = new Set<string>();
  for (let after: WaitingPerson | null = null; found.size < places;) {
    // Some of them may not be written to; more than that need not be looked at.
    const limit = Math.min(MOST_PEOPLE, 2 * (places - found.size));
    const people: WaitingPerson[] = await longestWaiting(database, productId, since, after, limit);
    const last = people.at(-1);
    if (last === undefined) break;
    after = last;
    const phones = people.map(({ phone }) => canonicalPhone(phone)).filter(isE164);
    const { messages } = await planInterestFor(services, check, phones, everybodysTurn);
    for (const { phone, productIds } of await notQueued(services, messages))
      if (found.size < places && productIds.includes(productId)) found.add(phone);
  }
  return found;
}

/** How many people hold a place of each product: they were told lately, or their message is on its way. */
async function openCounts(
  { database, clock, config }: JobServices,
  productIds: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const now = clock.now();
  const viewed = windowStart(now - WAVE_MS, interestSettings(config()));
  const open = await toldCounts(database, productIds, { told: now - WAVE_MS, viewed });
  for (let after = 0; ;) {
    const actions = await unfinishedActions(database, HOOKS.sendMessage, after, ACTIONS);
    const last = actions.at(-1);
    if (last === undefined) return open;
    after = last.id;
    for (const action of actions) {
      const args = sendArgumentsOf(action);
      if ('error' in args || args.campaignType !== 'back_in_stock') continue;
      for (const id of args.productIds ?? []) open.set(id, (open.get(id) ?? 0) + 1);
    }
  }
}
