import { findAction, insertAction, insertActions, nextDue, type ActionRow, type NewAction } from '../db/actions.js';
import { cancelActions } from '../db/cancel.js';
import { listActions, type ActionFilter } from '../db/journal.js';
import type { Database } from '../db/pool.js';
import { utcSecond } from '../db/utc.js';
import { MINUTE, SECOND, type Clock } from '../lib/clock.js';
import { AppError } from '../lib/errors.js';
import { ENDINGS, type Ending } from '../reengagement/endings.js';
import { newAction } from './action.js';
import { isHook } from './hooks.js';
import { deleteCouponAction } from './journal.js';
import { wrapPayload } from './payload.js';
import { explained } from './reasons.js';
import type { Runner } from './runner.js';
import type { Schedule } from './schedule.js';
import { planSlot } from './tick.js';

export interface QueueOptions {
  readonly database: Database;
  readonly runner: Runner;
  readonly clock: Clock;
  /** The shop's time zone now. */
  readonly zone: () => Promise<string>;
}

/**
 * Action Scheduler's functions, under their names. Times in milliseconds, UTC. Each throws AppError UNKNOWN_HOOK for a hook that is
 * none, and DB_* errors. Where an id is returned, null says that the same is already waiting.
 */
export interface Queue {
  /** JobDispatcher::dispatch */
  dispatch(hook: string, args: unknown, delaySeconds?: number): Promise<number | null>;
  /** as_enqueue_async_action */
  enqueueAsync(hook: string, args: unknown): Promise<number | null>;
  /** as_schedule_single_action */
  scheduleSingle(at: number, hook: string, args: unknown): Promise<number | null>;
  /** as_schedule_recurring_action, by the shop's own day and hour: plans the next run unless one is planned. */
  scheduleRecurring(schedule: Schedule, hook: string): Promise<void>;
  /** as_next_scheduled_action: when the hook is due next, or null. */
  nextScheduledAction(hook: string): Promise<number | null>;
  /** as_get_scheduled_actions */
  getScheduledActions(filter: ActionFilter): Promise<ActionRow[]>;
  /** as_unschedule_all_actions: cancels what is pending; of a recurring job only the next run. Returns how many. */
  unschedule(hook: string, group?: string): Promise<number>;
  /** do_action: runs the hook now and returns the documented result. */
  doAction(hook: string, args?: unknown): Promise<unknown>;
  /** Queues many actions in groups; returns how many are new. */
  enqueueAll(actions: readonly NewAction[]): Promise<number>;
}

/** Far enough ahead that no daemon takes an action that is to be run here. */
const BY_HAND_AHEAD = 10 * MINUTE;

export function createQueue(options: QueueOptions): Queue {
  const { database, runner, clock } = options;

  /** What was put off is not over: whoever did it by hand need not do it again. */
  function waitingSentence(id: number, { name, reason, error, until = clock.now() }: Ending): string {
    const why = explained(reason ?? name, error ?? null);
    return `${why}. It stays queued as action ${id} and waits until ${new Date(until).toISOString()}`;
  }

  async function schedule(hook: string, args: unknown, at: number): Promise<number | null> {
    assertHook(hook);
    const payload = isEmpty(args) ? [] : wrapPayload(args, { queued_at: utcSecond(clock.now()), source: 'dispatch' });
    const id = await insertAction(database, newAction(hook, payload, at), clock.now());
    if (id !== null && at <= clock.now()) runner.wake();
    return id;
  }

  const dispatch = (hook: string, args: unknown, delaySeconds = 0) =>
    schedule(hook, args, clock.now() + delaySeconds * SECOND);

  return {
    dispatch,
    enqueueAsync: (hook, args) => dispatch(hook, args),
    scheduleSingle: (at, hook, args) => schedule(hook, args, at),
    scheduleRecurring: async (recurring, hook) => {
      await planSlot(database, assertHook(hook), recurring, await options.zone(), clock.now());
    },
    nextScheduledAction: async (hook) => await nextDue(database, [assertHook(hook)]),
    getScheduledActions: (filter) => listActions(database, filter),
    unschedule: async (hook, group) => {
      const now = clock.now();
      const selection = { hook: assertHook(hook), group };
      return (await cancelActions(database, selection, now, (code) => deleteCouponAction(code, now))).count;
    },
    doAction: async (hook, args = []) => {
      const id = await schedule(hook, args, clock.now() + BY_HAND_AHEAD);
      if (id === null)
        return {
          success: false,
          error: `The same is already waiting or running: see reengaged actions --hook ${hook}`,
        };
      const ending = await runner.runOne(id);
      if (ending === null) return (await findAction(database, id))?.result ?? null;
      if (ending.name === 'done') return ending.result ?? null;
      if (ENDINGS[ending.name].action === 'pending') return { success: false, error: waitingSentence(id, ending) };
      return ending.result ?? { success: false, error: ending.error ?? ending.name };
    },
    enqueueAll: async (actions) => {
      const inserted = await insertActions(database, actions, clock.now());
      if (inserted > 0) runner.wake();
      return inserted;
    },
  };
}

function assertHook(hook: string) {
  if (!isHook(hook)) throw new AppError('UNKNOWN_HOOK', `There is no hook ${hook}`);
  return hook;
}

function isEmpty(args: unknown): boolean {
  return args == null || (typeof args === 'object' && Object.keys(args).length === 0);
}
