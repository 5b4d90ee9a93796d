import { MINUTE, type Clock } from '../lib/clock.js';
import { grouped } from '../lib/group.js';
import type { ShopProduct } from '../reengagement/shop-facts.js';
import { arrivalsOf, loadInterests, type Interests } from './interests.js';
import { loadRecipients, type Recipient } from './recipients.js';
import type { JobServices } from './services.js';

/** What sends read, shared between neighbours: a statement and a request serve a group of messages. */
export interface SendLoaders {
  recipient(phone: string): Promise<Recipient>;
  /** `productIds`: what the message is about; null: whatever they looked at. */
  interests(recipient: Recipient, productIds: readonly number[] | null): Promise<Interests>;
  /** As JobServices.productsToSend. */
  readonly products: (ids: readonly number[]) => Promise<ReadonlyMap<number, ShopProduct>>;
  /** For messages that name no products. */
  readonly arrivals: () => Promise<readonly ShopProduct[]>;
}

const GROUP = { max: 100, waitMs: 5 };
/** Whether each of them is still to be had is asked for every message. */
const ARRIVALS_MS = 10 * MINUTE;

interface Asking {
  readonly recipient: Recipient;
  readonly productIds: readonly number[] | null;
}

export function createSendLoaders(services: JobServices): SendLoaders {
  const sending = { ...services, products: services.productsToSend };
  const interests = grouped<Asking, Interests>(async (group) => {
    const recipients = group.map(({ recipient }) => recipient);
    const isAsked = (phone: string, id: number) =>
      group.some(({ recipient, productIds }) => recipient.phone === phone && (productIds?.includes(id) ?? true));
    const loaded = await loadInterests(sending, recipients, [], isAsked);
    return group.map(() => loaded);
  }, GROUP);
  return {
    recipient: grouped<string, Recipient>(async (phones) => {
      const found = await loadRecipients(services.database, phones, services.clock.now());
      return phones.map((phone) => found.get(phone) ?? new Error('A recipient was not loaded'));
    }, GROUP),
    interests: (recipient, productIds) => interests({ recipient, productIds }),
    products: grouped<readonly number[], ReadonlyMap<number, ShopProduct>>(async (lists) => {
      const found = await services.productsToSend(lists.flat());
      return lists.map(() => found);
    }, GROUP),
    arrivals: keptFor(ARRIVALS_MS, services.clock, () => arrivalsOf(services)),
  };
}

/** Calls within so long share an answer, but no failure. */
function keptFor<T>(ms: number, clock: Clock, work: () => Promise<T>): () => Promise<T> {
  let last: { readonly at: number; readonly answer: Promise<T> } | null = null;
  return () => {
    const now = clock.now();
    if (last !== null && Math.abs(now - last.at) < ms) return last.answer;
    const asked = { at: now, answer: work() };
    last = asked;
    asked.answer.catch(() => {
      if (last === asked) last = null;
    });
    return asked.answer;
  };
}
