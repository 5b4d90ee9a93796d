import { grouped } from '../lib/group.js';
import { loadInterests, type Interests } from './interests.js';
import { loadRecipients, type Recipient } from './recipients.js';
import type { JobServices } from './services.js';

/** What sends read, shared between neighbours: a statement and a request serve a group of messages. */
export interface SendLoaders {
  recipient(phone: string): Promise<Recipient>;
  interests(recipient: Recipient): Promise<Interests>;
}

const GROUP = { max: 100, waitMs: 5 };

export function createSendLoaders(services: JobServices): SendLoaders {
  return {
    recipient: grouped<string, Recipient>(async (phones) => {
      const found = await loadRecipients(services.database, phones, services.clock.now());
      return phones.map((phone) => found.get(phone) ?? new Error('A recipient was not loaded'));
    }, GROUP),
    interests: grouped<Recipient, Interests>(async (recipients) => {
      const interests = await loadInterests(services, recipients, []);
      return recipients.map(() => interests);
    }, GROUP),
  };
}
