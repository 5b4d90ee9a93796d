import { DAY, type Clock } from '../../lib/clock.js';
import type { HttpAnswer } from '../http-faults.js';
import { GraphRefusal, jsonAnswer } from './graph-error.js';
import type { Inbox } from './inbox.js';
import { readEnvelope, readText, type Envelope, type MessageRequest } from './message-request.js';
import type { TemplateStore } from './template-endpoint.js';
import { fillTemplate } from './template-request.js';

export interface MessageEndpointOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly inbox: Inbox;
  readonly templates: TemplateStore;
  /** When each customer wrote last: phone to milliseconds. */
  readonly windows: ReadonlyMap<string, number>;
}

/** `POST /{phone_number_id}/messages`: what it takes goes into the inbox, what Meta would refuse is thrown as a GraphRefusal. */
export function createMessageEndpoint(options: MessageEndpointOptions): (request: MessageRequest) => HttpAnswer {
  return (request) => {
    const envelope = readEnvelope(request);
    const at = options.clock.now();
    const { id, to } = options.inbox.add({ ...envelope, at, ...readContent(options, request, envelope, at) });
    return jsonAnswer({
      messaging_product: 'whatsapp',
      contacts: [{ input: to, wa_id: to.slice(1) }],
      messages: [{ id, message_status: 'accepted' }],
    });
  };
}

function readContent(options: MessageEndpointOptions, request: MessageRequest, { type, to }: Envelope, at: number) {
  if (type === 'template') return fillTemplate(request.template, options.templates);
  const text = readText(request);
  const opened = options.windows.get(to);
  if (opened === undefined || at < opened || at >= opened + DAY) {
    throw new GraphRefusal(131047, 'More than 24 hours have passed since the customer last replied to this number.');
  }
  return { text, bodyParameters: [], buttons: [], rendered: text };
}

/** Accepted, but without the id that proves it: for `faults.next(ACCEPTED_WITHOUT_ID, { handled: true })`. */
export const ACCEPTED_WITHOUT_ID: HttpAnswer = jsonAnswer({
  messaging_product: 'whatsapp',
  contacts: [],
  messages: [],
});
