import { DAY } from '../lib/clock.js';
import type { LogStatus } from './log-status.js';

/** One row of reengagement_log. */
export interface LoggedMessage {
  readonly actionId: number | null;
  /** Null, or a word that is none of ours, counts as sent: the plugin wrote the row. */
  readonly status: LogStatus | null;
  /** Milliseconds, UTC. */
  readonly sentAt: number;
}

/** Messages to one person in 7 and in 30 days. */
export interface FrequencyCaps {
  readonly weekly: number;
  readonly monthly: number;
}

export type FrequencyCapResult =
  | { readonly allowed: true }
  /** `until`: when this cap lets one more through if nothing else is sent; null when no passing of time does that. */
  | { readonly allowed: false; readonly cap: 'weekly' | 'monthly'; readonly until: number | null };

const WEEK = 7 * DAY;
const MONTH = 30 * DAY;

/**
 * The documented caps, over one person's log rows. Every row but a failed one takes a slot: reserved and sending ones for as long as
 * they are that, the others while they are younger than the window; one in the future counts, because a clock may have been set back.
 * The rows of `ownActionId` are left out, or a retry would block itself. Of two reached caps the one that lasts longer is told.
 */
export function frequencyCap(
  messages: readonly LoggedMessage[],
  caps: FrequencyCaps,
  now: number,
  ownActionId: number | null,
): FrequencyCapResult {
  const counted = messages.filter(
    ({ actionId, status }) => status !== 'failed' && (ownActionId === null || actionId !== ownActionId),
  );
  const weekly = freeAt(counted, caps.weekly, WEEK);
  const monthly = freeAt(counted, caps.monthly, MONTH);
  if (weekly <= now && monthly <= now) return { allowed: true };
  const until = Math.max(weekly, monthly);
  return { allowed: false, cap: weekly > monthly ? 'weekly' : 'monthly', until: until === Infinity ? null : until };
}

/** How many of one person's messages take a slot now, in 7 and in 30 days. */
export function countedMessages(messages: readonly LoggedMessage[], now: number): FrequencyCaps {
  const counted = messages.filter(({ status }) => status !== 'failed');
  const within = (window: number) => slotEnds(counted, window).filter((end) => end > now).length;
  return { weekly: within(WEEK), monthly: within(MONTH) };
}

/** The moment from which on fewer than `cap` of the messages count, Infinity for never. */
function freeAt(messages: readonly LoggedMessage[], cap: number, window: number): number {
  const ends = slotEnds(messages, window).sort((a, b) => a - b);
  return ends.length < cap ? -Infinity : (ends[ends.length - cap] ?? Infinity);
}

function slotEnds(messages: readonly LoggedMessage[], window: number): number[] {
  return messages.map(({ status, sentAt }) =>
    status === 'reserved' || status === 'sending' ? Infinity : sentAt + window,
  );
}
