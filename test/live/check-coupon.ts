import { DAY, SECOND } from '../../src/lib/clock.js';
import type { ShopClient } from '../../src/shop/client.js';
import { couponOf, createCoupon, deleteCoupon } from '../../src/shop/coupons.js';
import { refusalOf, unless, type Check, type Finding } from './finding.js';

/** The only check that writes: one coupon, which is deleted whatever else happens. `now`: milliseconds, also part of the code. */
export function couponCheck(now: number): Check {
  const terms = {
    code: `REENGAGED-TEST-${now.toString(36).toUpperCase()}`,
    percent: '5',
    expiresAt: Math.floor((now + DAY) / SECOND) * SECOND,
    email: 'nobody@example.com',
    description: 'A test of reengaged; delete it if it is still here.',
  };
  return {
    rule: 'A coupon is made, found in any case, refused to a second one, expires when it should, and is deleted',
    run: async (client) => {
      let findings: Finding[] = [];
      try {
        findings = await made(client, terms);
      } finally {
        // A shop that let a second one be made has two.
        for (let left = 2; left > 0 && (await deleteCoupon(client, terms.code));) left -= 1;
      }
      const isLeft = (await couponOf(client, terms.code)) !== null;
      return [...findings, ...unless(!isLeft, `The coupon ${terms.code} is still there: delete it by hand.`)];
    },
  };
}

async function made(client: ShopClient, terms: Parameters<typeof createCoupon>[1]): Promise<Finding[]> {
  const coupon = await createCoupon(client, terms);
  const found = await couponOf(client, terms.code.toLowerCase());
  const again = await refusalOf(createCoupon(client, terms));
  const others = await refusalOf(createCoupon(client, { ...terms, percent: '6' }));
  return [
    ...unless(coupon.code === terms.code.toLowerCase(), 'The code is not stored in lower case.'),
    ...unless(found !== null, 'The coupon is not found by its code in lower case.'),
    ...unless(found === null || found.expiresAt === terms.expiresAt, 'The coupon does not expire when it should.'),
    ...unless(again === null, `The same coupon made again is not taken for the same: ${again ?? ''}.`),
    ...unless(others === 'SHOP_REFUSED', `A second coupon with the code is ${others ?? 'made'}, not refused.`),
  ];
}
