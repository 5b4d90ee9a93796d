import type { NewAction } from '../db/actions.js';
import { GROUP, PRIORITIES, recipientOf, unfinishedKey } from './hooks.js';
import { payloadMeta } from './payload.js';

/** An action of group `wch`, ready to be written; its priority stands in the payload's metadata. `at` in milliseconds, UTC. */
export function newAction(hook: string, args: unknown, at: number, uniqueKey: string | null = null): NewAction {
  return {
    hook,
    group: GROUP,
    args,
    priority: priorityOf(args),
    scheduledAt: at,
    uniqueKey,
    unfinishedKey: unfinishedKey(hook, args),
    phone: recipientOf(hook, args),
  };
}

function priorityOf(args: unknown): number {
  const { priority } = payloadMeta(args);
  return priority === 'high' || priority === 'low' ? PRIORITIES[priority] : PRIORITIES.normal;
}
