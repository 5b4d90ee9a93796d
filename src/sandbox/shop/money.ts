import { Decimal } from 'decimal.js';

/** As PHP reads a text as a number: what stands in front counts, so that `1,234.50` is 1. */
const floatval = (value: string | number): string | number =>
  typeof value === 'number' ? value : (/^-?\d+(\.\d+)?/.exec(value)?.[0] ?? 0);

/** Rounds half up, to `decimals` places, as WooCommerce does. */
export const amount = (value: string | number, decimals: number): string =>
  new Decimal(floatval(value)).toFixed(decimals, Decimal.ROUND_HALF_UP);

export const times = (price: string, quantity: number): string =>
  new Decimal(floatval(price)).times(quantity).toString();

export const sum = (values: readonly string[]): string =>
  values.reduce((total, value) => total.plus(value), new Decimal(0)).toString();

export const isAtLeast = (left: string, right: string): boolean => new Decimal(left).gte(right);

const symbols = new Map<string, string>();

/** The currency's sign as an order carries it. */
export function currencySymbol(currency: string): string {
  const known = symbols.get(currency);
  if (known !== undefined) return known;
  const format = new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay: 'narrowSymbol' });
  const symbol = format.formatToParts(0).find(({ type }) => type === 'currency')?.value ?? currency;
  symbols.set(currency, symbol);
  return symbol;
}

/** The sign as settings carry it: HTML entities. */
export const currencyEntity = (currency: string): string =>
  currencySymbol(currency).replace(/[^A-Za-z0-9. ]/gu, (character) => `&#${character.codePointAt(0) ?? 0};`);

export const currencyName = (currency: string): string =>
  new Intl.DisplayNames('en', { type: 'currency' }).of(currency) ?? currency;
