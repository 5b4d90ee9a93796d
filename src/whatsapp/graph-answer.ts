import { z } from 'zod';
import { redact } from './redact.js';

/** An error as Meta's Graph API tells it, ready for a log: its text is redacted. */
export interface GraphError {
  readonly code: number;
  readonly detail: string;
  /** How long Meta asks to wait, if it says so. */
  readonly retryAfterMs: number | null;
}

export interface GraphAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Parsed JSON, or the text itself where it was none. */
  readonly data: unknown;
}

const details = z.object({ details: z.string().optional() }).transform((data) => data.details);
const errorBody = z.object({
  error: z.object({
    code: z.int(),
    message: z.string().catch(''),
    // An object on /messages, a string on the template endpoints.
    error_data: z.union([z.string(), details]).optional().catch(undefined),
  }),
});

/** Meta's error in an answer, or undefined when it is none of Meta's: only a body with a code counts, whatever the HTTP status. */
export function graphError(answer: GraphAnswer, accessToken: string): GraphError | undefined {
  const parsed = errorBody.safeParse(answer.data);
  if (!parsed.success) return undefined;
  const { code, message, error_data: more } = parsed.data.error;
  const text = more === undefined || message.includes(more) ? message : `${message}: ${more}`;
  return { code, detail: redact(text, accessToken), retryAfterMs: askedWait(answer.headers) };
}

function askedWait(headers: GraphAnswer['headers']): number | null {
  const waits = [retryAfter(headers), regainAccess(headers)].filter((ms) => ms !== null && ms > 0);
  return waits.length === 0 ? null : Math.max(...waits.map(Number));
}

/** Seconds, or a date: that one is read against the answer's own Date, so no clock is needed. */
function retryAfter(headers: GraphAnswer['headers']): number | null {
  const value = headers['retry-after'];
  if (typeof value !== 'string' || value === '') return null;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return seconds * 1_000;
  const ms = Date.parse(value) - Date.parse(String(headers['date']));
  return Number.isFinite(ms) ? ms : null;
}

const usage = z.record(z.string(), z.array(z.object({ estimated_time_to_regain_access: z.number().catch(0) })));

/** X-Business-Use-Case-Usage counts in minutes. */
function regainAccess(headers: GraphAnswer['headers']): number | null {
  const value = headers['x-business-use-case-usage'];
  const parsed = usage.safeParse(typeof value === 'string' ? parseJson(value) : undefined);
  if (!parsed.success) return null;
  const minutes = Object.values(parsed.data).flatMap((list) => list.map((use) => use.estimated_time_to_regain_access));
  return Math.max(0, ...minutes) * 60_000;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
