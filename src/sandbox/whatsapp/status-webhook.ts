import { createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AcceptedMessage } from './inbox.js';
import type { Account } from './routes.js';

export type DeliveryStatus = 'sent' | 'delivered' | 'read' | 'failed';

/** One entry of `statuses[].errors[]`. */
export interface StatusError {
  readonly code: number;
  readonly title: string;
  readonly message?: string;
  readonly error_data?: { readonly details: string };
}

export interface StatusUpdate {
  readonly account: Pick<Account, 'phoneNumberId' | 'businessAccountId'>;
  readonly displayPhoneNumber: string;
  readonly message: Pick<AcceptedMessage, 'id' | 'to' | 'callbackData'>;
  readonly status: DeliveryStatus;
  /** Milliseconds. */
  readonly at: number;
  readonly errors: readonly StatusError[];
}

/** The webhook's bytes: Meta escapes what is not ASCII before it signs, so a receiver must never serialise again. */
export function statusBody(update: StatusUpdate): string {
  const { id, to, callbackData } = update.message;
  const paid = update.status === 'sent' || update.status === 'delivered';
  const status = {
    id,
    status: update.status,
    timestamp: String(Math.floor(update.at / 1000)),
    recipient_id: to.slice(1),
    ...(callbackData !== undefined && { biz_opaque_callback_data: callbackData }),
    ...(paid && { pricing: { billable: true, pricing_model: 'PMP', type: 'regular', category: 'marketing' } }),
    ...(update.errors.length > 0 && { errors: update.errors }),
  };
  const value = {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: update.displayPhoneNumber, phone_number_id: update.account.phoneNumberId },
    statuses: [status],
  };
  const entry = { id: update.account.businessAccountId, changes: [{ field: 'messages', value }] };
  return escapeNonAscii(JSON.stringify({ object: 'whatsapp_business_account', entry: [entry] }));
}

function escapeNonAscii(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The value of X-Hub-Signature-256. */
export function signWebhook(appSecret: string, body: string): string {
  return `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`;
}

/** POSTs on a connection of its own, so that no idle socket keeps the receiver from closing. Resolves with the HTTP status. */
export function postWebhook(url: string, appSecret: string, body: string): Promise<number> {
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'x-hub-signature-256': signWebhook(appSecret, body),
  };
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const post = request(url, { method: 'POST', headers, agent: false }, (response) => {
      response.resume();
      response.once('error', reject);
      response.once('end', () => {
        resolve(response.statusCode ?? 0);
      });
    });
    post.once('error', reject);
    post.end(body);
  });
}
