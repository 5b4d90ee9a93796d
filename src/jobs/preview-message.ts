import { maskPhone } from '../lib/phone.js';
import type { CampaignType } from '../reengagement/campaign-type.js';
import type { SkipReason } from '../reengagement/eligibility.js';
import { couponTerms } from '../reengagement/loyalty.js';
import type { OutgoingMessage } from '../reengagement/message.js';
import { renderMessage } from '../reengagement/rendered-message.js';
import { compose, type Coupon } from './delivery.js';
import type { PlannedPage } from './planning.js';
import type { PreviewTemplates } from './preview-templates.js';
import { emailOf, firstNameOf, type Recipient } from './recipients.js';
import type { PlannedMessage } from './send-arguments.js';
import { sendContent } from './send-content.js';
import type { JobServices } from './services.js';

export interface PreviewedMessage {
  /** Masked. */
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

/** The message as the send makes it, at the clock of `services`; or why the send would make none. */
export async function buildPlanned(
  services: JobServices,
  message: PlannedMessage,
  recipient: Recipient,
  { interests }: PlannedPage,
): Promise<OutgoingMessage | SkipReason | 'no_content'> {
  const content = await sendContent(services, recipient, message, interests);
  if (typeof content === 'string') return content;
  const coupon = message.campaignType === 'loyalty_reward' ? couponFor(services, recipient) : null;
  return (await compose(services, { args: message, recipient, content }, coupon)) ?? 'no_content';
}

function couponFor({ config, clock }: JobServices, recipient: Recipient): Coupon {
  const { loyalty_discount: discountPercent, loyalty_coupon_days: validDays } = config().reengagement;
  const email = emailOf(recipient);
  return couponTerms({ code: COUPON_CODE, discountPercent, email, now: clock.now(), validDays });
}

export async function previewMessage(
  templates: PreviewTemplates,
  recipient: Recipient,
  campaignType: CampaignType,
  message: OutgoingMessage,
): Promise<PreviewedMessage> {
  return {
    phone: maskPhone(recipient.phone),
    firstName: firstNameOf(recipient),
    campaignType,
    template: message.kind === 'text' ? null : { name: message.name, language: message.language },
    text: renderMessage(message, message.kind === 'text' ? null : await templates.texts(message)),
  };
}
