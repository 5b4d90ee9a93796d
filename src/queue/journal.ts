import type { ActionRow, NewAction } from '../db/actions.js';
import type { Changed, Deed } from '../db/by-hand.js';
import { cancelActions } from '../db/cancel.js';
import { countByStatus, findStory, type ActionSelection, type StatusCounts } from '../db/journal.js';
import type { Database } from '../db/pool.js';
import { dismissActions, retryActions } from '../db/replay.js';
import type { Clock } from '../lib/clock.js';
import { newAction } from './action.js';
import { HOOKS, unfinishedKey } from './hooks.js';
import { unwrapPayload } from './payload.js';
import { refusalSentence } from './refusal.js';
import type { Runner } from './runner.js';
import { storyOf, type ActionStory } from './story.js';

export interface JournalOptions {
  readonly database: Database;
  readonly runner: Pick<Runner, 'wake'>;
  readonly clock: Clock;
}

/** How many actions were changed, and why which others were not: every one that was named, of a filter's those that could not be. */
export interface ByHand {
  readonly count: number;
  readonly refused: readonly { readonly id: number; readonly reason: string }[];
}

/** What an operator does with the queue's journal; `onChanged` hears how many were changed so far. Each throws AppError DB_*. */
export interface Journal {
  /** The whole story of an action, or null. */
  find(id: number): Promise<ActionStory | null>;
  count(selection: ActionSelection): Promise<StatusCounts>;
  /**
   * Makes failed or canceled actions (of a filter without a status: failed ones) pending and due now, to pass every check again. What
   * ended complete is refused: a message that was sent, or may have been, is never sent again.
   */
  retry(selection: ActionSelection, onChanged?: (count: number) => void): Promise<ByHand>;
  /** Cancels pending actions; of a recurring job the next run only. */
  cancel(selection: ActionSelection, onChanged?: (count: number) => void): Promise<ByHand>;
  /** Lays failed actions aside, so that they are forgotten in time. */
  dismiss(selection: ActionSelection, onChanged?: (count: number) => void): Promise<ByHand>;
}

export function createJournal({ database, runner, clock }: JournalOptions): Journal {
  const deleteCoupon = (code: string) => deleteCouponAction(code, clock.now());
  return {
    find: async (id) => {
      const story = await findStory(database, id);
      return story === null ? null : storyOf(story, clock.now());
    },
    count: (selection) => countByStatus(database, selection),
    retry: async (selection, onChanged) => {
      const replay = { now: clock.now(), unfinishedKey: keyOf, args: withoutExpiry, deleteCoupon, campaignType };
      const changed = await retryActions(database, selection, replay, onChanged);
      if (changed.count > 0) runner.wake();
      return byHand('retry', changed);
    },
    cancel: async (selection, onChanged) =>
      byHand('cancel', await cancelActions(database, selection, clock.now(), deleteCoupon, onChanged)),
    dismiss: async (selection, onChanged) =>
      byHand('dismiss', await dismissActions(database, selection, clock.now(), onChanged)),
  };
}

function keyOf({ hook, args }: ActionRow): string | null {
  return unfinishedKey(hook, args);
}

function campaignType({ hook, args }: ActionRow): string | null {
  const type = unwrapPayload(args)['campaign_type'];
  const isAboutViews = type === 'back_in_stock' || type === 'price_drop';
  return hook === HOOKS.sendMessage && typeof type === 'string' && !isAboutViews ? type : null;
}

/** Whoever retries by hand wants the message today, and not on the day that it was planned for. Undefined: nothing to take out. */
function withoutExpiry({ args }: ActionRow): unknown {
  if (!('expires_at' in unwrapPayload(args))) return undefined;
  return JSON.parse(JSON.stringify(args), (key, value: unknown) => (key === 'expires_at' ? undefined : value));
}

function byHand(deed: Deed, { count, refused }: Changed): ByHand {
  return { count, refused: refused.map((refusal) => ({ id: refusal.id, reason: refusalSentence(deed, refusal) })) };
}

/** The action that takes a coupon back which no message brings to its customer any more. */
export function deleteCouponAction(couponCode: string, now: number): NewAction {
  return newAction(HOOKS.deleteCoupon, { coupon_code: couponCode }, now);
}
