import type { ActionRow } from '../db/actions.js';
import type { Deed, Refusal } from '../db/by-hand.js';
import { SKIP_SENTENCES } from '../reengagement/eligibility.js';
import { explained } from './reasons.js';

const NEVER_AGAIN = 'a message that was sent, or may have been, is never sent again';

/** Why an action is left as it is: the rest of a sentence that begins with its number. */
export function refusalSentence(deed: Deed, refusal: Refusal): string {
  switch (refusal.kind) {
    case 'absent':
      return 'there is no such action';
    case 'begun':
      return NEVER_AGAIN;
    case 'sent_since':
      return 'the same was sent to this customer since';
    case 'waiting':
      return `the same is already waiting${refusal.other === null ? '' : `: action ${refusal.other}`}`;
    case 'status':
      return statusSentence(deed, refusal.action);
  }
}

/** Why its status does not allow it. */
export function statusSentence(deed: Deed, action: ActionRow): string {
  if (action.status === 'in-progress')
    return `it is running; wait until it has ended${deed === 'cancel' ? ', or stop the daemon' : ''}`;
  if (action.status === 'pending')
    return deed === 'retry' ? 'it is waiting already' : 'it has not failed; it is pending, and cancel ends it';
  if (deed === 'dismiss') return `it has not failed: it is ${action.status}`;
  if (deed === 'cancel') return `it has ended already: it is ${action.status}`;
  return completeSentence(action);
}

function completeSentence({ reason, error }: ActionRow): string {
  const why = explained(reason, error) ?? 'it is complete';
  if (reason === 'accepted' || reason === 'unknown') return `${why}; ${NEVER_AGAIN}`;
  if (reason !== null && reason in SKIP_SENTENCES) return `it was skipped (${why}); the next run decides anew`;
  return `it is complete (${why})`;
}
