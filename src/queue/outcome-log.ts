import type { ActionRow } from '../db/actions.js';
import type { Logger } from '../lib/logger.js';
import { maskPhone } from '../lib/phone.js';
import { isCampaignType } from '../reengagement/campaign-type.js';
import { ENDINGS, type Ending } from '../reengagement/endings.js';
import { HOOKS } from './hooks.js';
import { unwrapPayload } from './payload.js';

/** One line for each outcome of a message. What only waits is told at debug: a thousand messages may wait for the same shop. */
export function logOutcome(logger: Logger, action: ActionRow, ending: Ending): void {
  if (action.hook !== HOOKS.sendMessage) return;
  const waits = ending.name === 'deferred' || ending.name === 'outage';
  const { campaign_type: campaignType } = unwrapPayload(action.args);
  logger[waits ? 'debug' : 'info']('Message outcome', {
    action: action.id,
    phone: action.phone === null ? undefined : maskPhone(action.phone),
    // A payload from outside may hold anything there, a phone too.
    campaign_type: isCampaignType(campaignType) ? campaignType : undefined,
    outcome: ending.name,
    reason: ending.reason,
    code: ending.errorCode,
    error: ending.error,
    // Its end only: a wamid holds the whole phone number, encoded.
    message_id: ending.messageId === undefined ? undefined : `...${ending.messageId.slice(-8)}`,
    attempt: action.attempts + (ENDINGS[ending.name].countsAttempt ? 1 : 0),
  });
}
