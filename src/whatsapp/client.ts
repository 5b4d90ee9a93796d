import type { AxiosInstance } from 'axios';
import { createHttpClient } from '../lib/http.js';
import type { OutgoingMessage } from '../reengagement/message.js';
import { failureDetail } from './failure.js';
import { listTemplates } from './list-templates.js';
import { toPayload } from './payload.js';
import { watchReach } from './reach.js';
import { readSendAnswer, type SendResult } from './send-result.js';
import type { TemplateFact } from './template-fact.js';

export interface WhatsAppClientOptions {
  /** `https://graph.facebook.com`, or a sandbox. */
  readonly baseUrl: string;
  /** Such as `v26.0`. */
  readonly apiVersion: string;
  readonly phoneNumberId: string;
  readonly businessAccountId: string;
  readonly accessToken: string;
  /** After this long without an answer a message is unknown. */
  readonly timeoutMs: number;
}

export interface WhatsAppClient {
  /** POSTs once and never again. Whatever the network or Meta does comes back as a result; it does not throw for that. */
  send(message: OutgoingMessage, callbackData: string): Promise<SendResult>;
  /**
   * All templates of the account, page by page.
   * @throws AppError WHATSAPP_REFUSED, WHATSAPP_BUSY, WHATSAPP_UNREACHABLE or WHATSAPP_BAD_ANSWER
   */
  listTemplates(): Promise<TemplateFact[]>;
}

export function createWhatsAppClient(options: WhatsAppClientOptions): WhatsAppClient {
  const http = createHttpClient({
    baseUrl: options.baseUrl,
    timeoutMs: options.timeoutMs,
    headers: { Authorization: `Bearer ${options.accessToken}` },
  });
  return {
    send: (message, callbackData) => send(http, options, toPayload(message, callbackData)),
    listTemplates: () => listTemplates(http, options),
  };
}

async function send(http: AxiosInstance, options: WhatsAppClientOptions, payload: unknown): Promise<SendResult> {
  const reach = watchReach();
  try {
    const answer = await http.post<unknown>(`/${options.apiVersion}/${options.phoneNumberId}/messages`, payload, {
      transport: reach.transport,
      signal: AbortSignal.timeout(options.timeoutMs),
    });
    return readSendAnswer(answer, options.accessToken);
  } catch (error) {
    return { kind: reach.mayHaveBegun() ? 'unknown' : 'unreachable', detail: failureDetail(error, options) };
  }
}
