import { randomBytes } from 'node:crypto';
import type { HttpAnswer } from '../http-faults.js';

/** The sentence that Meta writes after `(#code)`, and the HTTP status that its older documentation gave. */
const KNOWN: Readonly<Record<number, readonly [status: number, title: string]>> = {
  2: [503, 'Service temporarily unavailable'],
  4: [400, 'Application request limit reached'],
  100: [400, 'Invalid parameter'],
  190: [401, 'Error validating access token: The session has been invalidated'],
  130429: [429, 'Rate limit hit'],
  130472: [400, "User's number is part of an experiment"],
  131000: [500, 'Something went wrong'],
  131008: [400, 'Required parameter is missing'],
  131009: [400, 'Parameter value is not valid'],
  131026: [400, 'Message undeliverable'],
  131047: [400, 'Re-engagement message'],
  131048: [400, 'Spam rate limit hit'],
  131049: [400, 'This message was not delivered to maintain healthy ecosystem engagement'],
  131050: [400, 'User has stopped marketing messages from this business'],
  131051: [400, 'Unsupported message type'],
  131056: [400, '(Business Account, Consumer Account) pair rate limit hit'],
  132000: [400, 'Number of parameters does not match the expected number of params'],
  132001: [404, 'Template name does not exist in the translation'],
  132005: [400, 'Translated text too long'],
  132012: [400, 'Parameter format does not match format in the created template'],
  132015: [400, 'Template is paused'],
  132016: [400, 'Template is disabled'],
  132018: [400, 'There is an issue with the parameters in your template'],
};

/** What Meta says no to; thrown by the checks, answered by the server. */
export class GraphRefusal extends Error {
  constructor(
    readonly code: number,
    readonly details: string,
  ) {
    super(details);
  }
}

export interface GraphErrorOptions {
  readonly details?: string;
  readonly status?: number;
  /** Such as `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Meta's answer for an error code. As a fault it takes the place of any answer: `faults.next(graphErrorAnswer(130429))`. */
export function graphErrorAnswer(code: number, options: GraphErrorOptions = {}): HttpAnswer {
  const [status, title] = KNOWN[code] ?? [400, 'An error occurred'];
  const error = {
    message: `(#${code}) ${title}`,
    type: 'OAuthException',
    code,
    error_data: { messaging_product: 'whatsapp', details: options.details ?? title },
    fbtrace_id: `A${randomBytes(16).toString('base64url')}`,
  };
  return jsonAnswer({ error }, options.status ?? status, options.headers);
}

export function jsonAnswer(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=UTF-8', ...headers },
    body: JSON.stringify(body),
  };
}
