import type { CampaignType } from './campaign-type.js';
import { TEMPLATE_VARIABLES } from './template-variables.js';

/** What `{...}` in a text may name: the variables of the templates, and the whole address, which a template has in its button. */
export const TEXT_VARIABLES = [...TEMPLATE_VARIABLES, 'link'] as const;

/** The language of DEFAULT_TEXTS. */
export const DEFAULT_TEXT_LANGUAGE = 'en';

/** For inside the 24-hour window, where the shop has configured no text of its own. */
export const DEFAULT_TEXTS: Readonly<Record<CampaignType, string>> = {
  back_in_stock: `Hi {first_name}, good news from {shop_name}: {products} can be ordered again:

{link}

Reply STOP to opt out.`,
  price_drop: `Hi {first_name}, prices have dropped at {shop_name}: {products}. {product} is now {price} instead of {old_price}:

{link}

Reply STOP to opt out.`,
  loyalty_reward: `Hi {first_name}, thank you for being such a good customer of {shop_name}. Here is {discount} off your next order, with the code {coupon_code}, until {coupon_expires}:

{link}

Reply STOP to opt out.`,
  new_arrivals: `Hi {first_name}, something new has arrived at {shop_name} that you may like: {products}.

{link}

Reply STOP to opt out.`,
  we_miss_you: `Hi {first_name}, it has been a while, and we miss you at {shop_name}. Come and see what is there now:

{link}

Reply STOP to opt out.`,
};

/** How a list ends, by language: `A and B`, `A, B and 3 more`. Other languages get signs: `A, B`, `A, B, +3`. */
export const LIST_WORDS: Readonly<Record<string, { readonly and: string; readonly more: string }>> = {
  de: { and: 'und', more: '{n} weitere' },
  en: { and: 'and', more: '{n} more' },
  es: { and: 'y', more: '{n} más' },
  fr: { and: 'et', more: '{n} autres' },
  it: { and: 'e', more: 'altri {n}' },
  nl: { and: 'en', more: 'nog {n}' },
  pt: { and: 'e', more: 'mais {n}' },
};
