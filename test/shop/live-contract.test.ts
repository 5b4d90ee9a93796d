import { expect } from 'chai';
import type { PretendShop } from '../../src/sandbox/shop/pretend-shop.js';
import type { ShopClient } from '../../src/shop/client.js';
import { couponCheck } from '../live/check-coupon.js';
import { contract } from '../live/contract.js';
import { findingsOf } from '../live/finding.js';
import { failure, NOON, withShop } from './shop-support.js';

const json = { 'content-type': 'application/json' };
const checks = [...contract, couponCheck(NOON)];

async function findings(client: ShopClient): Promise<string[]> {
  const found: string[] = [];
  for (const check of checks) {
    for (const { kind, what } of await findingsOf(check, client)) found.push(`${kind}: ${what}`);
  }
  return found;
}

/** Something for each check to look at. */
function fill(shop: PretendShop): void {
  const cup = shop.addProduct({ name: 'Cup', price: '10.00', createdAt: NOON - 9_000_000 });
  shop.addVariableProduct({
    name: 'Mug',
    attribute: 'Colour',
    variations: [{ option: 'Red', price: '12.00' }],
    createdAt: NOON - 8_000_000,
  });
  shop.addCustomer({ email: 'ana@shop.example' });
  const place = (modifiedAt: number) =>
    shop.placeOrder({
      billing: { phone: '+1 212 555 0101' },
      items: [{ productId: cup, quantity: 1 }],
      status: 'completed',
      modifiedAt,
    });
  for (const age of [7_000, 6_000, 6_000, 5_000]) place(NOON - age);
  shop.refundOrder(place(NOON - 4_000), '2.00');
  shop.trashOrder(place(NOON - 3_000));
}

describe('the live contract', () => {
  for (const wooVersion of ['11.0.1', '9.8.3']) {
    it(
      `finds no difference in the pretend shop with WooCommerce ${wooVersion}, which has data for every check`,
      withShop(
        async ({ client, shop }) => {
          fill(shop);
          expect(await findings(client)).to.deep.equal([]);
          expect(shop.coupons.size, 'the coupon is deleted').to.equal(0);
        },
        { wooVersion },
      ),
    );
  }

  it(
    'cannot tell where the shop has nothing to tell by, and that is no difference',
    withShop(async ({ client }) => {
      const found = await findings(client);
      expect(found).to.include('cannot tell: The shop has no order.');
      expect(found.filter((what) => !what.startsWith('cannot tell: '))).to.deep.equal([]);
    }),
  );

  const list = (...rows: object[]) => ({ status: 200, headers: json, body: JSON.stringify(rows) });
  const denied = { code: 'woocommerce_rest_cannot_view', message: 'Sorry.' };
  for (const [what, answer, path, parameter, difference] of [
    [
      'counts no pages',
      { status: 200, headers: { ...json, 'x-wp-total': '2' }, body: '[]' },
      '/products',
      'per_page',
      'The header x-wp-totalpages is missing.',
    ],
    [
      'refuses what it does not know',
      { status: 400, headers: json, body: '{"code":"rest_invalid_param","message":"No."}' },
      '/orders',
      'reengaged_unknown',
      'An unknown parameter is refused: rest_invalid_param.',
    ],
    [
      'includes the second of modified_after',
      list({ id: 1, date_modified_gmt: '2026-11-22T16:59:53' }),
      '/orders',
      'modified_after',
      'modified_after with dates_are_gmt shows orders of the second that it names, or earlier ones.',
    ],
    [
      'has refunds with positive amounts',
      list({ id: 1, refunds: [{ total: '2.00' }] }),
      '/orders',
      '_fields',
      'A refund has no negative total.',
    ],
    [
      'keeps variations from the key',
      { status: 401, headers: json, body: JSON.stringify(denied) },
      '/variations',
      'per_page',
      '/variations is refused: woocommerce_rest_cannot_view.',
    ],
  ] as const) {
    it(
      `names the difference of a shop that ${what}`,
      withShop(async ({ client, shop }) => {
        fill(shop);
        shop.faults.next(answer, {
          when: ({ path: asked, query }) =>
            asked.endsWith(path) && parameter in query && (parameter !== '_fields' || query._fields === 'id,refunds'),
        });
        expect(await findings(client)).to.deep.equal([`differs: ${difference}`]);
      }),
    );
  }

  it(
    'deletes the coupon of a shop that forgets when it expires',
    withShop(async ({ client, shop }) => {
      const forgetful = { id: 11, code: 'x', date_expires_gmt: null };
      const answer = { status: 201, headers: json, body: JSON.stringify(forgetful) };
      shop.faults.next(answer, { when: ({ method }) => method === 'POST', handled: true });
      const found = await findingsOf(couponCheck(NOON), client);
      expect(found.map(({ kind, what }) => `${kind}: ${what}`).join()).to.match(/^differs: .*would expire never/);
      expect(shop.coupons.size).to.equal(0);
    }),
  );

  it(
    'is content with a read-only key, but for the coupon, and shows no secret',
    withShop(async ({ connect, shop }) => {
      fill(shop);
      const found = await findings(connect({ consumerKey: shop.readOnlyKey, consumerSecret: shop.readOnlySecret }));
      expect(found).to.have.length(1);
      expect(found[0]).to.match(/^differs: POST coupons: 401 .*read\/write permission/);
      expect(found.join()).to.not.contain(shop.readOnlySecret);
    }),
  );

  it(
    'fails when the shop does not answer',
    withShop(async ({ client, shop }) => {
      shop.faults.next('html-500', { times: Infinity });
      await failure(findings(client), 'SHOP_BUSY');
    }),
  );
});
