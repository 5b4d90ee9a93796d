import type { ActionRow } from '../db/actions.js';
import { DAY, MINUTE, SECOND } from '../lib/clock.js';
import type { AnsweredView, Ending } from '../reengagement/endings.js';
import type { OutgoingMessage } from '../reengagement/message.js';
import type { SendResult } from '../whatsapp/send-result.js';
import { templateScope } from './halts.js';
import type { JobServices } from './services.js';

export interface Sent {
  readonly result: SendResult;
  readonly message: OutgoingMessage;
  readonly action: ActionRow;
  readonly views: readonly AnsweredView[];
  readonly phone: string;
}

/** Until Meta says otherwise, this long after it asked to slow down. */
const SLOW_DOWN_MS = 10 * SECOND;
/** 131056, pair rate limit: 4 to the power of the attempts so far, in seconds (Meta's advice). */
const PAIR_BASE = 4;

/** What becomes of an action after its POST; also halts what the answer says is halted. */
export function endingOf(services: JobServices, sent: Sent): Ending {
  const { result, views } = sent;
  const ending = result.kind === 'refused' ? refusedEnding(services, sent, result) : clearEnding(services, sent);
  return { ...ending, views };
}

function clearEnding(services: JobServices, { result, message }: Sent): Ending {
  switch (result.kind) {
    case 'accepted':
      services.halts.answered();
      services.halts.lift('all');
      if (message.kind === 'template') services.halts.lift(templateScope(message));
      return { name: 'accepted', messageId: result.messageId, result: { success: true, message_id: result.messageId } };
    case 'unknown':
      services.halts.unanswered(services.clock.now() + services.config().queue.outage_delay_seconds * SECOND);
      return { name: 'unknown', error: result.detail, result: { success: false, error: result.detail } };
    case 'unreachable': {
      const until = services.clock.now() + services.config().queue.outage_delay_seconds * SECOND;
      services.halts.halt('all', { until, reason: `WhatsApp cannot be reached: ${result.detail}` });
      return { name: 'outage', reason: 'whatsapp_unreachable', error: result.detail, until };
    }
    case 'refused':
      throw new TypeError('A refusal has its own ending');
  }
}

function refusedEnding(services: JobServices, sent: Sent, refusal: Extract<SendResult, { kind: 'refused' }>): Ending {
  const { code, rule, detail } = refusal;
  // A day at most: a server that is wrong must not put a message off for good.
  const retryAfterMs = refusal.retryAfterMs === null ? null : Math.min(refusal.retryAfterMs, DAY);
  services.halts.answered();
  const { action, message, phone } = sent;
  const now = services.clock.now();
  const error = `${detail} (${code})`;
  const why = { errorCode: code, error, result: { success: false, error } };
  const tryAgain = (delayMs: number): Ending => ({
    name: 'retried',
    reason: rule.class,
    until: now + (retryAfterMs ?? delayMs),
    ...why,
  });
  const { retry_delays_seconds: delays } = services.config().queue;
  const delay = delays[action.attempts];
  switch (rule.class) {
    case 'retry':
      return delay === undefined ? { name: 'refused', ...why } : tryAgain((rule.retryAfterSeconds ?? delay) * SECOND);
    case 'pair':
      return delay === undefined ? { name: 'refused', ...why } : tryAgain(PAIR_BASE ** action.attempts * SECOND);
    case 'slow_down': {
      const until = now + (retryAfterMs ?? SLOW_DOWN_MS);
      services.halts.pause('all', until);
      return { name: 'outage', reason: 'slow_down', until, ...why };
    }
    case 'halt': {
      const scope = rule.scope === 'template' && message.kind === 'template' ? templateScope(message) : 'all';
      const own = rule.retryAfterSeconds === undefined ? null : rule.retryAfterSeconds * SECOND;
      const until = now + (retryAfterMs ?? own ?? services.config().whatsapp.halt_retry_minutes * MINUTE);
      services.halts.halt(scope, { until, reason: `${rule.advice} Meta said: ${error}` });
      return { name: 'outage', reason: 'halted', until, ...why };
    }
    case 'suppress':
      return { name: 'declined', revokes: { phone, source: `WhatsApp error ${code}` }, ...why };
    case 'undeliverable':
      return { name: 'refused', reason: 'fail', undeliverable: { phone, errorCode: code }, ...why };
    case 'not_again':
    case 'fail':
      return { name: 'refused', reason: rule.class, ...why };
  }
}
