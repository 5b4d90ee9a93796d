import { DAY } from '../lib/clock.js';
import type { CampaignType } from './campaign-type.js';
import type { LoggedMessage } from './frequency-cap.js';

/** The types that tell a customer of old to come back. News of a product that somebody looked at is no such campaign. */
export const LAPSE_CAMPAIGNS = ['loyalty_reward', 'new_arrivals', 'we_miss_you'] as const satisfies CampaignType[];

/** The campaign messages that somebody had since their last purchase. */
export interface LapseStory {
  readonly campaigns: number;
  /** Milliseconds, UTC. */
  readonly lastCampaignAt: number | null;
}

export interface LapseRules {
  /** Campaign messages between two purchases; 0: none at all. */
  readonly max: number;
  /** Days after the first, the second and so on; the last one repeats. */
  readonly gapsDays: readonly number[];
}

export type LapseReason = 'lapse_told' | 'lapse_pause';

export interface LapseObstacle {
  readonly reason: LapseReason;
  /** When the pause is over (ms); null where only a purchase ends it. */
  readonly until: number | null;
}

export function isLapseCampaign(campaignType: string): boolean {
  return (LAPSE_CAMPAIGNS as readonly string[]).includes(campaignType);
}

/**
 * The story that began with the last purchase (ms; null: they never bought, and everything belongs to it). Every row but a failed one counts,
 * as under the frequency cap, so a reservation and a message without a clear answer do; the rows of `ownActionId` are left out, or a retry
 * would block itself. A purchase that is refunded in full is none: the lapse before it goes on, with what was sent in it.
 */
export function lapseStory(
  messages: readonly (LoggedMessage & { readonly campaignType: string })[],
  lastPaidAt: number | null,
  ownActionId: number | null,
): LapseStory {
  const sentAt = messages
    .filter(({ campaignType, status }) => isLapseCampaign(campaignType) && status !== 'failed')
    .filter(({ actionId }) => ownActionId === null || actionId !== ownActionId)
    .map((message) => message.sentAt)
    .filter((at) => lastPaidAt === null || at > lastPaidAt);
  return { campaigns: sentAt.length, lastCampaignAt: sentAt.length === 0 ? null : Math.max(...sentAt) };
}

/** Why no campaign message may follow now: a lapse is told a few times, growing apart, and then never again until they buy. */
export function lapseObstacle(
  { campaigns, lastCampaignAt }: LapseStory,
  { max, gapsDays }: LapseRules,
  now: number,
): LapseObstacle | null {
  if (campaigns >= max) return { reason: 'lapse_told', until: null };
  if (lastCampaignAt === null) return null;
  const until = lastCampaignAt + (gapsDays[campaigns - 1] ?? gapsDays.at(-1) ?? 0) * DAY;
  return now < until ? { reason: 'lapse_pause', until } : null;
}
