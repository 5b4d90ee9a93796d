import { compareMoney, moneyOf, subtractMoney } from '../lib/money.js';
import { isAppError } from '../lib/errors.js';
import { CAMPAIGN_TYPES, type CampaignType } from '../reengagement/campaign-type.js';
import {
  resolveCampaignType,
  type CustomerInterest,
  type ResolverContext,
} from '../reengagement/campaign-type-resolver.js';
import type { CampaignTold, TemplateTold } from '../reengagement/explanation-facts.js';
import { chooseTemplate } from '../reengagement/message-builder.js';
import type { ShopProduct } from '../reengagement/shop-facts.js';
import { orOutage } from './explain-shop.js';
import type { Interests } from './interests.js';
import type { Recipient } from './recipients.js';
import type { JobServices } from './services.js';
import { interestSettings, messageSettings } from './settings.js';

/** What the shop knows of this person's interests; what they looked at, and what is new. */
export interface Offered {
  readonly interests: Interests;
  readonly arrivals: readonly ShopProduct[];
}

export function contextOf(services: JobServices, { interests, arrivals }: Offered): Omit<ResolverContext, 'sendable'> {
  return {
    now: services.clock.now(),
    products: interests.products,
    newProducts: arrivals,
    settings: interestSettings(services.config()),
  };
}

/** Each campaign type by itself: whether it would apply if it were the only one. `offered` is null while the shop cannot be asked. */
export async function campaignsTold(
  services: JobServices,
  recipient: Recipient,
  offered: Offered | null,
): Promise<CampaignTold[]> {
  const { hourly_price_drops: hourlyPrices } = services.config().reengagement;
  const told: CampaignTold[] = [];
  for (const campaignType of CAMPAIGN_TYPES)
    told.push({
      campaignType,
      hourly: campaignType === 'back_in_stock' || (campaignType === 'price_drop' && hourlyPrices),
      ...(await appliesTold(services, recipient, campaignType, offered)),
      template: await templateTold(services, recipient, campaignType),
    });
  return told;
}

async function appliesTold(
  services: JobServices,
  recipient: Recipient,
  campaignType: CampaignType,
  offered: Offered | null,
): Promise<Pick<CampaignTold, 'applies' | 'products' | 'missing' | 'currency'>> {
  if (offered === null) return { applies: null, products: [], missing: null, currency: null };
  const interest = offered.interests.interestOf(recipient);
  const found = resolveCampaignType(interest, {
    ...contextOf(services, offered),
    sendable: new Set([campaignType]),
    turn: 'all',
  });
  const names = new Map(
    [...offered.interests.products.values(), ...offered.arrivals].map(({ id, name }) => [id, name]),
  );
  return {
    applies: found !== null,
    products: (found?.productIds ?? []).map((id) => names.get(id) ?? `product ${id}`),
    missing: campaignType === 'loyalty_reward' ? missingTo(services, interest) : null,
    currency: campaignType === 'loyalty_reward' ? (await services.site()).priceFormat.currency : null,
  };
}

function missingTo(services: JobServices, { lifetimeValue }: CustomerInterest): string | null {
  const missing = subtractMoney(moneyOf(services.config().reengagement.loyalty_min_ltv), lifetimeValue);
  return compareMoney(missing, '0') > 0 ? missing : null;
}

/** The template that this person would get, and whether Meta would take it. */
async function templateTold(
  services: JobServices,
  { customer }: Recipient,
  campaignType: CampaignType,
): Promise<TemplateTold> {
  const template = chooseTemplate(campaignType, customer?.language ?? null, messageSettings(services.config()));
  if (template === null) return { state: 'missing', name: null, language: null, problem: null };
  const { name, language } = template;
  const problem = await orOutage(() => services.templates.problem(template));
  if (isAppError(problem)) return { state: 'unasked', name, language, problem: problem.message };
  return { state: problem === null ? 'fine' : 'held', name, language, problem };
}
