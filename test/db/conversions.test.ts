import { expect } from 'chai';
import { sql } from 'drizzle-orm';
import { attributeSince, attributePhones } from '../../src/db/conversions.js';
import { addCustomers } from '../../src/db/customers.js';
import { saveOrders } from '../../src/db/orders.js';
import { openDatabase } from '../../src/db/pool.js';
import { DAY, SECOND } from '../../src/lib/clock.js';
import type { ShopOrder } from '../../src/reengagement/shop-facts.js';
import { allLogRows, emptyTables, NOON, until } from '../queue/support.js';
import { useDatabase } from '../support/database.js';

const PHONE = '+34612345678';
const OTHER = '+34600000001';
const RULES = { paidStatuses: ['completed', 'processing'], windowDays: 30 };

function order(id: number, changes: Partial<ShopOrder> = {}): ShopOrder {
  return {
    id,
    status: 'completed',
    currency: 'EUR',
    total: '40.00',
    refunded: '0',
    customerId: 0,
    phone: PHONE,
    email: null,
    firstName: 'Ana',
    country: 'ES',
    createdAt: NOON + DAY,
    paidAt: NOON + DAY,
    modifiedAt: NOON + DAY,
    items: [],
    marketingConsent: null,
    language: null,
    ...changes,
  };
}

interface Message {
  readonly phone?: string;
  readonly sentAt?: number;
  readonly status?: string | null;
}

describe('the conversions of messages', () => {
  const database = useDatabase();
  beforeEach(() => emptyTables(database()));

  /** Returns the row's id. */
  const message = async ({ phone = PHONE, sentAt = NOON, status = 'sent' }: Message = {}): Promise<number> => {
    const row = { customerPhone: phone, campaignType: 'we_miss_you', status, sentAt: new Date(sentAt) };
    const [header] = await database().query((orm) => orm.insert(database().tables.reengagementLog).values(row));
    return header.insertId;
  };
  const setStatus = (status: string) =>
    database().query((orm) => orm.update(database().tables.reengagementLog).set({ status }));
  const save = (...orders: readonly ShopOrder[]) => saveOrders(database(), orders, RULES);
  const heal = (since = NOON - DAY) => attributeSince(database(), since, RULES);
  const conversions = async () => {
    const { conversions: table } = database().tables;
    return await database().query((orm) => orm.select().from(table).orderBy(table.orderId));
  };
  const documented = async () =>
    (await allLogRows(database())).map(({ converted, orderId, convertedAt }) => [
      converted,
      orderId,
      convertedAt?.getTime() ?? null,
    ]);
  const NONE = [0, null, null];
  /** Whether a session asks for the lock on customers. */
  const isLocking = async () => {
    const asking = `%${database().prefix}reengagement_customers%FOR UPDATE`;
    const [rows] = await database().query((orm) =>
      orm.execute(
        sql`SELECT 1 FROM information_schema.PROCESSLIST WHERE INFO LIKE ${asking} AND ID <> CONNECTION_ID()`,
      ),
    );
    return (rows as unknown as unknown[]).length > 0;
  };

  /** The statements of one attribution. */
  const asked = async (phone: string) => {
    const statements: string[] = [];
    await database().transaction(async (tx) => {
      await addCustomers(database(), tx, [phone]);
      const counting = new Proxy(tx, {
        get: (target, name) => {
          if (typeof name === 'string' && ['select', 'insert', 'update', 'delete'].includes(name))
            statements.push(name);
          return Reflect.get(target, name) as unknown;
        },
      });
      await attributePhones(database(), counting, [phone], RULES);
    });
    return statements;
  };
  /** Rows that the server reads to attribute so many messages and as many orders of one phone, for the second time. */
  const rowsRead = async (count: number) => {
    await emptyTables(database());
    await manyMessages(count);
    await heal();
    const own = openDatabase({ ...database.options(), poolSize: 1 });
    const reads = async () => {
      const [rows] = await own.query((orm) => orm.execute(sql`SHOW SESSION STATUS LIKE 'Handler_read%'`));
      return (rows as unknown as { Value: string }[]).reduce((sum, { Value }) => sum + Number(Value), 0);
    };
    const before = await reads();
    expect(await attributeSince(own, 0, RULES)).to.equal(0);
    const read = (await reads()) - before;
    await own.close();
    return read;
  };
  /** Messages to one phone, a minute apart, each with an order that is not attributed yet. */
  const manyMessages = async (count: number) => {
    const at = (n: number) => new Date(NOON + n * 60 * SECOND);
    const numbers = Array.from({ length: count }, (_, n) => n);
    const { reengagementLog: log } = database().tables;
    const sent = numbers.map((n) => ({ customerPhone: PHONE, campaignType: 'we_miss_you', sentAt: at(n) }));
    await database().query((orm) => orm.insert(log).values(sent));
    await setStatus('unknown');
    await save(...numbers.map((n) => order(n + 1, { paidAt: at(n).getTime() + SECOND })));
    await setStatus('sent');
  };

  it('are written with the order that is mirrored, in their table and in the documented columns', async () => {
    const logId = await message();
    expect(await save(order(7, { refunded: '10.50' }))).to.equal(1);
    expect(await conversions()).to.deep.equal([
      {
        orderId: 7,
        logId,
        phone: PHONE,
        currency: 'EUR',
        revenue: '29.50000000',
        convertedAt: new Date(NOON + DAY),
      },
    ]);
    expect(await documented()).to.deep.equal([[1, 7, NOON + DAY]]);
  });

  it('have nothing to do for people without a message', async () => {
    await message({ phone: OTHER });
    expect(await save(order(7))).to.equal(0);
    expect(await conversions()).to.deep.equal([]);
    expect(await documented()).to.deep.equal([NONE]);
  });

  it('leave the first order in the documented columns, whichever is mirrored first', async () => {
    await message();
    await save(order(8, { paidAt: NOON + 2 * DAY }));
    expect(await documented()).to.deep.equal([[1, 8, NOON + 2 * DAY]]);
    expect(await save(order(7))).to.equal(1);
    expect(await documented()).to.deep.equal([[1, 7, NOON + DAY]]);
    expect((await conversions()).map(({ orderId }) => orderId)).to.deep.equal([7, 8]);
  });

  it('are taken back, and the next order takes the place of the first', async () => {
    await message();
    await save(order(7), order(8, { paidAt: NOON + 2 * DAY }));
    expect(await save(order(7, { status: 'cancelled', modifiedAt: NOON + 3 * DAY }))).to.equal(1);
    expect(await documented()).to.deep.equal([[1, 8, NOON + 2 * DAY]]);
    expect(await save(order(8, { status: 'trash', modifiedAt: NOON + 3 * DAY }))).to.equal(1);
    expect(await documented()).to.deep.equal([NONE]);
    expect(await conversions()).to.deep.equal([]);
  });

  it('go with an order whose phone is corrected', async () => {
    await message();
    const other = await message({ phone: OTHER });
    await save(order(7));
    expect(await save(order(7, { phone: OTHER, modifiedAt: NOON + 2 * DAY }))).to.equal(1);
    expect((await conversions()).map(({ phone, logId }) => [phone, logId])).to.deep.equal([[OTHER, other]]);
    expect(await documented()).to.deep.equal([NONE, [1, 7, NOON + DAY]]);
  });

  it('end with an order that loses its phone', async () => {
    await message();
    await save(order(7));
    expect(await save(order(7, { phone: null, modifiedAt: NOON + 2 * DAY }))).to.equal(1);
    expect(await conversions()).to.deep.equal([]);
    expect(await documented()).to.deep.equal([NONE]);
  });

  it('end with the message that brought them', async () => {
    await message();
    await save(order(7));
    await database().query((orm) => orm.delete(database().tables.reengagementLog));
    expect(await save(order(7, { modifiedAt: NOON + 2 * DAY }))).to.equal(1);
    expect(await conversions()).to.deep.equal([]);
  });

  it('find the messages of every spelling of a phone', async () => {
    await message({ phone: PHONE.slice(1) });
    await message({ phone: '+5215512345678' });
    await save(order(7), order(8, { phone: '+525512345678' }));
    expect(await documented()).to.deep.equal([
      [1, 7, NOON + DAY],
      [1, 8, NOON + DAY],
    ]);
  });

  it('leave columns that somebody else wrote as the mirror has it', async () => {
    const row = { customerPhone: PHONE, campaignType: 'we_miss_you', sentAt: new Date(NOON) };
    const { reengagementLog: log } = database().tables;
    const wrong = { ...row, converted: 1, orderId: 99, convertedAt: new Date(NOON) };
    await database().query((orm) => orm.insert(log).values([wrong, { ...row, converted: null }]));
    await save(order(7, { status: 'failed' }));
    expect(await documented(), 'a null is left alone').to.deep.equal([NONE, [null, null, null]]);
  });

  it('are the same bytes after every order is read again', async () => {
    for (const days of [0, 8]) await message({ sentAt: NOON + days * DAY });
    await message({ phone: OTHER, status: null });
    const page = [
      order(1),
      order(2, { paidAt: NOON + 9 * DAY, refunded: '1.10' }),
      order(3, { phone: OTHER, currency: 'USD' }),
      order(4, { status: 'pending', paidAt: null }),
    ];
    await save(...page);
    const before = [await conversions(), await allLogRows(database())];
    expect(await save(...page)).to.equal(0);
    for (const one of page.toReversed()) expect(await save(one)).to.equal(0);
    expect(await heal()).to.equal(0);
    expect([await conversions(), await allLogRows(database())]).to.deep.equal(before);
  });

  it('cost two small questions where nobody has a message, and nothing is written where nothing changed', async () => {
    await message({ phone: OTHER });
    await save(order(1), order(2, { phone: OTHER }));
    expect(await asked(PHONE)).to.deep.equal(['select', 'select']);
    expect(await asked(OTHER)).to.deep.equal(['select', 'select', 'select']);
  });

  it('write a few rows with each statement, for the price of a CASE grows with the square of its keys', async () => {
    await manyMessages(250);
    const writes = ['insert', 'insert', 'insert', 'update', 'update', 'update'];
    expect(await asked(PHONE)).to.deep.equal(['select', 'select', 'select', ...writes]);
    expect(await conversions()).to.have.lengthOf(250);
    const columns = (_: unknown, n: number) => [1, n + 1, NOON + n * 60 * SECOND + SECOND];
    expect(await documented()).to.deep.equal(Array.from({ length: 250 }, columns));
    await setStatus('failed');
    const taken = ['delete', 'delete', 'delete', 'update', 'update', 'update'];
    expect(await asked(PHONE)).to.deep.equal(['select', 'select', 'select', ...taken]);
    expect(await conversions()).to.deep.equal([]);
  });

  it('are worked out from four times the messages of a person by reading hardly more than four times the rows', async () => {
    expect(await rowsRead(800)).to.be.below(6 * (await rowsRead(200)));
  });

  describe('worked out anew', () => {
    it('find the order that was mirrored before its message settled', async () => {
      await message({ status: 'unknown' });
      await save(order(7));
      expect(await documented()).to.deep.equal([NONE]);
      await setStatus('delivered');
      expect(await heal()).to.equal(1);
      expect(await documented()).to.deep.equal([[1, 7, NOON + DAY]]);
      expect(await heal()).to.equal(0);
    });

    it('take back what a message that failed after all had brought', async () => {
      await message();
      await save(order(7));
      await setStatus('failed');
      expect(await heal()).to.equal(1);
      expect(await conversions()).to.deep.equal([]);
      expect(await documented()).to.deep.equal([NONE]);
    });

    it('look only at people with a message since the moment that is named, that second included', async () => {
      await message({ status: 'unknown' });
      await save(order(7));
      await setStatus('sent');
      expect(await heal(NOON + SECOND)).to.equal(0);
      expect(await heal(NOON)).to.equal(1);
    });

    it('reach everybody, page by page, each once', async () => {
      const people = 450;
      const phoneOf = (number: number) => `+34600${String(number).padStart(6, '0')}`;
      const rows = Array.from({ length: people * 2 }, (_, n) => ({
        customerPhone: phoneOf(n % people),
        campaignType: 'we_miss_you',
        status: 'unknown',
        // Many in the same second, so that pages end in the midst of one.
        sentAt: new Date(NOON - Math.floor(n / 300) * SECOND),
      }));
      await database().query((orm) => orm.insert(database().tables.reengagementLog).values(rows));
      await save(...Array.from({ length: people }, (_, n) => order(n + 1, { phone: phoneOf(n) })));
      await setStatus('sent');
      const told: number[] = [];
      expect(await attributeSince(database(), 0, RULES, (done) => told.push(done))).to.equal(people);
      expect(told).to.deep.equal([200, 400, 450]);
      expect(await heal()).to.equal(0);
    });

    it('reach a person whose newest row is older than the moment that is named, for rows are not sent in their order', async () => {
      await message({ status: 'unknown' });
      await message({ sentAt: NOON - 2 * DAY, status: 'failed' });
      await save(order(7));
      await setStatus('sent');
      expect(await heal(NOON)).to.equal(1);
    });

    it('wait for whoever writes an order of the same person', async () => {
      await message();
      await save(order(7));
      await setStatus('failed');
      const other = openDatabase({ ...database.options(), poolSize: 1 });
      const steps: string[] = [];
      const healed = await other.transaction(async (tx) => {
        await addCustomers(other, tx, [PHONE]);
        const work = heal().then((changed) => steps.push(`${changed} changed`));
        await until(isLocking);
        steps.push('the other is done');
        return { work };
      });
      await healed.work;
      await other.close();
      expect(steps).to.deep.equal(['the other is done', '1 changed']);
    });

    it('pass over what is no phone', async () => {
      await message({ phone: 'somebody é' });
      await message();
      expect(await heal()).to.equal(0);
    });
  });

  it('neither double nor get lost where two write the same people at once', async () => {
    const phones = Array.from({ length: 20 }, (_, n) => `+346000000${n + 10}`);
    for (const phone of phones) await message({ phone });
    const orders = phones.flatMap((phone, n) => [order(n + 1, { phone }), order(n + 101, { phone, total: '5.00' })]);
    const other = openDatabase({ ...database.options(), poolSize: 4 });
    const pages = Array.from({ length: 8 }, (_, n) => (n % 2 === 0 ? orders : orders.toReversed()));
    await Promise.all([
      ...pages.map((page, n) => saveOrders(n % 2 === 0 ? database() : other, page, RULES)),
      heal(),
      attributeSince(other, 0, RULES),
    ]);
    await other.close();
    expect((await conversions()).map(({ orderId }) => orderId)).to.deep.equal(
      orders.map(({ id }) => id).sort((a, b) => a - b),
    );
    expect(await documented()).to.deep.equal(phones.map((_, n) => [1, n + 1, NOON + DAY]));
    expect(await heal()).to.equal(0);
  });
});
