import { CAMPAIGN_TYPES, type CampaignType } from '../reengagement/campaign-type.js';
import { SKIP_SENTENCES, type SkipReason } from '../reengagement/eligibility.js';
import { SEND_ERRORS } from '../reengagement/endings.js';
import { quietUntil } from '../reengagement/quiet-hours.js';
import type { Hook } from '../queue/hooks.js';
import { addCounts, count, type PlannedPage } from './planning.js';
import { planAfter, type EarlierMessages, type Sayable } from './preview-earlier.js';
import { buildPlanned, previewMessage, type PreviewedMessage } from './preview-message.js';
import { countStoppedByQueued, notQueued } from './preview-queued.js';
import type { PreviewTemplates } from './preview-templates.js';
import type { Recipient } from './recipients.js';
import type { PlannedMessage } from './send-arguments.js';
import { findObstacle } from './send-obstacle.js';
import type { JobServices } from './services.js';

/** Why people get nothing: the reasons of the runs, and what else keeps a planned message from being queued or built. */
const SENTENCES = {
  ...SKIP_SENTENCES,
  already_queued: 'A message to this customer is already waiting',
  other_run_first: 'The other run comes first and writes to this customer',
  bought_it: 'Customer has bought the product since looking at it',
  bad_phone: SEND_ERRORS.bad_phone,
  no_content: SEND_ERRORS.no_content,
};

export type PreviewReason = keyof typeof SENTENCES;

export interface PreviewedRun {
  readonly hook: Hook;
  /** When it runs (ms): everything is decided as of then, with prices and stock as they are now. */
  readonly at: number;
  /** When its messages go out: the same, or the end of the quiet hours. */
  readonly sendAt: number;
  readonly planned: Partial<Record<CampaignType, number>>;
  /** The most frequent first. */
  readonly skipped: readonly {
    readonly reason: PreviewReason;
    readonly customers: number;
    readonly sentence: string;
  }[];
  readonly messages: readonly PreviewedMessage[];
}

export interface RunToPreview {
  readonly hook: Hook;
  /** With a clock that stands at the moment of the run. */
  readonly services: JobServices;
  readonly pages: AsyncIterable<Omit<PlannedPage, 'skipped'> & { readonly skipped: PreviewSkipped }>;
  /** What of the other run comes first, for these people of a page. */
  readonly earlier: (recipients: readonly Recipient[], page: PlannedPage) => Promise<EarlierMessages>;
  readonly sayable: (recipient: Recipient) => Sayable;
}

export type PreviewSkipped = Partial<Record<PreviewReason, number>>;

export interface KeptMessages {
  readonly type: CampaignType | undefined;
  readonly limit: number;
}

/** The services with a clock that stands at `at`. */
export function servicesAt(services: JobServices, at: number): JobServices {
  return { ...services, clock: { ...services.clock, now: () => at } };
}

/** When what a run plans goes out (ms): at once, or at the end of the quiet hours. */
export async function sentAt({ clock, config, site }: JobServices): Promise<number> {
  const at = clock.now();
  return quietUntil(at, (await site()).zone, config().reengagement.quiet_hours) ?? at;
}

/** Counts what a run would do, and keeps a few of its messages; `onPage` is told how many people were looked at. */
export async function previewRun(
  { hook, services, pages, earlier, sayable }: RunToPreview,
  templates: PreviewTemplates,
  keep: KeptMessages,
  onPage: (people: number) => void,
): Promise<PreviewedRun> {
  const at = services.clock.now();
  const sendAt = await sentAt(services);
  const sending = servicesAt(services, sendAt);
  const planned: Partial<Record<CampaignType, number>> = {};
  const skipped: PreviewSkipped = {};
  const messages: PreviewedMessage[] = [];

  async function look(message: PlannedMessage, recipient: Recipient, page: PlannedPage): Promise<void> {
    const obstacle = sendAt === at ? null : await laterObstacle(sending, message, recipient);
    const built = obstacle ?? (await buildPlanned(sending, message, recipient, page));
    if (typeof built === 'string') {
      count(skipped, built);
      return;
    }
    count(planned, message.campaignType);
    if (messages.length < keep.limit && (keep.type ?? message.campaignType) === message.campaignType)
      messages.push(await previewMessage(templates, recipient, message.campaignType, built));
  }

  for await (const page of pages) {
    addCounts(skipped, page.skipped);
    const open = await notQueued(services, page.messages);
    const stopped = await countStoppedByQueued(services, page);
    count(skipped, 'frequency_cap', -stopped);
    count(skipped, 'already_queued', page.messages.length - open.length + stopped);
    const recipients = open.flatMap(({ phone }) => page.recipients.get(phone) ?? []);
    const { sendAt: earlierAt, messages: before } = await earlier(recipients, page);
    // Once for the page; each message finds its own among them.
    await services.products(open.flatMap(({ productIds }) => productIds));
    for (const message of open) {
      const recipient = page.recipients.get(message.phone);
      const first = before.get(message.phone);
      if (recipient === undefined) continue;
      const left =
        first === undefined
          ? { message, recipient }
          : await planAfter(
              services,
              { sendAt: earlierAt, message: first },
              { message, recipient },
              page,
              sayable(recipient),
            );
      if (typeof left === 'string') count(skipped, left);
      else await look(left.message, left.recipient, page);
    }
    onPage(page.recipients.size);
  }
  return { hook, at, sendAt, planned: inOrder(planned), skipped: named(skipped), messages };
}

/** What a message that waits for the end of the quiet hours runs into then. */
async function laterObstacle(
  sending: JobServices,
  message: PlannedMessage,
  recipient: Recipient,
): Promise<SkipReason | null> {
  const obstacle = await findObstacle(sending, recipient, message, { id: 0 });
  return obstacle?.name === 'skipped' || obstacle?.reason === 'template_held' ? (obstacle.reason as SkipReason) : null;
}

function inOrder(planned: Partial<Record<CampaignType, number>>): Partial<Record<CampaignType, number>> {
  return Object.fromEntries(CAMPAIGN_TYPES.flatMap((type) => (planned[type] ? [[type, planned[type]]] : [])));
}

function named(skipped: PreviewSkipped): PreviewedRun['skipped'] {
  return (Object.entries(skipped) as [PreviewReason, number][])
    .filter(([, customers]) => customers > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, customers]) => ({ reason, customers, sentence: SENTENCES[reason] }));
}
