import { DAY } from '../lib/clock.js';
import { maskPhone } from '../lib/phone.js';
import { createRedactor } from '../lib/redact.js';
import type { CampaignType } from '../reengagement/campaign-type.js';
import type { SkipReason } from '../reengagement/eligibility.js';
import type { OutgoingMessage } from '../reengagement/message.js';
import { renderMessage } from '../reengagement/rendered-message.js';
import { compose, type Coupon } from './delivery.js';
import type { PlannedPage } from './planning.js';
import type { PreviewTemplates } from './preview-templates.js';
import { firstNameOf, type Recipient } from './recipients.js';
import type { PlannedMessage } from './send-arguments.js';
import { sendContent } from './send-content.js';
import type { JobServices } from './services.js';

export interface PreviewedMessage {
  /** Masked, as one is that stands in a name or a text. */
  readonly phone: string;
  readonly firstName: string | null;
  readonly campaignType: CampaignType;
  /** Null for a text inside the 24-hour window. */
  readonly template: { readonly name: string; readonly language: string } | null;
  /** As it arrives; only what the template is filled with where Meta could not be asked for its words. */
  readonly text: string;
}

/** Stands for a coupon's code: none is made. */
const COUPON_CODE = 'LOYAL**********';

/** A phone with its plus is masked wherever it stands. */
const redactor = createRedactor();
/** Whoever types a phone for their name types it in any way. Elsewhere a long number may be a product's. */
const PHONE_IN_NAME = /\d(?:[ ().\-/\u00a0]{0,2}\d){8,14}/g;

/** The message as the send makes it, at the clock of `services`, but with a name in which a phone is masked; or why the send would make none. */
export async function buildPlanned(
  services: JobServices,
  message: PlannedMessage,
  recipient: Recipient,
  { interests }: PlannedPage,
): Promise<OutgoingMessage | SkipReason | 'no_content'> {
  const content = await sendContent(services, recipient, message, interests);
  if (typeof content === 'string') return content;
  const coupon = pretendCoupon(services, message.campaignType);
  return (
    (await compose(services, { args: message, recipient: withShownName(recipient), content }, coupon)) ?? 'no_content'
  );
}

/** The coupon that the send would make now for this campaign type, null where it makes none: only to see the message. */
export function pretendCoupon({ config, clock }: JobServices, campaignType: CampaignType): Coupon | null {
  if (campaignType !== 'loyalty_reward') return null;
  return { code: COUPON_CODE, expiresAt: clock.now() + config().reengagement.loyalty_coupon_days * DAY };
}

export async function previewMessage(
  templates: PreviewTemplates,
  recipient: Recipient,
  campaignType: CampaignType,
  message: OutgoingMessage,
): Promise<PreviewedMessage> {
  return {
    phone: maskPhone(recipient.phone),
    firstName: firstNameOf(withShownName(recipient)),
    campaignType,
    template: message.kind === 'text' ? null : { name: message.name, language: message.language },
    text: redactor.output(renderMessage(message, message.kind === 'text' ? null : await templates.texts(message))),
  };
}

function withShownName(recipient: Recipient): Recipient {
  const firstName = firstNameOf(recipient);
  const shown = firstName === null ? null : redactor.output(firstName).replaceAll(PHONE_IN_NAME, maskPhone);
  return {
    ...recipient,
    customer: recipient.customer && { ...recipient.customer, firstName: shown },
    profiles: recipient.profiles.map((profile) => ({ ...profile, name: shown ?? '' })),
  };
}
