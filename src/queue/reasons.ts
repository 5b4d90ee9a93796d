import { CATALOGUE } from '../lib/errors.js';
import { SKIP_SENTENCES } from '../reengagement/eligibility.js';

/** The journal's words for how an action ended or why it waits, in sentences; the reasons to skip and the errors have theirs elsewhere. */
const SENTENCES: Readonly<Record<string, string>> = {
  done: 'The job ran to its end',
  broken: 'The job failed',
  accepted: 'WhatsApp accepted the message',
  invalid: 'The payload cannot be used',
  refused: 'It failed as often as it may',
  fail: 'WhatsApp refused the message for good',
  not_again: 'WhatsApp refused the message, and wants no more to this number for a day',
  declined: 'The customer wants no marketing messages from WhatsApp; that is noted as an opt-out',
  unknown: 'Nobody knows whether the message arrived; it counts as sent',
  canceled: 'Canceled before it began',
  dismissed: 'Dismissed by hand',
  quiet_hours: 'Quiet hours',
  already_running: 'Another run of the job is under way',
  retried: 'A failure that may pass; it is tried again',
  retry: 'WhatsApp has a trouble that may pass; it is tried again',
  pair: 'Too many messages to this number in a short time; it is tried again',
  slow_down: 'WhatsApp asked to slow down',
  halted: 'Sending is halted',
  ...SKIP_SENTENCES,
};

/** An outage is named after its error. */
const ADVICE = new Map(Object.entries(CATALOGUE).map(([code, { advice }]) => [code.toLowerCase(), advice]));

/** Why, in a sentence without its full stop: what the journal's word means and what was said at that moment. A word of a later release stays as it is. */
export function explained(reason: string | null, error: string | null): string | null {
  const advice = reason === null ? undefined : ADVICE.get(reason);
  if (advice !== undefined) return withoutStop(error === null ? advice : `${withoutStop(error)}. ${advice}`);
  const sentence = reason === null ? null : (SENTENCES[reason] ?? reason);
  if (sentence === null || error === null || error === sentence) return sentence ?? error;
  return `${sentence}: ${withoutStop(error)}`;
}

function withoutStop(text: string): string {
  return text.replace(/\.$/, '');
}
