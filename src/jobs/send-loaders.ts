import { MINUTE, type Clock } from '../lib/clock.js';
import { grouped } from '../lib/group.js';
import type { ShopProduct } from '../reengagement/shop-facts.js';
import { arrivalsOf, loadInterests, type Interests } from './interests.js';
import { loadRecipients, type Recipient } from './recipients.js';
import type { JobServices } from './services.js';

/** What sends read, shared between neighbours: a statement and a request serve a group of messages. */
export interface SendLoaders {
  recipient(phone: string): Promise<Recipient>;
  interests(recipient: Recipient): Promise<Interests>;
  /** For messages that name no products. */
  readonly arrivals: () => Promise<readonly ShopProduct[]>;
}

const GROUP = { max: 100, waitMs: 5 };
/** Whether each of them is still to be had is asked for every message. */
const ARRIVALS_MS = 10 * MINUTE;

export function createSendLoaders(services: JobServices): SendLoaders {
  const sending = { ...services, products: services.productsToSend };
  return {
    recipient: grouped<string, Recipient>(async (phones) => {
      const found = await loadRecipients(services.database, phones, services.clock.now());
      return phones.map((phone) => found.get(phone) ?? new Error('A recipient was not loaded'));
    }, GROUP),
    interests: grouped<Recipient, Interests>(async (recipients) => {
      const interests = await loadInterests(sending, recipients, []);
      return recipients.map(() => interests);
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
