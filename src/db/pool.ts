import type { Duplex } from 'node:stream';
import { sql } from 'drizzle-orm';
import type { MySqlDatabase } from 'drizzle-orm/mysql-core';
import { drizzle, type MySql2PreparedQueryHKT, type MySql2QueryResultHKT } from 'drizzle-orm/mysql2';
import { createPool, type PoolConnection } from 'mysql2';
import type { Pool } from 'mysql2/promise';
import { systemClock, type Clock } from '../lib/clock.js';
import { isContention, translateDatabaseError } from './errors.js';
import { connectionOptions, IDLE_TIMEOUT_MS, placeOf, SESSION_STATEMENTS, type DatabaseOptions } from './session.js';
import { makeTables, type Tables } from './tables.js';

/** What repository functions get, inside a transaction and outside: drizzle without `transaction`, for only Database begins one. */
export type Orm = Omit<MySqlDatabase<MySql2QueryResultHKT, MySql2PreparedQueryHKT>, 'transaction'>;

export interface PoolOptions extends DatabaseOptions {
  readonly poolSize: number;
  /** Waits between two tries after a deadlock. Default: the system's. */
  readonly clock?: Clock;
  /** From 0 up to 1, spreads those waits. Default: Math.random. */
  readonly random?: () => number;
}

/** Every error that leaves is an AppError DB_* or SCHEMA_OUTDATED, or what `work` itself threw. */
export interface Database {
  readonly tables: Tables;
  readonly prefix: string;
  /** Without a transaction: each statement commits by itself. After a deadlock `work` runs again as a whole. */
  query<T>(work: (orm: Orm) => Promise<T>): Promise<T>;
  /** One transaction on one connection. After a deadlock or a lock timeout it is rolled back and `work` runs again from its start. */
  transaction<T>(work: (tx: Orm) => Promise<T>): Promise<T>;
  ping(): Promise<void>;
  /** Lets what is under way end, then closes every connection. */
  close(): Promise<void>;
}

const MAX_TRIES = 6;
const BACK_OFF_MS = 20;

/** Opens nothing yet: the first query does. */
export function openDatabase(options: PoolOptions): Database {
  const pool = openPool(options);
  const orm = drizzle(pool);
  const retrying = retryOnContention(options.clock ?? systemClock, options.random ?? Math.random);
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await retrying(work);
    } catch (error) {
      throw translateDatabaseError(error, placeOf(options));
    }
  };
  const query = <T>(work: (orm: Orm) => Promise<T>) => guarded(() => work(orm));
  return {
    tables: makeTables(options.tablePrefix),
    prefix: options.tablePrefix,
    query,
    transaction: (work) => guarded(() => runTransaction(pool, work)),
    ping: async () => {
      await query((o) => o.execute(sql`SELECT 1`));
    },
    close: () => pool.end(),
  };
}

function openPool(options: PoolOptions): Pool {
  const pool = createPool({
    ...connectionOptions(options),
    connectionLimit: options.poolSize,
    // One below the limit, or else the driver never looks for idle connections.
    maxIdle: options.poolSize - 1,
    idleTimeout: IDLE_TIMEOUT_MS,
    gracefulEnd: true,
  });
  pool.on('connection', prepareSession);
  return pool.promise();
}

/** The driver queues commands for each connection, so these are answered before the query that opened it. */
function prepareSession(connection: PoolConnection): void {
  // The pool listens once only; a second error on a dead connection would end the process. The queries hear of it anyway.
  connection.on('error', () => undefined);
  for (const statement of SESSION_STATEMENTS) {
    connection.query(statement, (error) => {
      if (error === null || error.fatal) return;
      // A session of another kind must never serve a query: the query that waits fails with this error.
      (connection as unknown as { readonly stream: Duplex }).stream.destroy(error);
    });
  }
}

/** Not drizzle's own transaction: that one loses the connection when BEGIN fails, and the first error when ROLLBACK does. */
async function runTransaction<T>(pool: Pool, work: (tx: Orm) => Promise<T>): Promise<T> {
  const connection = await pool.getConnection();
  try {
    await connection.query('BEGIN');
    const result = await work(drizzle(connection));
    await connection.query('COMMIT');
    return result;
  } catch (error) {
    await connection.query('ROLLBACK').catch(() => {
      connection.destroy();
    });
    throw error;
  } finally {
    connection.release();
  }
}

function retryOnContention(clock: Clock, random: () => number) {
  return async <T>(work: () => Promise<T>): Promise<T> => {
    for (let tried = 1; ; tried++) {
      try {
        return await work();
      } catch (error) {
        if (tried === MAX_TRIES || !isContention(error)) throw error;
        await clock.sleep(BACK_OFF_MS * tried * (0.5 + random()));
      }
    }
  };
}
