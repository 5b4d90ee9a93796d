import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { ShopAnswer, ShopClient } from '../../src/shop/client.js';
import { readSiteFacts } from '../../src/shop/site.js';
import { failure, withShop } from './shop-support.js';

const json = { 'content-type': 'application/json' };

describe('site facts', () => {
  it(
    'are read with a read-only key, in three small requests',
    withShop(async ({ connect, shop }) => {
      const client = connect({ consumerKey: shop.readOnlyKey, consumerSecret: shop.readOnlySecret });
      expect(await readSiteFacts(client)).to.deep.equal({
        name: 'Pretend Shop',
        home: shop.url,
        zone: 'America/New_York',
        priceFormat: {
          currency: 'USD',
          symbol: '$',
          position: 'left',
          thousandSeparator: ',',
          decimalSeparator: '.',
          decimals: 2,
        },
        country: 'US',
      });
      expect(shop.requests).to.have.length(3);
      expect(shop.requests.every(({ query }) => (query['_fields'] ?? '') !== '')).to.equal(true);
    }),
  );

  for (const [offset, zone] of [
    [5.5, '+05:30'],
    [-3.5, '-03:30'],
    [0, '+00:00'],
  ] as const) {
    it(
      `take the plain offset ${offset} where the site has no named zone`,
      withShop(
        async ({ client }) => {
          expect((await readSiteFacts(client)).zone).to.equal(zone);
        },
        { timezoneString: '', gmtOffset: offset },
      ),
    );
  }

  it(
    'do not believe the time zone of system_status, which is UTC everywhere',
    withShop(
      async ({ client }) => {
        const status = (await client.get('system_status')).data;
        expect(status).to.have.nested.property('environment.default_timezone', 'UTC');
        expect((await readSiteFacts(client)).zone).to.equal('Asia/Kathmandu');
      },
      { timezoneString: 'Asia/Kathmandu' },
    ),
  );

  it(
    'follow a shop that changes its settings while it runs',
    withShop(async ({ client, shop }) => {
      shop.setSite({ timezoneString: '', gmtOffset: 5.5, currency: 'INR', decimals: 0 });
      const { zone, priceFormat } = await readSiteFacts(client);
      expect(zone).to.equal('+05:30');
      expect(priceFormat).to.include({ currency: 'INR', symbol: '₹', decimals: 0 });
      shop.setSite({ decimals: 2 });
      expect((await readSiteFacts(client)).priceFormat).to.include({ currency: 'INR', decimals: 2 });
    }),
  );

  it(
    'hold another currency with its symbol decoded',
    withShop(
      async ({ client }) => {
        const { priceFormat } = await readSiteFacts(client);
        expect(priceFormat).to.include({ currency: 'EUR', symbol: '€', decimals: 0 });
      },
      { currency: 'EUR', decimals: 0 },
    ),
  );

  it(
    'have the name decoded and the address without a slash',
    withShop(async ({ client, shop }) => {
      const root = {
        name: 'Tom &amp; Jerry&#039;s',
        home: 'https://shop.example/store/',
        gmt_offset: '0',
        timezone_string: 'Mars/Base',
      };
      shop.faults.next(
        { status: 200, headers: json, body: JSON.stringify(root) },
        { when: ({ path }) => path === '/wp-json/' },
      );
      const facts = await readSiteFacts(client);
      expect(facts).to.include({ name: "Tom & Jerry's", home: 'https://shop.example/store', zone: '+00:00' });
    }),
  );

  it(
    'are refused when something else answered in JSON',
    withShop(async ({ client, shop }) => {
      shop.faults.next({ status: 200, headers: json, body: '{}' }, { when: ({ path }) => path === '/wp-json/' });
      const error = await failure(readSiteFacts(client), 'SHOP_BAD_ANSWER');
      expect(error.message).to.contain('name');
    }),
  );

  it('are read from what a real shop answered', async () => {
    const answers: Record<string, string> = {
      '': 'wp-json-root',
      system_status: 'system-status',
      'settings/general': 'settings-general',
    };
    const answer = (path: string): Promise<ShopAnswer> => {
      const file = new URL(`../fixtures/woocommerce/${answers[path] ?? ''}.json`, import.meta.url);
      return Promise.resolve({ data: JSON.parse(readFileSync(file, 'utf8')) as unknown, headers: {} });
    };
    const recorded: ShopClient = { get: answer, getPublic: answer, post: answer, delete: answer };
    const facts = await readSiteFacts(recorded);
    expect(facts).to.include({
      name: 'Lab Store',
      home: 'https://127.0.0.1:8085',
      zone: 'America/New_York',
      country: 'US',
    });
    expect(facts.priceFormat.symbol).to.equal('$');
  });
});
