import { expect } from 'chai';
import { createCoupon, deleteCoupon, type CouponTerms } from '../../src/shop/coupons.js';
import { wooErrorCode } from '../../src/shop/shop-error.js';
import { failure, NOON, withShop } from './shop-support.js';

const TERMS: CouponTerms = {
  code: 'LOYAL7KQ2MZXP',
  percent: '15',
  expiresAt: NOON + 7 * 86_400_000 + 123,
  email: 'Jo@customer.example',
  description: 'action 41',
};
const json = { 'content-type': 'application/json' };

describe('coupons', () => {
  it(
    'are for one use, one customer, and expire at the wanted second',
    withShop(async ({ client, shop }) => {
      const { id, code } = await createCoupon(client, TERMS);
      expect(code).to.equal('loyal7kq2mzxp');
      expect(shop.coupons.get(id)).to.include({
        expiresAt: NOON + 7 * 86_400_000,
        individualUse: true,
        usageLimit: 1,
        usageLimitPerUser: 1,
        discountType: 'percent',
        description: 'action 41',
      });
      expect(Number(shop.coupons.get(id)?.amount)).to.equal(15);
      expect(shop.coupons.get(id)?.emailRestrictions.map((email) => email.toLowerCase())).to.deep.equal([
        'jo@customer.example',
      ]);
    }),
  );

  it(
    'are for everybody where there is no address',
    withShop(async ({ client, shop }) => {
      const { id } = await createCoupon(client, { ...TERMS, email: null });
      expect(shop.coupons.get(id)?.emailRestrictions).to.deep.equal([]);
    }),
  );

  it(
    'that the shop lets live for ever are deleted and told',
    withShop(async ({ client, shop }) => {
      const { id } = await createCoupon(client, TERMS);
      const made = await client.get(`coupons/${id}`);
      for (const date_expires_gmt of [null, '2026-11-29T22:00:00', 'soon']) {
        const { id: other } = await createCoupon(client, { ...TERMS, code: `other-${String(date_expires_gmt)}` });
        const body = JSON.stringify({ ...(made.data as object), id: other, date_expires_gmt });
        shop.faults.next({ status: 201, headers: json, body }, { when: ({ method }) => method === 'POST' });
        await failure(createCoupon(client, { ...TERMS, code: 'b' }), 'SHOP_BAD_ANSWER');
        expect(shop.coupons.has(other), String(date_expires_gmt)).to.equal(false);
      }
    }),
  );

  it(
    'that were made by a try whose answer was lost are taken over',
    withShop(async ({ client, shop }) => {
      shop.faults.next('reset', { handled: true, when: ({ method }) => method === 'POST' });
      await failure(createCoupon(client, TERMS), 'SHOP_UNREACHABLE');
      expect(shop.coupons.size).to.equal(1);
      const { id } = await createCoupon(client, TERMS);
      expect([...shop.coupons.keys()]).to.deep.equal([id]);
    }),
  );

  for (const [what, other] of [
    ['percent', { percent: '20' }],
    ['expiry', { expiresAt: TERMS.expiresAt + 1_000 }],
    ['address', { email: 'else@customer.example' }],
    ['action', { description: 'action 42' }],
  ] as const) {
    it(
      `of the same code and another ${what} are refused`,
      withShop(async ({ client }) => {
        await createCoupon(client, TERMS);
        await failure(createCoupon(client, { ...TERMS, ...other }), 'SHOP_REFUSED');
      }),
    );
  }

  it(
    'that were used already are not taken over',
    withShop(async ({ client, shop }) => {
      await createCoupon(client, TERMS);
      const productId = shop.addProduct({ name: 'Mug', price: '5' });
      shop.placeOrder({ items: [{ productId }], coupons: [TERMS.code] });
      await failure(createCoupon(client, TERMS), 'SHOP_REFUSED');
    }),
  );

  it(
    'cannot be made with a read-only key',
    withShop(async ({ connect, shop }) => {
      const client = connect({ consumerKey: shop.readOnlyKey, consumerSecret: shop.readOnlySecret });
      const error = await failure(createCoupon(client, TERMS), 'SHOP_DENIED');
      expect(error.message).to.contain('write permission');
      expect(shop.coupons.size).to.equal(0);
    }),
  );

  it(
    'are deleted by code, whatever its case, and only once',
    withShop(async ({ client, shop }) => {
      await createCoupon(client, TERMS);
      await createCoupon(client, { ...TERMS, code: 'other' });
      expect(await deleteCoupon(client, 'Loyal7kq2MZXP')).to.equal(true);
      expect([...shop.coupons.values()].map(({ code }) => code)).to.deep.equal(['other']);
      expect(await deleteCoupon(client, TERMS.code)).to.equal(false);
    }),
  );

  it(
    'of other codes stay when a shop does not know the parameter code',
    withShop(async ({ client, shop }) => {
      const { id } = await createCoupon(client, TERMS);
      const all = JSON.stringify([(await client.get(`coupons/${id}`)).data]);
      shop.faults.next({ status: 200, headers: json, body: all }, { when: ({ method }) => method === 'GET' });
      expect(await deleteCoupon(client, 'no-such-code')).to.equal(false);
      expect(shop.coupons.has(id)).to.equal(true);
    }),
  );

  it(
    'that went away while they were being deleted are none',
    withShop(async ({ client, shop }) => {
      await createCoupon(client, TERMS);
      shop.faults.next('reset', { handled: true, when: ({ method }) => method === 'DELETE' });
      await failure(deleteCoupon(client, TERMS.code), 'SHOP_UNREACHABLE');
      expect(await deleteCoupon(client, TERMS.code)).to.equal(false);
    }),
  );

  it(
    'keep WooCommerce’s own code in an error',
    withShop(async ({ client }) => {
      const error = await failure(createCoupon(client, { ...TERMS, code: '' }), 'SHOP_REFUSED');
      expect(wooErrorCode(error)).to.be.a('string');
    }),
  );
});
