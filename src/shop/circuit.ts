import { HOUR, MINUTE, SECOND, type Clock } from '../lib/clock.js';
import { AppError, type ErrorCode } from '../lib/errors.js';

/** What a request in the circuit has to know of it. */
export interface Passage {
  /** It alone finds out whether the shop answers again, and is tried once. */
  readonly isProbe: boolean;
  /** To be called before each try. Throws when another request has found out meanwhile that the shop is out. */
  readonly check: () => void;
}

export interface CircuitOptions {
  readonly clock: Clock;
  /** The shop is out: nothing is asked until then (milliseconds). Called once an outage, however many probes fail. */
  readonly onOpen: (until: number, error: AppError) => void;
  /** The shop answers again. */
  readonly onClose: () => void;
}

/**
 * Runs a request, with all its tries. While the shop is out it is refused at once: the error has the code of the outage and in `retryAfterMs` the
 * time until the next probe.
 */
export type Circuit = <T>(request: (passage: Passage) => Promise<T>) => Promise<T>;

/** A longer Retry-After is nothing that a request waits for in place. */
export const LONGEST_WAIT_MS = 5 * SECOND;

const FAILURES_IN_A_ROW = 3;
const FIRST_DELAY_MS = 30 * SECOND;
const LONGEST_DELAY_MS = 10 * MINUTE;
/** Whatever Retry-After says: a clock or a server that is wrong must not put the shop out for good. */
const LONGEST_RETRY_AFTER_MS = HOUR;
/** With any other error the shop has answered. */
const OUT: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['SHOP_UNREACHABLE', 'SHOP_BUSY', 'SHOP_BAD_ANSWER']);

/**
 * Stops asking a shop that is down: after three requests in a row without a good answer, or at once when it asks to be left alone for longer. Then
 * one request finds out for all; while it fails, the next follows after 30 s, doubled up to 10 min, or after the shop's own Retry-After.
 */
export function createCircuit({ clock, onOpen, onClose }: CircuitOptions): Circuit {
  let failures = 0;
  let delay = FIRST_DELAY_MS;
  let outage: { readonly until: number; readonly error: AppError } | null = null;
  let probe: Promise<unknown> | null = null;
  const refusals = new WeakSet<AppError>();

  function answered(): void {
    failures = 0;
    delay = FIRST_DELAY_MS;
    if (outage === null) return;
    outage = null;
    onClose();
  }

  function failed(error: AppError): void {
    failures += 1;
    const asked = error.retryAfterMs ?? 0;
    const isAsked = asked > LONGEST_WAIT_MS;
    if (failures < FAILURES_IN_A_ROW && !isAsked && outage === null) return;
    const goesOn = outage !== null;
    const until = clock.now() + (isAsked ? Math.min(asked, LONGEST_RETRY_AFTER_MS) : delay);
    outage = { until, error };
    delay = Math.min(delay * 2, LONGEST_DELAY_MS);
    if (!goesOn) onOpen(until, error);
  }

  const timeLeft = (until: number) => Math.max(0, until - clock.now());

  function refusal(until: number, error: AppError): AppError {
    const time = new Date(until).toISOString().slice(0, 19).replace('T', ' ');
    const message = `The shop is not asked until ${time} UTC. The last answer: ${error.message}`;
    const refused = new AppError(error.code, message, { cause: error, retryAfterMs: timeLeft(until) });
    refusals.add(refused);
    return refused;
  }

  async function watched<T>(request: (passage: Passage) => Promise<T>, isProbe: boolean): Promise<T> {
    // What was under way when the shop was found to be out proves nothing, whichever way it ends.
    const proves = () => isProbe || outage === null;
    const check = () => {
      if (!isProbe && outage !== null) throw refusal(outage.until, outage.error);
    };
    try {
      const answer = await request({ isProbe, check });
      if (proves()) answered();
      return answer;
    } catch (error) {
      if (error instanceof AppError && refusals.has(error)) throw error;
      if (error instanceof AppError && OUT.has(error.code)) {
        if (proves()) failed(error);
        // Whoever found out waits as long as the others.
        if (outage === null) throw error;
        throw new AppError(error.code, error.message, { cause: error.cause, retryAfterMs: timeLeft(outage.until) });
      }
      if (proves()) answered();
      throw error;
    }
  }

  return async (request) => {
    for (;;) {
      if (outage === null) return await watched(request, false);
      const left = outage.until - clock.now();
      // More than that is left only where somebody has set the clock back.
      if (left > 0 && left <= LONGEST_RETRY_AFTER_MS) throw refusal(outage.until, outage.error);
      if (probe === null) {
        const found = watched(request, true);
        probe = found
          .catch(() => undefined)
          .finally(() => {
            probe = null;
          });
        return await found;
      }
      await probe;
    }
  };
}
