/* eslint-disable no-console -- what it prints is its result */
import { expect } from 'chai';
import { SECOND, systemClock } from '../../src/lib/clock.js';
import { createShopClient } from '../../src/shop/client.js';
import { couponCheck } from './check-coupon.js';
import { contract } from './contract.js';
import { findingsOf } from './finding.js';

const {
  REENGAGED_LIVE_SHOP_URL: url = '',
  REENGAGED_LIVE_SHOP_KEY: consumerKey = '',
  REENGAGED_LIVE_SHOP_SECRET: consumerSecret = '',
  REENGAGED_LIVE_WRITE: write = '',
} = process.env;
const given = [url, consumerKey, consumerSecret].filter((value) => value !== '').length;
if (given < 3) {
  console.log(
    'No shop was asked: set REENGAGED_LIVE_SHOP_URL, REENGAGED_LIVE_SHOP_KEY and REENGAGED_LIVE_SHOP_SECRET to ask one.',
  );
  // Mocha would report no tests as if they had passed.
  process.exit(given === 0 ? 0 : 1);
}

describe('the shop keeps to what the code relies on', function () {
  this.timeout(600 * SECOND);
  const client = createShopClient({
    url,
    consumerKey,
    consumerSecret,
    restPrefix: 'wp-json',
    queryStringAuth: false,
    timeoutMs: 60 * SECOND,
    clock: systemClock,
    requestsPerSecond: 5,
  });

  for (const check of [...contract, ...(write === '1' ? [couponCheck(systemClock.now())] : [])]) {
    it(check.rule, async () => {
      const findings = await findingsOf(check, client);
      for (const { kind, what } of findings) console.log(`    ${kind}: ${what}`);
      const differences = findings.filter(({ kind }) => kind === 'differs');
      if (differences.length > 0) expect.fail(differences.map(({ what }) => what).join(' '));
    });
  }
});
