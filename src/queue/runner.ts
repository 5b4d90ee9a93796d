import PQueue from 'p-queue';
import {
  claimDue,
  claimOne,
  nextDue,
  otherRunning,
  releaseActions,
  renewLeases,
  type ActionRow,
  type Claim,
} from '../db/actions.js';
import { answeredViewsOf } from '../db/log.js';
import type { Database } from '../db/pool.js';
import { recoverExpired } from '../db/recover.js';
import { settle, type Outcome } from '../db/settle.js';
import { HOUR, SECOND, type Clock } from '../lib/clock.js';
import { errorMessage, isOutage } from '../lib/errors.js';
import { grouped } from '../lib/group.js';
import { withLogFields, type Logger } from '../lib/logger.js';
import type { Ending, EndingName } from '../reengagement/endings.js';
import { newAction } from './action.js';
import { handlersByHook, type Handler } from './handler.js';
import { PRIORITIES } from './hooks.js';
import { logOutcome } from './outcome-log.js';

export interface RunnerSettings {
  readonly claimSize: number;
  readonly leaseSeconds: number;
  readonly pollSeconds: number;
  readonly drainSeconds: number;
  readonly retryDelaysSeconds: readonly number[];
  readonly outageDelaySeconds: number;
}

export interface RunnerOptions {
  readonly database: Database;
  readonly handlers: readonly Handler[];
  readonly settings: () => RunnerSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A new name for a claim, at most 20 ASCII characters, never repeated. */
  readonly claimId: () => string;
}

export type EndingCounts = Partial<Record<EndingName, number>>;

export interface Runner {
  /** Begins to take up due actions, until `stop`. */
  start(): void;
  /** Looks at the journal now and not at the next poll. */
  wake(): void;
  /** Runs what is due, and what becomes due by it, until nothing is left or `stop`; `onEnded` hears how many have ended so far. */
  runDue(hooks?: readonly string[], onEnded?: (ended: number) => void): Promise<EndingCounts>;
  /** Runs one action now, whatever its time, and returns how it ended; null when it is no longer pending, and after `stop`. */
  runOne(id: number): Promise<Ending | null>;
  /** Takes up nothing more, waits a bounded time for what runs, gives back what was never begun. */
  stop(): Promise<void>;
}

interface Lane {
  readonly handler: Handler;
  readonly queue: PQueue;
}

const OUTCOME_GROUP = { max: 200, waitMs: 15 };
/** An hour at most, whatever Retry-After says: a clock or a server that is wrong must not put an action off for good. */
const LONGEST_WAIT_MS = HOUR;
/** The bookkeeping after a send is tried for longer than the send was: losing it would make an accepted message look unsent. */
const SETTLE_TRIES = 60;

/** @throws AppError HOOK_WITHOUT_HANDLER when a hook has not exactly one handler. */
export function createRunner(options: RunnerOptions): Runner {
  const { database, clock, logger, settings } = options;
  const handlers = handlersByHook(options.handlers);
  const lanes = new Map<string, Lane>();
  for (const handler of handlers.values())
    lanes.set(handler.hook, { handler, queue: new PQueue({ concurrency: handler.concurrency() }) });
  const waiting = new Map<number, ActionRow>();
  const running = new Map<number, string>();
  const counts: EndingCounts = {};
  const outages = new Map<string, { readonly code: string; readonly until: number }>();
  const byHand = new Set<Promise<unknown>>();
  const watching = new Set<() => void>();
  const stopping = new AbortController();
  const drained = new AbortController();
  let wakeUp = new AbortController();
  let loop: Promise<void> = Promise.resolve();
  let leases: Promise<void> = Promise.resolve();

  const write = (outcomes: readonly Outcome[]) =>
    settle(database, outcomes, clock.now(), (followUp) => newAction(followUp.hook, followUp.args, clock.now()));

  const record = grouped<Outcome, null>(async (outcomes) => {
    try {
      await write(outcomes);
    } catch (error) {
      if (outcomes.length === 1 || isOutage(error)) throw error;
      // One that cannot be written must not keep its neighbours from being written.
      return await Promise.all(outcomes.map((outcome) => write([outcome]).then(() => null, asError)));
    }
    return outcomes.map(() => null);
  }, OUTCOME_GROUP);

  async function conclude(action: ActionRow, ending: Ending): Promise<void> {
    const outcome = { actionId: action.id, claimId: action.claimId ?? '', ending };
    for (let tried = 1; ; tried++) {
      try {
        await record(outcome);
        break;
      } catch (error) {
        if (tried === SETTLE_TRIES || drained.signal.aborted) throw error;
        if (tried === 1)
          logger.error('The outcome of an action could not be written yet', {
            action: action.id,
            ending: ending.name,
            error,
          });
        await clock.sleep(Math.min(SECOND * tried, 10 * SECOND), drained.signal);
      }
    }
    counts[ending.name] = (counts[ending.name] ?? 0) + 1;
    for (const watch of watching) watch();
    logOutcome(logger, action, ending);
  }

  async function execute(lane: Lane, action: ActionRow): Promise<Ending> {
    waiting.delete(action.id);
    running.set(action.id, action.claimId ?? '');
    try {
      return await withLogFields({ run: action.id }, async () => {
        const ending = await attempt(lane.handler, action);
        await conclude(action, ending);
        return ending;
      });
    } finally {
      running.delete(action.id);
    }
  }

  async function attempt(handler: Handler, action: ActionRow): Promise<Ending> {
    try {
      const other = handler.exclusive ? await otherRunning(database, action) : null;
      if (other !== null) {
        // The oldest comes back first: two that were claimed at the same moment must not give way to each other for ever.
        const wait = action.id < other ? 1 : settings().outageDelaySeconds;
        const until = clock.now() + wait * SECOND;
        return { name: 'deferred', reason: 'already_running', error: 'Another run of the job is under way', until };
      }
      return await handler.run(action);
    } catch (error) {
      return failedAttempt(handler, action, error);
    }
  }

  function failedAttempt(handler: Handler, action: ActionRow, error: unknown): Ending {
    const { retryDelaysSeconds, outageDelaySeconds } = settings();
    const fields = { hook: action.hook, action: action.id, error };
    if (isOutage(error)) {
      const wait = Math.min(error.retryAfterMs ?? outageDelaySeconds * SECOND, LONGEST_WAIT_MS);
      const until = clock.now() + wait;
      // Said once an outage: a thousand messages may wait for the same shop.
      const known = outages.get(action.hook);
      const goesOn = known?.code === error.code && clock.now() <= known.until + outageDelaySeconds * SECOND;
      logger[goesOn ? 'debug' : 'warn']('Waiting: something that is needed is out', fields);
      outages.set(action.hook, { code: error.code, until });
      return { name: 'outage', reason: error.code.toLowerCase(), error: error.message, until };
    }
    const delay = retryDelaysSeconds[action.attempts];
    const message = errorMessage(error);
    if (delay !== undefined) {
      logger.warn('An action failed and is tried again', fields);
      return { name: 'retried', error: message, until: clock.now() + delay * SECOND };
    }
    logger.error('An action failed', fields);
    const result = { success: false, error: message };
    return handler.exhausted?.(action, message) ?? { name: 'broken', error: message, result };
  }

  function newClaim(): Claim {
    return { claimId: options.claimId(), leaseSeconds: settings().leaseSeconds, now: clock.now() };
  }

  async function recover(): Promise<void> {
    // While the database was out this daemon's own leases may have ended, and what it runs must not be taken for a dead one's.
    await renewLeases(database, heldClaims(), settings().leaseSeconds);
    const { resumed, begun } = await recoverExpired(database, newClaim());
    if (resumed > 0 || begun.length > 0)
      logger.warn('Took over the actions of a daemon that died', { resumed, unknown: begun.length });
    const views = await answeredViewsOf(
      database,
      begun.map((action) => action.id),
    );
    await Promise.all(
      begun.map(async (action) => {
        const ending = handlers.get(action.hook)?.interrupted?.(action, views.get(action.id) ?? []);
        if (ending) await withLogFields({ run: action.id }, () => conclude(action, ending));
      }),
    );
  }

  function heldClaims(): string[] {
    return [...new Set([...[...waiting.values()].map((action) => action.claimId ?? ''), ...running.values()])];
  }

  /** Claims for every lane that runs low; returns how many actions were taken. */
  async function fill(hooks?: readonly string[]): Promise<number> {
    const due = stopping.signal.aborted ? null : await nextDue(database, hooks);
    if (due === null || due > clock.now()) return 0;
    let taken = 0;
    for (const lane of lanes.values()) {
      if (hooks !== undefined && !hooks.includes(lane.handler.hook)) continue;
      lane.queue.concurrency = lane.handler.concurrency();
      for (const priority of Object.values(PRIORITIES)) {
        const { most, room } = roomOf(lane);
        if (room < most / 2 || stopping.signal.aborted) break;
        const actions = await claimDue(database, lane.handler.hook, priority, room, newClaim());
        for (const action of actions) enqueue(lane, action);
        taken += actions.length;
      }
    }
    // Told to stop while these were being claimed: what was given back then did not hold them.
    if (stopping.signal.aborted) await giveBack();
    return taken;
  }

  /** How many actions a lane holds at most, and how many it could take. A job that may run once at a time must not wait for itself. */
  function roomOf({ handler, queue }: Lane): { readonly most: number; readonly room: number } {
    if (handler.exclusive) return { most: 1, room: 1 - queue.size - queue.pending };
    const most = settings().claimSize;
    return { most, room: most - queue.size };
  }

  function enqueue(lane: Lane, action: ActionRow): void {
    waiting.set(action.id, action);
    if (stopping.signal.aborted) return;
    lane.queue
      .add(() => execute(lane, action))
      .catch((error: unknown) => {
        logger.error('An action could not be brought to an end; it is taken up again when its lease is over', {
          run: action.id,
          action: action.id,
          error,
        });
      });
  }

  /** Resolves when a lane has done what it took, or enough of it to take more; at once when every lane is idle. */
  async function laneLow(): Promise<void> {
    const low = settings().claimSize / 2;
    const busy = [...lanes.values()].map(({ queue }) => queue).filter((queue) => queue.size + queue.pending > 0);
    if (busy.length === 0) return;
    await Promise.race(busy.map((queue) => (queue.size < low ? queue.onIdle() : queue.onSizeLessThan(low))));
  }

  function idle(): boolean {
    return [...lanes.values()].every((lane) => lane.queue.size + lane.queue.pending === 0);
  }

  async function work(): Promise<void> {
    const { signal } = stopping;
    let journalOut = false;
    while (!signal.aborted) {
      wakeUp = new AbortController();
      let taken = 0;
      try {
        await recover();
        taken = await fill();
        journalOut = false;
      } catch (error) {
        if (!journalOut) logger.error('The journal cannot be read; trying again', { error });
        journalOut = true;
      }
      const rest = clock.sleep(settings().pollSeconds * SECOND, wakeUp.signal);
      await (taken === 0 && idle() ? rest : Promise.race([laneLow(), rest]));
      wakeUp.abort();
    }
  }

  async function keepLeases(signal: AbortSignal): Promise<void> {
    for (;;) {
      await clock.sleep((settings().leaseSeconds * SECOND) / 3, signal);
      if (signal.aborted) return;
      try {
        await renewLeases(database, heldClaims(), settings().leaseSeconds);
      } catch (error) {
        logger.error('Leases could not be renewed', { error });
      }
    }
  }

  async function withLeases<T>(task: () => Promise<T>): Promise<T> {
    const over = new AbortController();
    const kept = keepLeases(over.signal);
    try {
      return await task();
    } finally {
      over.abort();
      await kept;
    }
  }

  /** A stop waits for it. */
  async function runByHand<T>(task: () => Promise<T>): Promise<T> {
    const run = withLeases(task);
    byHand.add(run);
    try {
      return await run;
    } finally {
      byHand.delete(run);
    }
  }

  async function giveBack(): Promise<void> {
    for (const lane of lanes.values()) lane.queue.clear();
    const claims = new Set([...waiting.values()].map((action) => action.claimId ?? ''));
    try {
      await releaseActions(database, [...waiting.keys()], [...claims]);
    } catch (error) {
      logger.error('Actions could not be given back; they are taken up again when their lease is over', { error });
    }
    waiting.clear();
  }

  async function drain(): Promise<void> {
    await loop;
    await giveBack();
    await Promise.allSettled([...[...lanes.values()].map((lane) => lane.queue.onIdle()), ...byHand]);
  }

  return {
    start: () => {
      loop = work();
      leases = keepLeases(drained.signal);
    },
    wake: () => {
      wakeUp.abort();
    },
    runDue: (hooks, onEnded) =>
      runByHand(async () => {
        const before = { ...counts };
        const watch = () => {
          onEnded?.(sum(difference(counts, before)));
        };
        watching.add(watch);
        try {
          await recover();
          while ((await fill(hooks)) > 0 || !idle()) await laneLow();
        } finally {
          watching.delete(watch);
        }
        return difference(counts, before);
      }),
    runOne: (id) =>
      runByHand(async () => {
        const action = stopping.signal.aborted ? null : await claimOne(database, id, newClaim());
        const lane = action && lanes.get(action.hook);
        return action && lane ? await execute(lane, action) : null;
      }),
    stop: async () => {
      stopping.abort();
      wakeUp.abort();
      const bound = new AbortController();
      await Promise.race([drain(), clock.sleep(settings().drainSeconds * SECOND, bound.signal)]);
      bound.abort();
      drained.abort();
      await leases;
      if (running.size > 0) logger.warn('Stopped while actions were still running', { running: running.size });
    },
  };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(errorMessage(error));
}

function difference(after: EndingCounts, before: EndingCounts): EndingCounts {
  const changed = (Object.keys(after) as EndingName[]).map(
    (name) => [name, (after[name] ?? 0) - (before[name] ?? 0)] as const,
  );
  return Object.fromEntries(changed.filter(([, count]) => count > 0));
}

function sum(counts: EndingCounts): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
