import { expect } from 'chai';
import { eq, sql } from 'drizzle-orm';
import { AppError, isAppError } from '../../src/lib/errors.js';
import { fromJson } from '../../src/db/json.js';
import { openDatabase, type Database, type Orm } from '../../src/db/pool.js';
import { useDatabase, useServer } from '../support/database.js';

const PHONE = '+34612345678';
const AT = new Date('2026-03-02T09:00:00Z');

async function rowsOf(orm: Orm, query: ReturnType<typeof sql>): Promise<Record<string, unknown>[]> {
  const [rows] = await orm.execute(query);
  return rows as unknown as Record<string, unknown>[];
}

async function failureOf(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof AppError)) throw new Error(`no AppError but ${String(error)}`);
  return error;
}

const everythingIn = (error: unknown): string =>
  error instanceof Error
    ? [error.message, error.stack, JSON.stringify(error), everythingIn(error.cause)].join('\n')
    : String(error);

describe('sessions of the pool', () => {
  const database = useDatabase({ poolSize: 5 });
  const SESSION = sql`SELECT @@SESSION.time_zone AS zone, @@SESSION.sql_mode AS mode, @@SESSION.tx_isolation AS isolation,
    @@SESSION.wait_timeout AS timeout, CONNECTION_ID() AS id, SLEEP(0.05) AS s`;

  it('are READ COMMITTED, UTC and strict on every connection from its first query on', async () => {
    const rows = (
      await Promise.all(Array.from({ length: 5 }, () => database().query((o) => rowsOf(o, SESSION))))
    ).flat();
    expect(new Set(rows.map(({ id }) => id)).size).to.equal(5);
    for (const row of rows) {
      expect(row).to.include({ zone: '+00:00', isolation: 'READ-COMMITTED', timeout: 600 });
      expect(String(row['mode']).split(',')).to.have.members([
        'STRICT_TRANS_TABLES',
        'ONLY_FULL_GROUP_BY',
        'ERROR_FOR_DIVISION_BY_ZERO',
        'NO_ENGINE_SUBSTITUTION',
      ]);
    }
  });

  it('are so inside a transaction, on a connection that the transaction opened', async () => {
    const { poolSize, ...where } = { poolSize: 1, ...database.options() };
    const own = openDatabase({ ...where, poolSize });
    const [row] = await own.transaction((tx) => rowsOf(tx, SESSION));
    await own.close();
    expect(row).to.include({ zone: '+00:00', isolation: 'READ-COMMITTED' });
  });

  it('give a moment back as it was written, whatever the zone of the server', async () => {
    const { watermarks } = database().tables;
    await database().query((o) => o.insert(watermarks).values({ name: 'moment', value: 1, updatedAt: AT }));
    const [row] = await database().query((o) => o.select().from(watermarks).where(eq(watermarks.name, 'moment')));
    const [raw] = await database().query((o) => rowsOf(o, sql`SELECT updated_at AS at FROM ${watermarks}`));
    expect(row?.updatedAt).to.deep.equal(AT);
    expect(raw?.['at']).to.equal('2026-03-02 09:00:00.000');
  });
});

describe('counts and values that the pool gives back', () => {
  const database = useDatabase();

  beforeEach(async () => {
    const { customers } = database().tables;
    await database().query(async (o) => {
      await o.delete(customers);
      await o.insert(customers).values({ phone: PHONE, firstName: 'Ana', lifetimeValues: { EUR: '10.50' } });
    });
  });

  it('count no row for an UPDATE that changes nothing', async () => {
    const { customers } = database().tables;
    const set = (firstName: string) =>
      database().query((o) => o.update(customers).set({ firstName }).where(eq(customers.phone, PHONE)));
    expect((await set('Ana'))[0].affectedRows).to.equal(0);
    expect((await set('Eva'))[0].affectedRows).to.equal(1);
  });

  it('count no row for an INSERT that meets a duplicate and leaves it alone', async () => {
    const { customers } = database().tables;
    const insert = (phone: string) =>
      database().query((o) =>
        o
          .insert(customers)
          .values({ phone })
          .onDuplicateKeyUpdate({ set: { phone: sql`phone` } }),
      );
    expect((await insert(PHONE))[0].affectedRows).to.equal(0);
    expect((await insert('+34600000000'))[0].affectedRows).to.equal(1);
  });

  it('read JSON columns as values, also in an expression', async () => {
    const { customers } = database().tables;
    const [row] = await database().query((o) =>
      o.select({ values: customers.lifetimeValues, upper: sql`UPPER(${customers.firstName})` }).from(customers),
    );
    expect(row).to.deep.equal({ values: { EUR: '10.50' }, upper: 'ANA' });
  });

  it('write a backslash and a quote in a text as they are', async () => {
    const { customers } = database().tables;
    const firstName = String.raw`O'Neil \ "x" 😀`;
    await database().query((o) => o.update(customers).set({ firstName }));
    const [row] = await database().query((o) => o.select().from(customers));
    expect(row?.firstName).to.equal(firstName);
  });
});

describe('fromJson', () => {
  it('parses the text of one server, and keeps the value of the other', () => {
    expect(fromJson('{"a":[1,null]}')).to.deep.equal({ a: [1, null] });
    expect(fromJson({ a: 1 })).to.deep.equal({ a: 1 });
  });

  it('gives a text that is no JSON back as it stands', () => {
    expect(fromJson('')).to.equal('');
    expect(fromJson('a:1:{i:0;')).to.equal('a:1:{i:0;');
  });
});

describe('transactions of the pool', () => {
  const database = useDatabase({ poolSize: 2 });
  const insert = (orm: Orm, name: string) =>
    orm.insert(database().tables.watermarks).values({ name, value: 0, updatedAt: AT });
  const names = async () =>
    (await database().query((o) => o.select().from(database().tables.watermarks))).map(({ name }) => name);

  it('are undone when their work throws, and hand that error on', async () => {
    const oops = new Error('oops');
    const failed = await database()
      .transaction(async (tx) => {
        await insert(tx, 'undone');
        throw oops;
      })
      .catch((error: unknown) => error);
    expect(failed).to.equal(oops);
    expect(await names()).not.to.include('undone');
  });

  it('give their connection back when they fail', async () => {
    for (let n = 0; n < 5; n++) await failureOf(database().transaction((tx) => tx.execute(sql`SELECT nonsense`)));
    await database().transaction((tx) => insert(tx, 'after failures'));
    expect(await names()).to.include('after failures');
  });

  it('run again from the start after a deadlock, and both end well', async () => {
    await database().query(async (o) => {
      await insert(o, 'a');
      await insert(o, 'b');
    });
    const { watermarks } = database().tables;
    const lock = (tx: Orm, name: string) =>
      tx
        .update(watermarks)
        .set({ value: sql`value + 1` })
        .where(eq(watermarks.name, name));
    let tries = 0;
    let bothHoldOne: (() => void) | undefined;
    const meeting = new Promise<void>((resolve) => (bothHoldOne = resolve));
    let holding = 0;
    const cross = (first: string, second: string) =>
      database().transaction(async (tx) => {
        tries += 1;
        await lock(tx, first);
        holding += 1;
        if (holding === 2) bothHoldOne?.();
        await meeting;
        await lock(tx, second);
      });
    await Promise.all([cross('a', 'b'), cross('b', 'a')]);
    const rows = await database().query((o) =>
      o
        .select()
        .from(watermarks)
        .where(sql`name IN ('a', 'b')`),
    );
    expect(rows.map(({ value }) => Number(value))).to.deep.equal([2, 2]);
    expect(tries).to.equal(3);
  });

  it('stop trying after a bounded number of lock timeouts, with DB_BUSY', async () => {
    await database().query((o) => insert(o, 'held'));
    const { watermarks } = database().tables;
    let tries = 0;
    const error = await database().transaction(async (holder) => {
      await holder.update(watermarks).set({ value: 1 }).where(eq(watermarks.name, 'held'));
      return failureOf(
        database().transaction(async (tx) => {
          tries += 1;
          await tx.execute(sql`SET SESSION innodb_lock_wait_timeout = 0`);
          await tx.update(watermarks).set({ value: 2 }).where(eq(watermarks.name, 'held'));
        }),
      );
    });
    expect(error.code).to.equal('DB_BUSY');
    expect(error.retryable).to.equal(true);
    expect(tries).to.equal(6);
  });
});

describe('errors of the pool', () => {
  const database = useDatabase();
  const server = useServer();

  async function openedWith(change: object, work: (other: Database) => Promise<unknown>): Promise<AppError> {
    const other = openDatabase({ ...database.options(), poolSize: 1, ...change });
    const error = await failureOf(work(other));
    await other.close();
    return error;
  }

  it('hold no parameter and no statement, neither in the message nor in the cause', async () => {
    const { customers } = database().tables;
    const insert = (firstName: string) =>
      failureOf(database().query((o) => o.insert(customers).values([{ phone: PHONE, firstName }, { phone: PHONE }])));
    const duplicate = await insert('Ana');
    expect(duplicate.code).to.equal('DB_QUERY');
    expect(duplicate.message).to.match(/ER_DUP_ENTRY \(1062\) for key \S*PRIMARY/);
    const tooLong = await insert('Secret'.repeat(50));
    expect(tooLong.message).to.contain('for column first_name');
    for (const error of [duplicate, tooLong]) {
      expect(everythingIn(error)).not.to.match(/612345678|Ana|Secret|insert into/i);
    }
  });

  it('hold nothing of a statement that the server cannot parse', async () => {
    const error = await failureOf(database().query((o) => o.execute(sql`SELEC ${PHONE} FROM`)));
    expect(error.code).to.equal('DB_QUERY');
    expect(everythingIn(error)).not.to.match(/612345678|SELEC/);
  });

  it('say SCHEMA_OUTDATED for a missing table and a missing column, with its name', async () => {
    const table = await openedWith({ tablePrefix: 'nowhere_' }, (o) =>
      o.query((q) => q.select().from(o.tables.actions)),
    );
    const column = await failureOf(
      database().query((o) => o.execute(sql`SELECT nonsense FROM ${database().tables.actions}`)),
    );
    expect(table.code).to.equal('SCHEMA_OUTDATED');
    expect(table.message).to.contain('nowhere_reengagement_actions');
    expect(column.code).to.equal('SCHEMA_OUTDATED');
    expect(column.message).to.contain('nonsense');
  });

  it('say DB_DENIED for a wrong password, another schema and a missing privilege', async () => {
    const ping = (o: Database) => o.ping();
    expect((await openedWith({ password: 'wrong' }, ping)).code).to.equal('DB_DENIED');
    expect((await openedWith({ name: 'mysql' }, ping)).code).to.equal('DB_DENIED');
    const lacking = await failureOf(database().query((o) => o.execute(sql`SET GLOBAL max_connections = 5`)));
    expect(lacking.code).to.equal('DB_DENIED');
  });

  it('say DB_UNKNOWN_SCHEMA where the schema does not exist', async () => {
    const { user, password } = server().database;
    const error = await openedWith({ user, password, name: 'no_such_schema' }, (o) => o.ping());
    expect(error.code).to.equal('DB_UNKNOWN_SCHEMA');
  });

  it('say DB_UNREACHABLE where nothing listens, with the place', async () => {
    const error = await openedWith({ port: 1 }, (o) => o.ping());
    expect(error.code).to.equal('DB_UNREACHABLE');
    expect(error.message).to.equal('The database at 127.0.0.1:1 cannot be reached: ECONNREFUSED.');
    const socket = await openedWith({ socket: '/nowhere/s.sock' }, (o) => o.ping());
    expect(socket.message).to.contain('/nowhere/s.sock');
    const closed = await openedWith({}, async (o) => {
      await o.close();
      return o.ping();
    }).catch((error: unknown) => error);
    expect(isAppError(closed, 'DB_UNREACHABLE')).to.equal(true);
  });

  it('say DB_UNREACHABLE for a connection killed in a transaction, and the pool goes on', async () => {
    const error = await failureOf(
      database().transaction(async (tx) => {
        const [row] = await rowsOf(tx, sql`SELECT CONNECTION_ID() AS id`);
        await server().admin(`KILL ${Number(row?.['id'])}`);
        await tx.execute(sql`SELECT 1`);
      }),
    );
    expect(error.code).to.equal('DB_UNREACHABLE');
    await database().ping();
  });
});
