import type { ActionRow } from '../db/actions.js';
import { BY_HAND, isAllowed, type Deed } from '../db/by-hand.js';
import type { StoredMessage, StoredStory } from '../db/journal.js';
import { explained } from './reasons.js';
import { statusSentence } from './refusal.js';

/** Everything that is known of one action. Times in milliseconds, UTC. */
export interface ActionStory {
  readonly action: ActionRow;
  /** How it ended or why it waits, in a sentence; null for one that nobody has begun. */
  readonly explanation: string | null;
  /** Each time that it was put off, or changed by hand, the newest first. */
  readonly history: readonly { readonly at: number; readonly what: string }[];
  /** Its row in reengagement_log. */
  readonly message: StoredMessage | null;
  /** Who runs it, and until when if its daemon does not say that it is alive (in the database's time). */
  readonly claim: { readonly id: string; readonly leaseUntil: number; readonly isOver: boolean } | null;
  /** What can be done with it by hand. */
  readonly can: readonly Deed[];
  /** What becomes of it now, in a sentence. */
  readonly now: string;
}

export function storyOf({ action, lease, message }: StoredStory, now: number): ActionStory {
  const isBegun = message !== null && message.status !== 'reserved' && message.status !== 'failed';
  return {
    action,
    explanation: explained(action.reason, action.error),
    history: action.history.flatMap(readLine),
    message,
    claim:
      lease === null || action.claimId === null
        ? null
        : { id: action.claimId, leaseUntil: lease.until, isOver: lease.isOver },
    can: deedsFor(action, isBegun),
    now: whatNow(action, lease, isBegun, now),
  };
}

/** The oldest line may have been cut off to nothing that says when. */
function readLine(line: string): ActionStory['history'] {
  const space = line.indexOf(' ');
  const at = Date.parse(line.slice(0, space));
  if (Number.isNaN(at)) return [];
  const [, reason = '', said = ''] = /^(\S+)(?: (.*))?$/.exec(line.slice(space + 1)) ?? [];
  return [
    {
      at,
      what:
        reason === 'retried' && said === 'by hand'
          ? 'Retried by hand'
          : (explained(reason, said === '' ? null : said) ?? reason),
    },
  ];
}

function deedsFor({ status }: ActionRow, isBegun: boolean): Deed[] {
  const deeds = Object.keys(BY_HAND) as Deed[];
  return deeds.filter((deed) => isAllowed(deed, status) && !(deed === 'retry' && isBegun));
}

function whatNow(action: ActionRow, lease: StoredStory['lease'], isBegun: boolean, now: number): string {
  switch (action.status) {
    case 'pending':
      return action.scheduledAt > now
        ? `It waits until ${new Date(action.scheduledAt).toISOString()}`
        : 'It is due: a running daemon takes it up, and so does reengaged run';
    case 'in-progress':
      return lease?.isOver === true
        ? 'Its daemon has died or hangs: the next one that looks takes it over'
        : 'It is running: wait until it has ended';
    case 'failed':
      return isBegun ? 'It stays until it is dismissed' : 'It stays until it is retried or dismissed';
    case 'canceled':
      return 'It is forgotten in time';
    case 'complete':
      return `Nothing: ${statusSentence('retry', action)}`;
  }
}
