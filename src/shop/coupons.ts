import { z } from 'zod';
import { SECOND } from '../lib/clock.js';
import { AppError, errorMessage } from '../lib/errors.js';
import { compareMoney, isMoney } from '../lib/money.js';
import type { ShopClient } from './client.js';
import { fromGmt, toGmt } from './gmt.js';
import { badAnswer, shopErrorStatus, wooErrorCode } from './shop-error.js';

export interface CouponTerms {
  readonly code: string;
  /** Decimal string, such as `15`. */
  readonly percent: string;
  /** Milliseconds; the shop keeps whole seconds. */
  readonly expiresAt: number;
  /** Only orders with this billing address may use it; null for everybody's. */
  readonly email: string | null;
  /** Says whose action made it, and so tells our own coupon from one that has the same code by chance. */
  readonly description: string;
}

export interface Coupon {
  readonly id: number;
  /** As the shop stores it: in lower case. It is accepted in any case. */
  readonly code: string;
}

const couponRow = z.looseObject({
  id: z.int().positive(),
  code: z.string(),
  amount: z.string().catch(''),
  discount_type: z.string().catch(''),
  description: z.string().catch(''),
  date_expires_gmt: z.string().nullable().catch(null),
  individual_use: z.boolean().catch(false),
  usage_count: z.int().catch(1),
  usage_limit: z.int().nullable().catch(null),
  usage_limit_per_user: z.int().nullable().catch(null),
  email_restrictions: z.array(z.string()).catch([]),
});
type CouponRow = z.infer<typeof couponRow>;

/**
 * Makes a coupon of so many percent that can be used once. Made again with the same terms it is the same coupon, as after an answer that was
 * lost. SHOP_REFUSED when the code belongs to another coupon; SHOP_BAD_ANSWER when the shop did not keep the expiry (the coupon is deleted again).
 */
export async function createCoupon(client: ShopClient, terms: CouponTerms): Promise<Coupon> {
  const made = await post(client, terms);
  if (made === null) return adopt(client, terms);
  if (expiresAt(made) !== wholeSecond(terms.expiresAt)) return refuse(client, made);
  return { id: made.id, code: made.code };
}

/** Deletes the coupon with this code for good, whatever its case. False when there is none. */
export async function deleteCoupon(client: ShopClient, code: string): Promise<boolean> {
  const coupon = await findCoupon(client, code);
  return coupon === null ? false : deleteById(client, coupon.id);
}

/** What the coupon with this code is good for, null when there is none; `expiresAt` null: for ever. */
export async function couponOf(
  client: ShopClient,
  code: string,
): Promise<{ readonly expiresAt: number | null; readonly percent: string } | null> {
  const coupon = await findCoupon(client, code);
  if (coupon === null) return null;
  return { expiresAt: expiresAt(coupon), percent: isMoney(coupon.amount) ? coupon.amount : '0' };
}

/** Null when the code is taken. */
async function post(client: ShopClient, terms: CouponTerms): Promise<CouponRow | null> {
  try {
    const { data } = await client.post('coupons', {
      code: terms.code,
      discount_type: 'percent',
      amount: terms.percent,
      // Not date_expires_gmt: in a request that one is ignored, and the coupon would be good for ever.
      date_expires: `${toGmt(terms.expiresAt)}Z`,
      individual_use: true,
      usage_limit: 1,
      usage_limit_per_user: 1,
      email_restrictions: terms.email === null ? [] : [terms.email],
      description: terms.description,
    });
    const made = couponRow.safeParse(data);
    if (!made.success) throw badAnswer('coupons', 'no coupon');
    return made.data;
  } catch (error) {
    if (wooErrorCode(error) === 'woocommerce_rest_coupon_code_already_exists') return null;
    throw error;
  }
}

async function adopt(client: ShopClient, terms: CouponTerms): Promise<Coupon> {
  const found = await findCoupon(client, terms.code);
  if (found !== null && isOurs(found, terms)) return { id: found.id, code: found.code };
  throw new AppError('SHOP_REFUSED', `The coupon code ${terms.code} belongs to another coupon.`);
}

function isOurs(coupon: CouponRow, terms: CouponTerms): boolean {
  return (
    coupon.discount_type === 'percent' &&
    isMoney(coupon.amount) &&
    compareMoney(coupon.amount, terms.percent) === 0 &&
    expiresAt(coupon) === wholeSecond(terms.expiresAt) &&
    coupon.individual_use &&
    coupon.usage_count === 0 &&
    coupon.usage_limit === 1 &&
    coupon.usage_limit_per_user === 1 &&
    coupon.description === terms.description &&
    coupon.email_restrictions.join().toLowerCase() === (terms.email ?? '').toLowerCase()
  );
}

async function refuse(client: ShopClient, coupon: CouponRow): Promise<never> {
  const what = `the coupon ${coupon.code} would expire ${coupon.date_expires_gmt ?? 'never'} (UTC), not when it was asked to`;
  try {
    await deleteById(client, coupon.id);
  } catch (error) {
    throw badAnswer('coupons', `${what}; deleting it failed too: ${errorMessage(error)}`);
  }
  throw badAnswer('coupons', what);
}

async function findCoupon(client: ShopClient, code: string): Promise<CouponRow | null> {
  const rows = z.array(z.unknown()).safeParse((await client.get('coupons', { code })).data);
  if (!rows.success) throw badAnswer('coupons', 'no list');
  const coupons = rows.data.map((row) => couponRow.safeParse(row)).flatMap((row) => (row.success ? [row.data] : []));
  // A shop that ignored `code` would answer with all its coupons.
  return coupons.find((coupon) => coupon.code.toLowerCase() === code.toLowerCase()) ?? null;
}

async function deleteById(client: ShopClient, id: number): Promise<boolean> {
  try {
    await client.delete(`coupons/${id}`, { force: true });
    return true;
  } catch (error) {
    if (shopErrorStatus(error) === 404 && wooErrorCode(error) !== 'rest_no_route') return false;
    throw error;
  }
}

function expiresAt(coupon: CouponRow): number | null {
  return fromGmt(coupon.date_expires_gmt);
}

function wholeSecond(at: number): number {
  return Math.floor(at / SECOND) * SECOND;
}
