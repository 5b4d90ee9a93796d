import type { Config, TemplateConfig } from '../config/schema.js';
import { CAMPAIGN_TYPES, type CampaignType } from '../reengagement/campaign-type.js';
import type { ResolverContext } from '../reengagement/campaign-type-resolver.js';
import type { EligibilityRules, MessageLimits } from '../reengagement/eligibility.js';
import type { MessageSettings, TemplateChoice } from '../reengagement/message-builder.js';

/** The configuration in the domain's words. */
export function eligibilityRules(config: Config, zone: string, now: number): EligibilityRules {
  const { reengagement, whatsapp } = config;
  return {
    now,
    zone,
    ...messageLimits(config),
    quietHours: reengagement.quiet_hours,
    usMarketing: whatsapp.us_marketing,
  };
}

export function messageLimits({ reengagement }: Config): MessageLimits {
  return {
    caps: { weekly: reengagement.weekly_cap, monthly: reengagement.monthly_cap },
    lapse: { max: reengagement.max_messages_per_lapse, gapsDays: reengagement.lapse_gaps_days },
  };
}

export function interestSettings({ reengagement, back_in_stock: backInStock }: Config): ResolverContext['settings'] {
  return {
    viewWindowDays: reengagement.view_window_days,
    priceDropPercent: reengagement.price_drop_percent,
    backordersInStock: reengagement.backorders_in_stock,
    repeatAfterDays: backInStock.repeat_after,
    customersPerUnit: backInStock.customers_per_unit ?? null,
    inactivityThresholdDays: reengagement.inactivity_threshold,
    loyaltyMinLtv: reengagement.loyalty_min_ltv,
  };
}

export function messageSettings({ whatsapp, reengagement }: Config): MessageSettings {
  const templates: Partial<Record<CampaignType, readonly TemplateChoice[]>> = {};
  for (const type of CAMPAIGN_TYPES) {
    const configured = whatsapp.templates[type];
    if (configured !== undefined) templates[type] = configured.map(templateChoice);
  }
  return {
    mode: whatsapp.mode,
    defaultLanguage: whatsapp.default_language,
    unnamedCustomer: whatsapp.unnamed_customer,
    templates,
    texts: whatsapp.texts,
    utm: reengagement.utm,
    maxProducts: reengagement.max_products,
  };
}

function templateChoice(template: TemplateConfig): TemplateChoice {
  return {
    name: template.name,
    language: template.language,
    body: template.body,
    urlButton: template.url_button ?? null,
    couponButton: template.coupon_button ?? null,
  };
}

/** The campaign types that can be said to somebody: as a text all of them, otherwise those with a template. */
export function sendableTypes({ whatsapp }: Config, inWindow: boolean): ReadonlySet<CampaignType> {
  if (whatsapp.mode === 'text' || (whatsapp.mode === 'auto' && inWindow)) return new Set(CAMPAIGN_TYPES);
  return new Set(CAMPAIGN_TYPES.filter((type) => whatsapp.templates[type] !== undefined));
}
