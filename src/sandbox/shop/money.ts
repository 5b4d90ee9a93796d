import { Decimal } from 'decimal.js';

/** Rounds half up, to `decimals` places, as WooCommerce does. */
export const amount = (value: string | number, decimals: number): string =>
  new Decimal(value).toFixed(decimals, Decimal.ROUND_HALF_UP);

export const times = (price: string, quantity: number): string => new Decimal(price || 0).times(quantity).toString();

export const sum = (values: readonly string[]): string =>
  values.reduce((total, value) => total.plus(value), new Decimal(0)).toString();

export const isAtLeast = (left: string, right: string): boolean => new Decimal(left).gte(right);

/** The currency's sign as an order carries it. */
export function currencySymbol(currency: string): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay: 'narrowSymbol' });
  return format.formatToParts(0).find(({ type }) => type === 'currency')?.value ?? currency;
}

/** The sign as settings carry it: HTML entities. */
export const currencyEntity = (currency: string): string =>
  currencySymbol(currency).replace(/[^A-Za-z0-9. ]/gu, (character) => `&#${character.codePointAt(0) ?? 0};`);

export const currencyName = (currency: string): string =>
  new Intl.DisplayNames('en', { type: 'currency' }).of(currency) ?? currency;
