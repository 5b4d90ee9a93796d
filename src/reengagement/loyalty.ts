import { DAY } from '../lib/clock.js';
import { compareMoney, moneyOf } from '../lib/money.js';

/** Without 0, O, 1 and I: a code is read aloud and typed again. */
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** `LOYAL` and ten characters: WhatsApp takes 15 letters and digits at most. `randomInt` gives a whole number from 0 to below its argument. */
export function couponCode(randomInt: (maxExclusive: number) => number): string {
  return `LOYAL${Array.from({ length: 10 }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('')}`;
}

export interface CouponRequest {
  readonly code: string;
  readonly discountPercent: number;
  /** The account's address, to which the coupon is restricted; null when the shop knows none. */
  readonly email: string | null;
  readonly now: number;
  readonly validDays: number;
}

/** What a loyalty coupon is made from: a percentage, for individual use, once. */
export interface CouponTerms {
  readonly code: string;
  /** Decimal string. */
  readonly percent: string;
  /** Milliseconds, UTC. */
  readonly expiresAt: number;
  readonly email: string | null;
  /** Shown in the shop's list of coupons. */
  readonly description: string;
}

export function couponTerms({ code, discountPercent, email, now, validDays }: CouponRequest): CouponTerms {
  return {
    code,
    percent: moneyOf(discountPercent),
    expiresAt: now + validDays * DAY,
    email,
    description: 'Loyalty reward, sent over WhatsApp by reengaged',
  };
}

/** Whether paid orders, net of refunds, reach the minimum; both in the shop's currency. */
export function isLoyal(lifetimeValue: string, minimum: number): boolean {
  return compareMoney(lifetimeValue, moneyOf(minimum)) >= 0;
}
