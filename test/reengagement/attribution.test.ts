import { expect } from 'chai';
import fc from 'fast-check';
import { DAY, SECOND } from '../../src/lib/clock.js';
import { addMoney, compareMoney, subtractMoney } from '../../src/lib/money.js';
import {
  attribute,
  isCounted,
  type AttributableMessage,
  type AttributableOrder,
} from '../../src/reengagement/attribution.js';
import { LOG_STATUSES } from '../../src/reengagement/log-status.js';

const SENT = Date.UTC(2026, 1, 10, 11);
const RULES = { paidStatuses: ['completed', 'processing'], windowDays: 30 };

const message = (id: number, changes: Partial<AttributableMessage> = {}): AttributableMessage => ({
  id,
  status: 'sent',
  sentAt: SENT,
  ...changes,
});

const order = (id: number, changes: Partial<AttributableOrder> = {}): AttributableOrder => ({
  id,
  status: 'completed',
  currency: 'EUR',
  total: '40.00',
  refunded: '0',
  createdAt: SENT + DAY,
  paidAt: SENT + DAY,
  ...changes,
});

const pairs = (messages: readonly AttributableMessage[], orders: readonly AttributableOrder[], rules = RULES) =>
  attribute(messages, orders, rules).map(({ orderId, messageId }) => [orderId, messageId]);

describe('attribution', () => {
  it('tells what an order brought, when, and by which message', () => {
    expect(attribute([message(1)], [order(10)], RULES)).to.deep.equal([
      { orderId: 10, messageId: 1, currency: 'EUR', revenue: '40', convertedAt: SENT + DAY },
    ]);
  });

  it('gives an order to the newest message before it', () => {
    const messages = [message(1), message(2, { sentAt: SENT + 8 * DAY }), message(3, { sentAt: SENT + 16 * DAY })];
    expect(pairs(messages, [order(10, { paidAt: SENT + 12 * DAY })])).to.deep.equal([[10, 2]]);
  });

  it('takes the later row of two messages of the same second', () => {
    expect(pairs([message(2), message(1)], [order(10)])).to.deep.equal([[10, 2]]);
  });

  it('gives a message every order that it brought, in the order of their payment', () => {
    const orders = [order(10, { paidAt: SENT + 3 * DAY }), order(11), order(12)];
    expect(pairs([message(1)], orders)).to.deep.equal([
      [11, 1],
      [12, 1],
      [10, 1],
    ]);
  });

  it('counts from the first second after the message', () => {
    expect(pairs([message(1)], [order(10, { paidAt: SENT })])).to.deep.equal([]);
    expect(pairs([message(1)], [order(10, { paidAt: SENT + SECOND })])).to.deep.equal([[10, 1]]);
  });

  it('counts up to and including the end of the window', () => {
    expect(pairs([message(1)], [order(10, { paidAt: SENT + 30 * DAY })])).to.deep.equal([[10, 1]]);
    expect(pairs([message(1)], [order(10, { paidAt: SENT + 30 * DAY + SECOND })])).to.deep.equal([]);
    const week = { ...RULES, windowDays: 7 };
    expect(pairs([message(1)], [order(10, { paidAt: SENT + 8 * DAY })], week)).to.deep.equal([]);
  });

  it('goes by the payment, not by when the order was placed', () => {
    const before = order(10, { createdAt: SENT - DAY, paidAt: SENT + DAY });
    const late = order(11, { createdAt: SENT + DAY, paidAt: SENT + 31 * DAY });
    expect(pairs([message(1)], [before, late])).to.deep.equal([[10, 1]]);
  });

  it('goes by the time of the order where no payment was noted', () => {
    expect(pairs([message(1)], [order(10, { paidAt: null })])).to.deep.equal([[10, 1]]);
  });

  for (const status of ['pending', 'failed', 'cancelled', 'on-hold', 'refunded', 'trash', 'checkout-draft'])
    it(`leaves out an order that is ${status}`, () => {
      expect(pairs([message(1)], [order(10, { status })])).to.deep.equal([]);
    });

  it('leaves out an order that was refunded in full, whatever its status says', () => {
    expect(pairs([message(1)], [order(10, { refunded: '40.00' })])).to.deep.equal([]);
  });

  it('takes a partial refund off, and counts a free order', () => {
    const orders = [order(10, { refunded: '15.50' }), order(11, { total: '0.00' })];
    expect(attribute([message(1)], orders, RULES).map(({ revenue }) => revenue)).to.deep.equal(['24.5', '0']);
  });

  it('counts messages that were sent, and those that the plugin wrote', () => {
    for (const status of ['sent', 'delivered', 'read', null, 'queued'])
      expect(pairs([message(1, { status })], [order(10)]), String(status)).to.deep.equal([[10, 1]]);
  });

  it('leaves out messages that were not sent, and those that may never have arrived', () => {
    for (const status of ['reserved', 'sending', 'failed', 'unknown'])
      expect(pairs([message(1, { status })], [order(10)]), status).to.deep.equal([]);
  });

  it('gives an order to an older message where the newest one failed', () => {
    const messages = [message(1), message(2, { sentAt: SENT + 8 * DAY, status: 'failed' })];
    expect(pairs(messages, [order(10, { paidAt: SENT + 9 * DAY })])).to.deep.equal([[10, 1]]);
  });

  it('looks at four times the messages hardly more than four times as often', () => {
    const looks = (count: number) => {
      let seen = 0;
      const at = (n: number) => SENT + ((n * 7) % count) * 60 * SECOND;
      const messages = Array.from({ length: count }, (_, n) => ({
        ...message(n),
        get sentAt() {
          seen++;
          return at(n);
        },
      }));
      const orders = Array.from({ length: count }, (_, n) => order(n, { paidAt: at(n) + SECOND }));
      expect(attribute(messages, orders, RULES)).to.have.lengthOf(count);
      return seen;
    };
    expect(looks(2_000)).to.be.below(6 * looks(500));
  });

  describe('whatever was sent and bought', () => {
    const hour = fc.integer({ min: 0, max: 24 * 90 }).map((hours) => SENT + hours * 3_600 * SECOND);
    const cents = fc.integer({ min: 0, max: 9_999 }).map((number) => (number / 100).toFixed(2));
    const unique = <T extends { readonly id: number }>(one: fc.Arbitrary<T>) =>
      fc.uniqueArray(one, { maxLength: 8, selector: ({ id }) => id });
    const messages = unique(
      fc.record({
        id: fc.integer({ min: 1, max: 20 }),
        status: fc.constantFrom(...LOG_STATUSES, null, 'queued'),
        sentAt: hour,
      }),
    );
    const orders = unique(
      fc.record({
        id: fc.integer({ min: 1, max: 20 }),
        status: fc.constantFrom('completed', 'processing', 'pending', 'failed', 'trash'),
        currency: fc.constantFrom('EUR', 'USD'),
        total: cents,
        refunded: fc.oneof(fc.constant('0.00'), cents),
        createdAt: hour,
        paidAt: fc.option(hour),
      }),
    );
    const shuffled = <T>(list: readonly T[]) =>
      fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length });

    it('the order of the input does not matter, and it comes out the same again', () => {
      const twice = fc
        .tuple(messages, orders)
        .chain(([m, o]) => fc.tuple(fc.constant([m, o] as const), shuffled(m), shuffled(o)));
      fc.assert(
        fc.property(twice, ([[m, o], otherM, otherO]) => {
          expect(attribute(otherM, otherO, RULES)).to.deep.equal(attribute(m, o, RULES));
        }),
      );
    });

    it('an order is in one conversion at most', () => {
      fc.assert(
        fc.property(messages, orders, (m, o) => {
          const ids = attribute(m, o, RULES).map(({ orderId }) => orderId);
          expect(new Set(ids).size).to.equal(ids.length);
        }),
      );
    });

    it('an order converts exactly when a message that counts lies in the window before it, and then the newest', () => {
      fc.assert(
        fc.property(messages, orders, (m, o) => {
          const found = new Map(attribute(m, o, RULES).map((conversion) => [conversion.orderId, conversion]));
          for (const one of o) {
            const isPaid = RULES.paidStatuses.includes(one.status);
            const isRefunded = compareMoney(one.refunded, '0') > 0 && compareMoney(one.refunded, one.total) >= 0;
            const at = one.paidAt ?? one.createdAt;
            const eligible = m
              .filter(({ status, sentAt }) => isCounted(status) && sentAt < at && at - sentAt <= 30 * DAY)
              .sort((a, b) => b.sentAt - a.sentAt || b.id - a.id);
            const expected = isPaid && !isRefunded ? eligible[0]?.id : undefined;
            expect(found.get(one.id)?.messageId).to.equal(expected);
          }
        }),
      );
    });

    it('the revenue of each currency is that of its orders, net of refunds', () => {
      fc.assert(
        fc.property(messages, orders, (m, o) => {
          const conversions = attribute(m, o, RULES);
          const converted = o.filter(({ id }) => conversions.some(({ orderId }) => orderId === id));
          for (const currency of ['EUR', 'USD']) {
            const net = converted
              .filter((one) => one.currency === currency)
              .reduce((sum, { total, refunded }) => addMoney(sum, subtractMoney(total, refunded)), '0');
            const revenue = conversions
              .filter((one) => one.currency === currency)
              .reduce((sum, one) => addMoney(sum, one.revenue), '0');
            expect(revenue).to.equal(net);
          }
        }),
      );
    });
  });
});
