import type { ActionRow } from '../db/actions.js';
import { AppError } from '../lib/errors.js';
import type { AnsweredView, Ending } from '../reengagement/endings.js';
import { ALL_HOOKS, type Hook } from './hooks.js';

export interface Handler {
  readonly hook: Hook;
  /** How many actions of the hook run at once in this process. */
  readonly concurrency: () => number;
  /** Whether only one action of the hook may run at a time, in all daemons together. */
  readonly exclusive: boolean;
  /** What it throws decides too: a retryable AppError is an outage, anything else a failed attempt. */
  readonly run: (action: ActionRow) => Promise<Ending>;
  /** How an action ends that has failed as often as it may. Null: as broken. */
  readonly exhausted: ((action: ActionRow, error: string) => Ending) | null;
  /**
   * How an action ends whose work had begun when its daemon died; `views` are those that its message was to answer. Null: it is simply
   * run again.
   */
  readonly interrupted: ((action: ActionRow, views: readonly AnsweredView[]) => Ending) | null;
}

/** @throws AppError HOOK_WITHOUT_HANDLER when a hook has no handler, or two. */
export function handlersByHook(handlers: readonly Handler[]): ReadonlyMap<string, Handler> {
  for (const hook of ALL_HOOKS) {
    const count = handlers.filter((handler) => handler.hook === hook).length;
    if (count !== 1)
      throw new AppError('HOOK_WITHOUT_HANDLER', `The hook ${hook} has ${count} handlers instead of one`);
  }
  return new Map(handlers.map((handler) => [handler.hook, handler]));
}
