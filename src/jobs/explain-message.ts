import type { ActionRow } from '../db/actions.js';
import { SEND_ERRORS, type Ending } from '../reengagement/endings.js';
import type { Verdict, VerdictReason } from '../reengagement/explanation-facts.js';
import { compose } from './delivery.js';
import { withoutPhones } from './explain-facts.js';
import type { Interests } from './interests.js';
import { pretendCoupon } from './preview-message.js';
import { servicesAt } from './preview-run.js';
import type { Recipient } from './recipients.js';
import type { SendArguments } from './send-arguments.js';
import { sendContent } from './send-content.js';
import { findObstacle } from './send-obstacle.js';
import type { JobServices } from './services.js';

export const PLAIN: Omit<Verdict, 'outcome' | 'reason'> = {
  detail: null,
  by: null,
  actionId: null,
  freeAt: null,
  sendAt: null,
  campaignType: null,
  products: [],
  form: null,
};

export const nothing = (reason: VerdictReason, more: Partial<Verdict> = {}): Verdict => ({
  ...PLAIN,
  outcome: 'nothing',
  reason,
  ...more,
});

export interface Expected {
  readonly args: SendArguments;
  readonly action: Pick<ActionRow, 'id'>;
  readonly recipient: Recipient;
  readonly interests: Interests;
}

/** What the send will make of a message that it takes up at `at`: decided then and, where it has to wait for the end of the quiet hours, once more. */
export async function foresee(
  services: JobServices,
  at: number,
  expected: Expected,
  about: Partial<Verdict>,
): Promise<Verdict> {
  const { args, action, recipient } = expected;
  const first = await findObstacle(servicesAt(services, at), recipient, args, action);
  const sendAt = first?.name === 'deferred' ? (first.until ?? at) : at;
  const obstacle = sendAt === at ? first : await findObstacle(servicesAt(services, sendAt), recipient, args, action);
  const told = { ...PLAIN, ...about, campaignType: args.campaignType, sendAt };
  if (obstacle !== null) return stopped(obstacle, { ...told, detail: withoutPhones(recipient.consent.source) });
  const made = await makes(servicesAt(services, sendAt), expected, told);
  const waits = first?.name === 'deferred' && made.outcome === 'send' && about.by === 'queue';
  return waits ? { ...made, outcome: 'later', reason: 'quiet_hours', freeAt: sendAt } : made;
}

function stopped(ending: Ending, about: Partial<Verdict>): Verdict {
  const reason = ending.reason as VerdictReason;
  if (ending.name === 'skipped') return nothing(reason, about);
  // Nobody knows whether a template or an account is in order when it is looked at again.
  return {
    ...PLAIN,
    ...about,
    outcome: 'later',
    reason,
    freeAt: ending.until ?? null,
    sendAt: null,
    detail: ending.error ?? null,
  };
}

async function makes(
  services: JobServices,
  { args, recipient, interests }: Expected,
  told: Omit<Verdict, 'outcome' | 'reason'>,
): Promise<Verdict> {
  const content = await sendContent(services, recipient, args, interests);
  if (content === 'no_products' && args.productIds === null)
    return nothing('invalid', { ...told, detail: SEND_ERRORS.no_content });
  if (typeof content === 'string') return nothing(content, told);
  const built = await compose(services, { args, recipient, content }, pretendCoupon(services, args.campaignType));
  if (built === null) return nothing('invalid', { ...told, detail: SEND_ERRORS.no_content });
  const products = content.products.map(({ name }) => name);
  const form =
    built.kind === 'text'
      ? ({ kind: 'text' } as const)
      : ({ kind: 'template', name: built.name, language: built.language } as const);
  return { ...told, outcome: 'send', reason: null, products, form };
}
