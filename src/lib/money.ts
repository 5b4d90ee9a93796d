import { Decimal as DecimalJs } from 'decimal.js';
import { AppError } from './errors.js';

/** The tables hold 26 digits and decimal.js keeps 20 by default: sums would lose cents without a word. */
const Decimal = DecimalJs.clone({ precision: 60, rounding: DecimalJs.ROUND_HALF_UP });

/** Whether a string is an amount: digits, perhaps a minus in front and a fraction behind a point. No exponent, no thousands. */
export function isMoney(value: string): boolean {
  return /^-?\d+(\.\d+)?$/.test(value);
}

function amount(value: string): DecimalJs {
  if (!isMoney(value)) throw new AppError('INTERNAL', `"${value}" is not an amount.`);
  return new Decimal(value);
}

/** The sum of two amounts of one currency, exactly. */
export function addMoney(a: string, b: string): string {
  return amount(a).plus(amount(b)).toFixed();
}

/** `a` less `b`, both of one currency, exactly. */
export function subtractMoney(a: string, b: string): string {
  return amount(a).minus(amount(b)).toFixed();
}

/** -1 when `a` is less than `b`, 1 when it is more; `1.5` equals `1.50`. */
export function compareMoney(a: string, b: string): -1 | 0 | 1 {
  const order = amount(a).cmp(amount(b));
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

/** By how many percent `now` lies below `before`, as a decimal string: negative after a rise, `0` when `before` is not above zero. */
export function dropPercent(before: string, now: string): string {
  const from = amount(before);
  if (from.lte(0)) return '0';
  return from.minus(amount(now)).times(100).div(from).toFixed();
}

/** An amount with exactly so many decimals, a half rounded away from zero, as WooCommerce rounds. */
export function roundMoney(value: string, decimals: number): string {
  const rounded = amount(value).toDecimalPlaces(decimals, DecimalJs.ROUND_HALF_UP);
  return (rounded.isZero() ? rounded.abs() : rounded).toFixed(decimals);
}

/** A number of the configuration (a percent, a limit) as a decimal string, so that it compares with amounts. */
export function moneyOf(value: number): string {
  if (!Number.isFinite(value)) throw new AppError('INTERNAL', `${value} is not an amount.`);
  return new Decimal(value).toFixed();
}
