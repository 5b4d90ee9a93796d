import { expect } from 'chai';
import type { NewCustomer } from '../../src/sandbox/shop/sales.js';
import type { PretendShop } from '../../src/sandbox/shop/pretend-shop.js';
import type { ShopClient } from '../../src/shop/client.js';
import {
  accountsById,
  findAccount,
  walkAccounts,
  type AccountsPage,
  type AccountsWalk,
} from '../../src/shop/customers.js';
import { parseAccount } from '../../src/shop/customer-row.js';
import { collect, failure, withShop } from './shop-support.js';

const PARSE = { defaultCountry: 'ES', consentMetaKeys: ['wa_optin', 'newsletter'] };

function walk(client: ShopClient, own: Partial<AccountsWalk> = {}): AsyncGenerator<AccountsPage> {
  return walkAccounts(client, { above: 0, from: { page: 1, total: null }, parse: PARSE, ...own });
}

const ids = (pages: readonly AccountsPage[]) => pages.flatMap(({ accounts }) => accounts.map(({ id }) => id));

let number = 0;
const register = (shop: PretendShop, given: Partial<NewCustomer> = {}) =>
  shop.addCustomer({ email: `c${(number += 1)}@shop.example`, ...given });

describe('the accounts of the shop', () => {
  it(
    'come newest first, whatever their role, and never by a filter that WooCommerce ignores',
    withShop(async ({ client, shop }) => {
      const roles = ['customer', 'subscriber', 'shop_manager', 'wholesale'];
      const placed = roles.map((role) => register(shop, { role }));
      const [page, ...more] = await collect(walk(client));
      expect(ids([page!])).to.deep.equal(placed.toReversed());
      expect([page!.highest, more]).to.deep.equal([placed.at(-1), []]);
      expect(shop.requests[0]?.query).to.include({ role: 'all', orderby: 'id', order: 'desc', per_page: '100' });
      expect(shop.requests[0]?.query).not.to.have.property('modified_after');
    }),
  );

  it(
    'are read down to the ones that are known',
    withShop(async ({ client, shop }) => {
      const placed = Array.from({ length: 230 }, () => register(shop));
      expect(ids(await collect(walk(client)))).to.deep.equal(placed.toReversed());
      shop.clearRequests();
      const fresh = register(shop);
      expect(ids(await collect(walk(client, { above: placed.at(-1)! })))[0]).to.equal(fresh);
      expect(shop.requests).to.have.length(1);
    }),
  );

  it(
    'are all read though some are deleted and others register between two pages',
    withShop(async ({ client, shop }) => {
      const placed = Array.from({ length: 330 }, () => register(shop));
      const gone = placed.slice(-30);
      const read: AccountsPage[] = [];
      for await (const page of walk(client)) {
        read.push(page);
        if (read.length === 1) for (const id of gone) shop.removeCustomer(id);
        if (read.length === 3) for (let more = 0; more < 5; more += 1) register(shop);
      }
      expect(ids(read)).to.include.members(placed.slice(0, -30));
    }),
  );

  it(
    'go on at the page where somebody stopped, a page earlier when some are deleted since',
    withShop(async ({ client, shop }) => {
      const placed = Array.from({ length: 250 }, () => register(shop)).toReversed();
      const [first] = await collect(walk(client));
      expect(first?.next).to.deep.equal({ page: 2, total: 250 });
      expect(ids(await collect(walk(client, { from: first!.next })))).to.deep.equal(placed.slice(100));
      shop.removeCustomer(placed[0]!);
      expect(ids(await collect(walk(client, { from: first!.next })))).to.deep.equal(placed.slice(1));
    }),
  );

  it(
    'are refused in another order, which would hide some of them',
    withShop(async ({ client, shop }) => {
      const rows = [1, 2].map((id) => ({ id, email: '', billing: {}, meta_data: [] }));
      const headers = { 'content-type': 'application/json', 'x-wp-total': '2', 'x-wp-totalpages': '1' };
      shop.faults.next({ status: 200, headers, body: JSON.stringify(rows) });
      await failure(collect(walk(client)), 'SHOP_BAD_ANSWER');
    }),
  );

  it(
    'carry a phone as it was typed, read by the billing country and then by the shop’s; often none',
    withShop(async ({ client, shop }) => {
      const typed = [
        { phone: '600 000 001', country: 'ES' },
        { phone: '0170 1234567', country: 'DE' },
        { phone: '600-000-002', country: 'US' },
        { phone: '' },
        { phone: 'call me' },
      ];
      const placed = typed.map((billing) => register(shop, { billing }));
      const { accounts } = await accountsById(client, placed, PARSE);
      const phones = new Map(accounts.map(({ id, phone }) => [id, phone]));
      expect(placed.map((id) => phones.get(id))).to.deep.equal([
        '+34600000001',
        '+491701234567',
        '+34600000002',
        null,
        null,
      ]);
    }),
  );

  it(
    'say what the configured meta keys say, a no before a yes; counts of orders are not asked for',
    withShop(async ({ client, shop }) => {
      const said = [
        [['wa_optin', 'yes']],
        [
          ['wa_optin', '1'],
          ['newsletter', ''],
        ],
        [['other', 'no']],
        [],
      ];
      const placed = said.map((meta) => register(shop, { meta: meta.map(([key = '', value]) => ({ key, value })) }));
      const { accounts } = await accountsById(client, placed, PARSE);
      const consents = new Map(accounts.map(({ id, consent }) => [id, consent]));
      expect(placed.map((id) => consents.get(id))).to.deep.equal([true, false, null, null]);
      expect(shop.requests[0]?.query['_fields']).to.not.match(/orders_count|total|spent/);
    }),
  );

  it(
    'are missing from a list without a word; that one is gone the shop says only of itself',
    withShop(async ({ client, shop }) => {
      const [kept, gone] = [register(shop, { role: 'subscriber' }), register(shop)];
      shop.removeCustomer(gone);
      const { accounts, missing } = await accountsById(client, [gone, kept], PARSE);
      expect([accounts.map(({ id }) => id), missing]).to.deep.equal([[kept], [gone]]);
      expect(await findAccount(client, gone, PARSE)).to.equal(null);
      expect(await findAccount(client, kept, PARSE)).to.include({ id: kept });
      shop.faults.next('html-500', { times: 3 });
      await failure(findAccount(client, gone, PARSE), 'SHOP_BUSY');
    }),
  );

  it('take what is odd for nothing said, and tell a row without an id', () => {
    expect(parseAccount({ id: 7, email: 5, billing: [], meta_data: 'none' }, PARSE)).to.deep.equal({
      id: 7,
      phone: null,
      email: null,
      consent: null,
    });
    expect(
      parseAccount({ id: 7, email: 'a@b.example', billing: { phone: 34600000001, email: 'B@b.example' } }, PARSE),
    ).to.deep.equal({ id: 7, phone: '+34600000001', email: 'B@b.example', consent: null });
    expect(parseAccount({ id: -7 }, PARSE))
      .to.include({ id: -7 })
      .and.have.property('problem');
    expect(parseAccount(null, PARSE)).to.include({ id: null }).and.have.property('problem');
  });
});
