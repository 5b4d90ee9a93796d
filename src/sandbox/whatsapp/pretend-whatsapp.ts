import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock, type Clock } from '../../lib/clock.js';
import { answerThroughFault, createFaults, sendAnswer, type Faults } from '../http-faults.js';
import { DEFAULT_TEMPLATES } from './default-templates.js';
import { createInbox, type AcceptedMessage } from './inbox.js';
import { createMessageEndpoint } from './message-endpoint.js';
import { objectOf, type MessageRequest } from './message-request.js';
import { DISPLAY_PHONE_NUMBER } from './phone-endpoint.js';
import { createRouter, type Account } from './routes.js';
import { postWebhook, statusBody, type DeliveryStatus, type StatusError } from './status-webhook.js';
import { createTemplateStore, type TemplateStore } from './template-endpoint.js';
import type { Template } from './template.js';

export interface PretendWhatsAppOptions extends Partial<Account> {
  /** Dates the accepted messages and closes the 24-hour windows. */
  readonly clock?: Pick<Clock, 'now'>;
  /** Default 0: a free port. */
  readonly port?: number;
  /** Real milliseconds that each answer takes; default 0. */
  readonly latencyMs?: number;
  readonly templates?: readonly Template[];
  readonly webhookUrl?: string;
}

/** An HTTP server on loopback that takes and refuses messages as Meta's Cloud API does. */
export interface PretendWhatsApp extends Account {
  readonly baseUrl: string;
  /** Where `deliverStatus` posts to; it can be set later, when the receiver's port is known. */
  webhookUrl: string | undefined;
  /** Every message that was taken, in order, whether or not its answer arrived. */
  readonly accepted: readonly AcceptedMessage[];
  /** POSTs of messages, the refused and the faulty ones too. */
  readonly attempts: number;
  /** Faults of the next POSTs of messages; with `handled: true` the message is accepted and only the answer is lost. */
  readonly faults: Faults<MessageRequest>;
  /** Faults of the next calls of the template endpoints. */
  readonly templateFaults: Faults<URL>;
  readonly templates: Pick<TemplateStore, 'find' | 'setStatus'>;
  /** The customer wrote at `at` (milliseconds; default now): free text is taken for 24 hours from then. */
  openWindow(phone: string, at?: number): void;
  onAccepted(listener: (message: AcceptedMessage) => void): void;
  /** Resolves when that many messages in all have been accepted; at once when they have been already. */
  waitForAccepted(count: number): Promise<void>;
  /** Posts the signed webhook of one status and resolves with the receiver's HTTP status. */
  deliverStatus(id: string, status: DeliveryStatus, errors?: readonly StatusError[]): Promise<number>;
  close(): Promise<void>;
}

const DEFAULT_ACCOUNT: Account = {
  phoneNumberId: '106540352242922',
  businessAccountId: '102290129340398',
  accessToken: 'EAApretendwhatsapptoken0000000000',
  apiVersion: 'v26.0',
  appSecret: 'pretend_app_secret',
};

export async function createPretendWhatsApp(options: PretendWhatsAppOptions = {}): Promise<PretendWhatsApp> {
  const account = accountOf(options);
  const clock = options.clock ?? systemClock;
  const inbox = createInbox();
  const templates = createTemplateStore(options.templates ?? DEFAULT_TEMPLATES);
  const windows = new Map<string, number>();
  const faults = createFaults<MessageRequest>();
  const templateFaults = createFaults<URL>();
  const route = createRouter(account, templates, createMessageEndpoint({ clock, inbox, templates, windows }));
  const closing = new AbortController();
  // Every answer that is slow listens to it.
  setMaxListeners(0, closing.signal);
  let attempts = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', headers } = request;
    const json = parseObject(await readBody(request));
    const url = new URL(request.url ?? '/', `http://${headers.host ?? 'localhost'}`);
    const isMessage = method === 'POST' && url.pathname.endsWith('/messages');
    if (isMessage) attempts += 1;
    const fault = isMessage
      ? faults.take(json)
      : url.pathname.endsWith('/message_templates')
        ? templateFaults.take(url)
        : undefined;
    if (options.latencyMs) await wait(options.latencyMs, undefined, { signal: closing.signal });
    const handle = () => route({ method, url, authorization: headers.authorization, json });
    await answerThroughFault(response, fault, handle, closing.signal);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // A client that went away takes no answer; a mistake of the sandbox itself must be seen.
      if (response.headersSent || closing.signal.aborted) response.destroy();
      else sendAnswer(response, { status: 500, headers: {}, body: `The sandbox failed: ${String(error)}` });
    });
  });
  // A kept-alive socket must not be closed under the next POST of a client that paused.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });

  const whatsapp: PretendWhatsApp = {
    ...account,
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    webhookUrl: options.webhookUrl,
    accepted: inbox.accepted,
    get attempts() {
      return attempts;
    },
    faults,
    templateFaults,
    templates,
    openWindow(phone, at = clock.now()) {
      windows.set(phone, at);
    },
    onAccepted: (listener) => {
      inbox.onAccepted(listener);
    },
    waitForAccepted: (count) => inbox.waitFor(count),
    async deliverStatus(id, status, errors = []) {
      const message = inbox.find(id);
      if (message === undefined) throw new Error(`The sandbox accepted no message ${id}.`);
      if (whatsapp.webhookUrl === undefined) throw new Error('The sandbox knows no webhookUrl to deliver to.');
      const displayPhoneNumber = DISPLAY_PHONE_NUMBER;
      const body = statusBody({ account, displayPhoneNumber, message, status, at: clock.now(), errors });
      return postWebhook(whatsapp.webhookUrl, account.appSecret, body);
    },
    async close() {
      closing.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return whatsapp;
}

function accountOf(options: PretendWhatsAppOptions): Account {
  return {
    phoneNumberId: options.phoneNumberId ?? DEFAULT_ACCOUNT.phoneNumberId,
    businessAccountId: options.businessAccountId ?? DEFAULT_ACCOUNT.businessAccountId,
    accessToken: options.accessToken ?? DEFAULT_ACCOUNT.accessToken,
    apiVersion: options.apiVersion ?? DEFAULT_ACCOUNT.apiVersion,
    appSecret: options.appSecret ?? DEFAULT_ACCOUNT.appSecret,
  };
}

/** By events: an async iterator costs noticeably more at thousands of messages a second. */
function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.once('end', () => {
      resolve(body);
    });
    request.once('error', reject);
  });
}

/** A body that is no JSON object counts as an empty one: it is then refused for what it lacks. */
function parseObject(body: string): MessageRequest {
  try {
    return objectOf(JSON.parse(body));
  } catch {
    return {};
  }
}
