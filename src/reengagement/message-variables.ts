import { MINUTE } from '../lib/clock.js';
import { dropPercent, moneyOf } from '../lib/money.js';
import { addDays, atLocalTime, formatLocalDate, localDate, startOfNextDay } from '../lib/time-zone.js';
import { LIST_WORDS } from './message-texts.js';
import { oneLine } from './one-line.js';
import { formatPrice } from './price.js';
import type { SiteFacts } from './shop-facts.js';
import type { TemplateVariable } from './template-variables.js';

/** In characters: a body holds 1,024 with its own words, so that all the variables together stay below about half. */
const LIMITS = { name: 60, product: 120, products: 200, other: 60 } as const;

/** What of a message's facts the variables are made from. */
export interface VariableFacts {
  readonly firstName: string | null;
  readonly shop: SiteFacts;
  /** The most interesting first: `product`, the prices and the link are its own. Prices are decimal strings. */
  readonly products: readonly {
    readonly id: number;
    readonly name: string;
    readonly price: string | null;
    /** What the customer saw. */
    readonly oldPrice: string | null;
    readonly permalink: string;
  }[];
  /** `expiresAt` in milliseconds, UTC. */
  readonly coupon: { readonly code: string; readonly expiresAt: number } | null;
  /** The coupon's discount. */
  readonly discountPercent: number;
}

export interface VariableSettings {
  /** What stands for the first name of a customer who has none. */
  readonly unnamedCustomer: string;
  /** Products named in one message. */
  readonly maxProducts: number;
}

/** What the variables stand for in this message; null where it has no such thing. The language is that of the words around them. */
export function variableValues(
  facts: VariableFacts,
  settings: VariableSettings,
  language: string,
): Readonly<Record<TemplateVariable, string | null>> {
  const { shop, coupon } = facts;
  const [first] = facts.products;
  const names = facts.products.map(({ name }) => oneLine(name, LIMITS.product)).filter((name) => name !== null);
  const price = (amount: string | null | undefined) =>
    amount == null ? null : oneLine(formatPrice(amount, shop.priceFormat), LIMITS.other);
  return {
    first_name: oneLine(facts.firstName ?? '', LIMITS.name) ?? oneLine(settings.unnamedCustomer, LIMITS.name),
    shop_name: oneLine(shop.name, LIMITS.name) ?? oneLine(shop.home, LIMITS.name),
    products: productList(names, settings.maxProducts, language),
    product: names[0] ?? null,
    price: price(first?.price),
    old_price: price(first?.oldPrice),
    discount: discount(facts),
    coupon_code: coupon?.code ?? null,
    coupon_expires: coupon === null ? null : oneLine(lastWholeDay(coupon.expiresAt, shop.zone, language), LIMITS.other),
  };
}

/** In one line: `Blue mug, Red mug and 3 more`. Where that grows too long fewer are named. */
function productList(names: readonly string[], maxNamed: number, language: string): string | null {
  if (names.length === 0) return null;
  for (let named = Math.min(maxNamed, names.length); named > 1; named -= 1) {
    const list = joined(names, named, language);
    if (list.length <= LIMITS.products) return list;
  }
  return joined(names, 1, language);
}

function joined(names: readonly string[], named: number, language: string): string {
  const words = LIST_WORDS[language.split(/[-_]/, 1)[0]?.toLowerCase() ?? ''];
  const rest = names.length - named;
  const more = rest === 0 ? [] : [words === undefined ? `+${rest}` : words.more.replace('{n}', String(rest))];
  const items = [...names.slice(0, named), ...more];
  const last = items.pop() ?? '';
  if (items.length === 0) return last;
  return words === undefined ? `${items.join(', ')}, ${last}` : `${items.join(', ')} ${words.and} ${last}`;
}

/** The coupon's, or by how much the first product has dropped: in whole percent and never more than it really is. */
function discount({ coupon, discountPercent, products: [first] }: VariableFacts): string | null {
  if (coupon !== null) return `${moneyOf(discountPercent)}%`;
  if (first?.oldPrice == null || first.price === null) return null;
  const [percent = '0'] = dropPercent(first.oldPrice, first.price).split('.');
  return Number(percent) > 0 ? `${percent}%` : null;
}

/** A coupon that ends at nine in the morning is not good "until" that day: the day before is the last that holds. */
function lastWholeDay(expiresAt: number, zone: string, language: string): string {
  const endsTheDay = startOfNextDay(expiresAt, zone) - expiresAt <= MINUTE;
  const day = addDays(localDate(expiresAt, zone), endsTheDay ? 0 : -1);
  return formatLocalDate(atLocalTime(day, '12:00', zone), zone, language);
}
