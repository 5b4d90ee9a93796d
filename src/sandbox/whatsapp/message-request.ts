import { GraphRefusal } from './graph-error.js';

/** A POST to /messages as it came, before any check: faults choose their requests by it. */
export interface MessageRequest {
  readonly messaging_product?: unknown;
  readonly recipient_type?: unknown;
  readonly to?: unknown;
  readonly type?: unknown;
  readonly biz_opaque_callback_data?: unknown;
  readonly text?: unknown;
  readonly template?: unknown;
}

/** What every message has to carry, whatever its type. */
export interface Envelope {
  readonly to: string;
  readonly type: 'text' | 'template';
  readonly callbackData: string | undefined;
}

export type Json = Readonly<Record<string, unknown>>;

/** The object under a key; anything else counts as an empty one, and is refused for what it then lacks. */
export function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

export function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

export function readEnvelope(request: MessageRequest): Envelope {
  if (request.messaging_product !== 'whatsapp') {
    throw new GraphRefusal(100, 'The parameter messaging_product is required and must be whatsapp.');
  }
  if (request.recipient_type !== undefined && request.recipient_type !== 'individual') {
    throw new GraphRefusal(131009, 'recipient_type must be individual.');
  }
  return { to: readRecipient(request.to), type: readType(request.type), callbackData: readCallbackData(request) };
}

function readRecipient(to: unknown): string {
  if (typeof to !== 'string' || to === '') throw new GraphRefusal(131008, 'The parameter to is required.');
  if (!to.startsWith('+')) {
    throw new GraphRefusal(
      131009,
      "Sandbox: to has no plus. Meta would put the business number's country code in front and write to a stranger.",
    );
  }
  if (!/^\+[1-9]\d{0,14}$/.test(to)) throw new GraphRefusal(131009, 'to is no E.164 number.');
  return to;
}

function readType(type: unknown): Envelope['type'] {
  if (type === 'text' || type === 'template') return type;
  throw new GraphRefusal(131051, 'Message type is not supported by this sandbox: text or template.');
}

function readCallbackData({ biz_opaque_callback_data: data }: MessageRequest): string | undefined {
  if (data === undefined) return undefined;
  if (typeof data === 'string' && data.length <= 512) return data;
  throw new GraphRefusal(131009, 'biz_opaque_callback_data must be a string of at most 512 characters.');
}

/** Free text, at most 4096 characters. */
export function readText(request: MessageRequest): string {
  const { body } = objectOf(request.text);
  if (typeof body !== 'string' || body === '')
    throw new GraphRefusal(131008, "The parameter text['body'] is required.");
  if (body.length > 4096) throw new GraphRefusal(100, "Param text['body'] must be at most 4096 characters long.");
  return body;
}
