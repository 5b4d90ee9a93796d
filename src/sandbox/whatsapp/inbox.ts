import { randomBytes } from 'node:crypto';
import type { BodyParameter, FilledButton } from './template-request.js';

/** A message that the pretend WhatsApp took: what the recipient sees, and the truth that tests compare with. */
export interface AcceptedMessage {
  /** `wamid.` and so on, unique. */
  readonly id: string;
  /** E.164 with plus. */
  readonly to: string;
  readonly type: 'text' | 'template';
  readonly template?: string;
  readonly language?: string;
  readonly bodyParameters: readonly BodyParameter[];
  readonly buttons: readonly FilledButton[];
  readonly text?: string;
  readonly callbackData: string | undefined;
  /** Milliseconds, of the handed-in clock. */
  readonly at: number;
  /** The text as it arrives: for a template header, body, footer and a line for each button. */
  readonly rendered: string;
}

export interface Inbox {
  readonly accepted: readonly AcceptedMessage[];
  find(id: string): AcceptedMessage | undefined;
  add(message: Omit<AcceptedMessage, 'id'>): AcceptedMessage;
  /** Resolves when that many messages in all have been accepted; at once when they have been already. */
  waitFor(count: number): Promise<void>;
  onAccepted(listener: (message: AcceptedMessage) => void): void;
}

export function createInbox(): Inbox {
  const accepted: AcceptedMessage[] = [];
  const byId = new Map<string, AcceptedMessage>();
  const listeners: ((message: AcceptedMessage) => void)[] = [];
  let waiting: { readonly count: number; readonly done: () => void }[] = [];
  const instance = randomBytes(9).toString('hex');
  return {
    accepted,
    find: (id) => byId.get(id),
    add(content) {
      const serial = `${instance}:${accepted.length + 1}:${content.to}`;
      const message = { ...content, id: `wamid.${Buffer.from(serial).toString('base64')}` };
      accepted.push(message);
      byId.set(message.id, message);
      for (const listener of listeners) listener(message);
      for (const { count, done } of waiting) if (count <= accepted.length) done();
      if (waiting.length > 0) waiting = waiting.filter(({ count }) => count > accepted.length);
      return message;
    },
    waitFor(count) {
      if (accepted.length >= count) return Promise.resolve();
      return new Promise((done) => waiting.push({ count, done }));
    },
    onAccepted(listener) {
      listeners.push(listener);
    },
  };
}
