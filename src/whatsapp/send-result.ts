import { z } from 'zod';
import { ruleFor, type ErrorRule } from './error-table.js';
import { graphError, type GraphAnswer } from './graph-answer.js';

/** How one POST of a message ended. No `detail` holds a token or a phone number. */
export type SendResult =
  /** Meta took the message; `messageStatus` is accepted, held_for_quality_assessment, paused, or absent. It is not delivered yet. */
  | { readonly kind: 'accepted'; readonly messageId: string; readonly messageStatus: string | null }
  /** Meta answered with an error: the message was not accepted. */
  | {
      readonly kind: 'refused';
      readonly code: number;
      readonly rule: ErrorRule;
      readonly detail: string;
      readonly retryAfterMs: number | null;
    }
  /** The request never left: it can be sent again without any risk. */
  | { readonly kind: 'unreachable'; readonly detail: string }
  /** Nobody knows whether the message was accepted: never send it again, a receipt settles it. */
  | { readonly kind: 'unknown'; readonly detail: string };

const acceptedBody = z.object({
  messages: z.tuple(
    [z.object({ id: z.string().min(1), message_status: z.string().nullable().catch(null) })],
    z.unknown(),
  ),
});

/** Reads an answer that arrived whole. An error body with a code means not accepted, whatever the HTTP status says. */
export function readSendAnswer(answer: GraphAnswer, accessToken: string): SendResult {
  const ok = answer.status >= 200 && answer.status < 300;
  const accepted = acceptedBody.safeParse(answer.data);
  if (ok && accepted.success) {
    const [first] = accepted.data.messages;
    return { kind: 'accepted', messageId: first.id, messageStatus: first.message_status };
  }
  const error = graphError(answer, accessToken);
  if (error !== undefined) return { kind: 'refused', ...error, rule: ruleFor(error.code) };
  const what = typeof answer.data === 'object' ? 'JSON without a message id or an error code' : 'no JSON';
  return { kind: 'unknown', detail: `HTTP ${answer.status} with ${what}` };
}
