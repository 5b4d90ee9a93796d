/** The documented campaign types, in the documented order of priority: the first that applies is sent. */
export const CAMPAIGN_TYPES = ['back_in_stock', 'price_drop', 'loyalty_reward', 'new_arrivals', 'we_miss_you'] as const;

export type CampaignType = (typeof CAMPAIGN_TYPES)[number];

export function isCampaignType(value: unknown): value is CampaignType {
  return (CAMPAIGN_TYPES as readonly unknown[]).includes(value);
}
