import { variationsOf } from '../db/products.js';
import { longestWaiting, toldCounts, waitingCounts, type WaitingPerson } from '../db/viewers.js';
import { unfinishedActions } from '../db/unfinished.js';
import { DAY } from '../lib/clock.js';
import { canonicalPhone, isE164 } from '../lib/phone.js';
import { windowStart } from '../reengagement/product-interest.js';
import { quietUntil } from '../reengagement/quiet-hours.js';
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
/** Looked at together, however few places there are: perhaps none of them may be written to. */
const PEOPLE = 500;
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
  // What is left in the morning is known in the morning.
  const { zone } = await services.site();
  if (quietUntil(services.clock.now(), zone, services.config().reengagement.quiet_hours) !== null) return () => NONE;
  const taken = await takenPlaces(services, limited);
  const waiting = await waitingPeople(services, limited);
  const everybody = new Set<number>();
  const turns = new Map<string, Set<number>>();
  for (const { id, stockId, stockQuantity } of limited) {
    const places = allowance({ quantity: stockQuantity ?? 0, customersPerUnit, open: taken.get(stockId) ?? 0 });
    if ((waiting.get(stockId) ?? 0) <= places) {
      everybody.add(id);
      continue;
    }
    const found = await longestWaitingNow(services, check, id, places);
    taken.set(stockId, (taken.get(stockId) ?? 0) + found.size);
    for (const phone of found) turns.set(phone, (turns.get(phone) ?? new Set()).add(id));
  }
  return (phone) => {
    const own = turns.get(phone) ?? NONE;
    return { has: (id) => everybody.has(id) || own.has(id) };
  };
}

/** How many people wait for each stock. */
async function waitingPeople(
  { database, clock, config }: JobServices,
  limited: readonly ShopProduct[],
): Promise<ReadonlyMap<number, number>> {
  const since = windowStart(clock.now(), interestSettings(config()));
  const ids = limited.map(({ id }) => id);
  return byStock(await waitingCounts(database, ids, since), new Map(limited.map(({ id, stockId }) => [id, stockId])));
}

/** How many places of each stock are held, by its variations that nobody waits for any more as well. */
async function takenPlaces(services: JobServices, limited: readonly ShopProduct[]): Promise<Map<number, number>> {
  const stocks = new Set(limited.map(({ stockId }) => stockId));
  const stockOf = new Map([...stocks].map((id) => [id, id]));
  for (const { id, parentId } of await variationsOf(services.database, [...stocks])) stockOf.set(id, parentId ?? id);
  for (const { id, stockId } of limited) stockOf.set(id, stockId);
  return byStock(await openCounts(services, [...stockOf.keys()]), stockOf);
}

/** Products that are of none of the stocks are left out. */
function byStock(counts: ReadonlyMap<number, number>, stockOf: ReadonlyMap<number, number>): Map<number, number> {
  const sums = new Map<number, number>();
  for (const [id, people] of counts) {
    const stock = stockOf.get(id);
    if (stock !== undefined) sums.set(stock, (sums.get(stock) ?? 0) + people);
  }
  return sums;
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
    const people: WaitingPerson[] = await longestWaiting(database, productId, since, after, PEOPLE);
    const last = people.at(-1);
    if (last === undefined) break;
    after = last;
    const phones = people.map(({ phone }) => canonicalPhone(phone)).filter(isE164);
    const { messages } = await planInterestFor(services, check, phones, everybodysTurn, new Set([productId]));
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
