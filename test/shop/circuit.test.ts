import { EventEmitter, once } from 'node:events';
import { expect } from 'chai';
import { HOUR, MINUTE, SECOND } from '../../src/lib/clock.js';
import { AppError, type ErrorCode } from '../../src/lib/errors.js';
import { createCircuit } from '../../src/shop/circuit.js';
import type { ShopClient } from '../../src/shop/client.js';
import { failure, withShop, type OpenShop } from './shop-support.js';

const START = Date.UTC(2026, 10, 22, 17);

function setUp() {
  let now = START;
  const told: string[] = [];
  const circuit = createCircuit({
    clock: { now: () => now, sleep: () => Promise.resolve() },
    onOpen: (until) => {
      told.push(`out until ${(until - START) / SECOND}`);
    },
    onClose: () => {
      told.push('back');
    },
  });
  let asked = 0;
  const ask = (error?: AppError) =>
    circuit(() => {
      asked += 1;
      return error === undefined ? Promise.resolve('answer') : Promise.reject(error);
    });
  return {
    circuit,
    told,
    ask,
    asked: () => asked,
    fail: (code: ErrorCode = 'SHOP_BUSY', retryAfterMs?: number) =>
      failure(ask(new AppError(code, 'broken', { retryAfterMs })), code),
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe('the circuit', () => {
  for (const code of ['SHOP_UNREACHABLE', 'SHOP_BUSY', 'SHOP_BAD_ANSWER'] as const) {
    it(`opens after three requests in a row that end in ${code}, and says when the shop is asked again`, async () => {
      const { fail, ask, asked, pass, told } = setUp();
      for (let count = 0; count < 3; count += 1) await fail(code);
      pass(12 * SECOND);
      const refused = await failure(ask(), code);
      expect(refused.retryAfterMs).to.equal(18 * SECOND);
      expect(refused.message).to.equal('The shop is not asked until 2026-11-22 17:00:30 UTC. The last answer: broken');
      expect(asked()).to.equal(3);
      expect(told).to.deep.equal(['out until 30']);
    });
  }

  it('counts anew after a good answer', async () => {
    const { fail, ask, told } = setUp();
    for (let round = 0; round < 4; round += 1) {
      await fail();
      await fail('SHOP_UNREACHABLE');
      expect(await ask()).to.equal('answer');
    }
    expect(told).to.deep.equal([]);
  });

  for (const code of ['SHOP_DENIED', 'SHOP_REFUSED', 'SHOP_NOT_FOUND'] as const) {
    it(`takes ${code} for an answer: it never opens it, and closes it`, async () => {
      const { fail, pass, told } = setUp();
      for (let count = 0; count < 5; count += 1) await fail(code);
      expect(told).to.deep.equal([]);
      for (let count = 0; count < 3; count += 1) await fail();
      pass(30 * SECOND);
      await fail(code);
      expect(told).to.deep.equal(['out until 30', 'back']);
    });
  }

  it('opens at once on a Retry-After of more than 5 s, for as long as the shop asks', async () => {
    const { fail, ask, told } = setUp();
    await fail('SHOP_BUSY', 5 * SECOND);
    expect(await ask()).to.equal('answer');
    await fail('SHOP_BUSY', 6 * SECOND);
    expect((await failure(ask(), 'SHOP_BUSY')).retryAfterMs).to.equal(6 * SECOND);
    expect(told).to.deep.equal(['out until 6']);
  });

  it('is not held open by a clock that is set back', async () => {
    const { fail, ask, pass } = setUp();
    for (let count = 0; count < 3; count += 1) await fail();
    pass(-5 * HOUR);
    expect(await ask()).to.equal('answer');
  });

  it('believes no Retry-After of more than an hour', async () => {
    const { fail, told } = setUp();
    await fail('SHOP_BUSY', 365 * 24 * HOUR);
    expect(told).to.deep.equal([`out until ${HOUR / SECOND}`]);
  });

  it('waits 30 s and then twice as long after each failed probe, 10 minutes at most; it says so once', async () => {
    const { fail, ask, pass, asked, told } = setUp();
    for (let count = 0; count < 3; count += 1) await fail();
    const waits: number[] = [];
    for (let probes = 0; probes < 7; probes += 1) {
      const left = (await failure(ask(), 'SHOP_BUSY')).retryAfterMs ?? 0;
      waits.push(left / SECOND);
      pass(left - 1);
      await failure(ask(), 'SHOP_BUSY');
      pass(1);
      await fail();
    }
    expect(waits).to.deep.equal([30, 60, 120, 240, 480, 600, 600]);
    expect(asked()).to.equal(10);
    expect(told).to.deep.equal(['out until 30']);
  });

  it('closes when a probe is answered, says so once, and begins again with 30 s', async () => {
    const { fail, ask, pass, told } = setUp();
    for (let count = 0; count < 3; count += 1) await fail();
    pass(30 * SECOND);
    await fail();
    pass(MINUTE);
    for (let count = 0; count < 2; count += 1) expect(await ask()).to.equal('answer');
    for (let count = 0; count < 3; count += 1) await fail();
    expect(told).to.deep.equal(['out until 30', 'back', 'out until 120']);
  });

  it('learns nothing from what was under way when it opened', async () => {
    const { circuit, fail, ask, told } = setUp();
    const late = new EventEmitter();
    const answered = circuit(() => once(late, 'answer'));
    const failed = circuit(() => once(late, 'failure'));
    for (let count = 0; count < 3; count += 1) await fail();
    late.emit('answer');
    await answered;
    late.emit('error', new AppError('SHOP_BUSY', 'late', { retryAfterMs: HOUR }));
    await failure(failed, 'SHOP_BUSY');
    expect((await failure(ask(), 'SHOP_BUSY')).retryAfterMs).to.equal(30 * SECOND);
    expect(told).to.deep.equal(['out until 30']);
  });
});

describe('shop client: a shop that is out', () => {
  const codes = async (requests: readonly Promise<unknown>[]) =>
    (await Promise.allSettled(requests)).map((result) =>
      result.status === 'fulfilled' ? 'answer' : (result.reason as AppError).code,
    );
  const many = (client: ShopClient, count: number) => Array.from({ length: count }, () => client.get('orders'));
  const breaks = async ({ shop, client }: OpenShop) => {
    shop.faults.next('html-500', { times: Infinity });
    for (let count = 0; count < 3; count += 1) await failure(client.get('orders'), 'SHOP_BUSY');
    shop.clearRequests();
  };

  it(
    'is asked no more, neither with a key nor without, neither to read nor to write',
    withShop(async (open) => {
      await breaks(open);
      const { client, shop } = open;
      const refused = [
        client.get('orders'),
        client.getPublic(''),
        client.post('coupons', {}),
        client.delete('coupons/1'),
      ];
      expect(await codes(refused)).to.deep.equal(['SHOP_BUSY', 'SHOP_BUSY', 'SHOP_BUSY', 'SHOP_BUSY']);
      expect(shop.requests).to.have.length(0);
    }),
  );

  it(
    'is not asked by what waits for its turn when that is found out',
    withShop(async ({ client, shop }) => {
      shop.faults.next('503-retry-after', { times: Infinity });
      expect(await codes(many(client, 50))).to.deep.equal(Array.from({ length: 50 }, () => 'SHOP_BUSY'));
      expect(shop.requests.length, 'two were under way').to.be.at.most(4);
    }),
  );

  it(
    'is asked once when the time is over, while the others wait for that answer',
    withShop(async (open) => {
      await breaks(open);
      const { client, shop, clock } = open;
      clock.advance(30 * SECOND);
      expect(await codes(many(client, 20))).to.deep.equal(Array.from({ length: 20 }, () => 'SHOP_BUSY'));
      expect(shop.requests, 'one, and not three tries').to.have.length(1);
      clock.advance(MINUTE);
      shop.faults.clear();
      expect(await codes(many(client, 20))).to.deep.equal(Array.from({ length: 20 }, () => 'answer'));
      expect(shop.requests).to.have.length(21);
    }),
  );

  it(
    'is not taken for out by a client of its own: a new configuration begins afresh',
    withShop(async (open) => {
      await breaks(open);
      open.shop.faults.clear();
      expect(await codes(many(open.connect(), 1))).to.deep.equal(['answer']);
    }),
  );
});
