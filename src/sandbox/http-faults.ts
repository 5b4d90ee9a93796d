import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

/** An answer as it goes over the wire. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * What can go wrong with one request. `html-200`: a firewall's page. `503-retry-after`: maintenance, 600 s. `cut-json`: a
 * content-length that is never reached, then the socket ends. `reset`: the socket ends without a byte. `never`: no answer until the
 * server closes. `{ slow }`: the right answer, that many milliseconds late.
 */
export type Fault =
  HttpAnswer | 'html-200' | 'html-500' | '503-retry-after' | 'cut-json' | 'reset' | 'never' | { readonly slow: number };

interface FaultRule<Request> {
  /** For how many requests; default 1. `Infinity` until `clear()`. */
  readonly times?: number;
  /** Only for requests it says yes to; the others pass and use up nothing. */
  readonly when?: (request: Request) => boolean;
  /** The request takes effect and only its answer is lost. Default: it never reached the program behind the server. */
  readonly handled?: boolean;
}

export interface PlannedFault {
  readonly fault: Fault;
  readonly handled: boolean;
}

/** The faults a pretend server is going to answer with, first planned first used. */
export interface Faults<Request> {
  next(fault: Fault, rule?: FaultRule<Request>): void;
  clear(): void;
  /** Planned faults that no request has met yet. */
  readonly pending: number;
  /** For the server: takes the fault of this request out of the queue. */
  take(request: Request): PlannedFault | undefined;
}

export function createFaults<Request>(): Faults<Request> {
  let queue: { planned: PlannedFault; left: number; when: (request: Request) => boolean }[] = [];
  return {
    next(fault, { times = 1, when = () => true, handled = false } = {}) {
      queue.push({ planned: { fault, handled }, left: times, when });
    },
    clear() {
      queue = [];
    },
    get pending() {
      return queue.reduce((sum, rule) => sum + rule.left, 0);
    },
    take(request) {
      const rule = queue.find(({ when }) => when(request));
      if (rule === undefined) return undefined;
      rule.left -= 1;
      queue = queue.filter(({ left }) => left > 0);
      return rule.planned;
    },
  };
}

const html = (title: string) =>
  `<!DOCTYPE html>\n<html>\n<head><title>${title}</title></head>\n<body>${title}</body>\n</html>\n`;
const HTML = { 'content-type': 'text/html; charset=UTF-8' };
const HALF_JSON = '{"id":1,"name":"cut in the mid';

function fixedAnswer(fault: 'html-200' | 'html-500' | '503-retry-after'): HttpAnswer {
  switch (fault) {
    case 'html-200':
      return { status: 200, headers: HTML, body: html('One moment, please: checking your browser') };
    case 'html-500':
      return { status: 500, headers: HTML, body: html('Error establishing a database connection') };
    case '503-retry-after':
      return {
        status: 503,
        headers: { ...HTML, 'retry-after': '600' },
        body: html('Briefly unavailable for scheduled maintenance. Check back in a minute.'),
      };
  }
}

export function sendAnswer(response: ServerResponse, answer: HttpAnswer): void {
  response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) });
  response.end(answer.body);
}

function cut(response: ServerResponse, answer: HttpAnswer | undefined): void {
  const body = answer?.body ?? HALF_JSON;
  response.writeHead(answer?.status ?? 200, {
    'content-type': 'application/json; charset=UTF-8',
    ...answer?.headers,
    'content-length': Buffer.byteLength(body) * 2,
  });
  response.write(body.slice(0, Math.ceil(body.length / 2)), () => response.destroy());
}

/**
 * Answers one request, through its fault if it has one. `handle` makes the true answer; it runs when the fault lets the request through
 * (`slow`, or `handled`). `closing` ends the wait of a slow answer when the server closes.
 */
export async function answerThroughFault(
  response: ServerResponse,
  planned: PlannedFault | undefined,
  handle: () => HttpAnswer | Promise<HttpAnswer>,
  closing: AbortSignal,
): Promise<void> {
  if (planned === undefined) {
    sendAnswer(response, await handle());
    return;
  }
  const { fault, handled } = planned;
  if (typeof fault === 'object' && 'slow' in fault) {
    const answer = await handle();
    await wait(fault.slow, undefined, { signal: closing }).catch(() => undefined);
    sendAnswer(response, answer);
    return;
  }
  const answer = handled ? await handle() : undefined;
  if (fault === 'never') return;
  if (fault === 'reset') response.destroy();
  else if (fault === 'cut-json') cut(response, answer);
  else sendAnswer(response, typeof fault === 'string' ? fixedAnswer(fault) : fault);
}
