import { expect } from 'chai';
import { customersOf, ensureCustomers, lockCustomers } from '../../src/db/customers.js';
import { useDatabase } from '../support/database.js';
import { emptyTables, signal } from '../queue/support.js';

const PHONES = Array.from({ length: 5 }, (_, n) => `+3460000000${n}`);

describe('customers', () => {
  const database = useDatabase({ poolSize: 6 });
  beforeEach(() => emptyTables(database()));

  it('are there after they were asked for, each once, and what was known of them stays', async () => {
    const { customers } = database().tables;
    await database().query((orm) =>
      orm.insert(customers).values({ phone: PHONES[1]!, firstName: 'Ana', paidOrders: 3 }),
    );
    await ensureCustomers(database(), [PHONES[2]!, PHONES[1]!, PHONES[2]!]);
    const found = await customersOf(database(), PHONES);
    expect([...found.keys()].sort()).to.deep.equal([PHONES[1], PHONES[2]]);
    expect(found.get(PHONES[1]!)).to.include({ firstName: 'Ana', paidOrders: 3 });
    expect(found.get(PHONES[2]!)).to.deep.equal({
      phone: PHONES[2],
      firstName: null,
      email: null,
      country: null,
      language: null,
      lastPaidAt: null,
      paidOrders: 0,
      lifetimeValues: {},
      orderConsent: null,
      accountConsent: null,
      undeliverableAt: null,
      replacedAt: null,
      lastInboundAt: null,
    });
    expect(await customersOf(database(), [])).to.deep.equal(new Map());
  });

  it('are made by several at once, in any order and any number', async () => {
    const many = Array.from({ length: 1_100 }, (_, n) => `+3461${String(n).padStart(7, '0')}`);
    await Promise.all([many, [...many].reverse(), many].map((phones) => ensureCustomers(database(), phones)));
    expect(await customersOf(database(), many)).to.have.property('size', many.length);
  });

  it('are locked one by one: who locks many does not hold up who locks the others', async () => {
    const many = Array.from({ length: 300 }, (_, n) => `+3462${String(n).padStart(7, '0')}`);
    await ensureCustomers(database(), many);
    const [mine, theirs] = [many.filter((_, n) => n % 2 === 0), many.filter((_, n) => n % 2 === 1)];
    const locked = signal();
    const others = signal();
    const order: string[] = [];
    const first = database().transaction(async (tx) => {
      await lockCustomers(database(), tx, mine);
      locked.resolve();
      await others.promise;
      order.push('first');
    });
    await locked.promise;
    await database().transaction((tx) => lockCustomers(database(), tx, theirs));
    const waiting = database().transaction(async (tx) => {
      await lockCustomers(database(), tx, mine.slice(-1));
      order.push('second');
    });
    await database().ping();
    others.resolve();
    await Promise.all([first, waiting]);
    expect(order).to.deep.equal(['first', 'second']);
  });
});
