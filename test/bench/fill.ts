import type { BenchSchema } from './database.js';

/** Data are made by the server, in sets, out of a table of numbers and a hash of them: the same rows at every run, but for the time of day. */
const SEED = 7;
/** Prime, and so a permutation of any size here: neighbours in time are not neighbours by phone. */
const STEP = 7_919;

/** SQL: a number from 0 up to below 2^32 that depends on the expression `n`, another for each `salt`. */
export const chance = (n: string, salt: string) => `CRC32(CONCAT(${n}, '/${salt}/${SEED}'))`;
/** SQL: the person whom row `n` of a table with more rows than `people` belongs to. */
export const scattered = (n: string, people: number) => `((${n} * ${STEP}) % ${people})`;
/** SQL: a Spanish mobile for each whole number. */
export const phoneOf = (n: string) => `CONCAT('+346', LPAD(${n}, 8, '0'))`;
/** SQL: so many days before now, to the second. */
export const daysAgo = (now: number, days: string) =>
  `FROM_UNIXTIME(${Math.floor(now / 1_000)} - CAST((${days}) * 86400 AS SIGNED))`;

/** SQL: the rows `n` from 0 up to below `count`. */
export const numbers = (count: number) => `(SELECT n FROM bench_numbers WHERE n < ${count}) AS numbers`;

export async function makeNumbers({ query }: BenchSchema, count: number): Promise<void> {
  await query('CREATE TABLE bench_numbers (n BIGINT NOT NULL PRIMARY KEY)');
  await query('CREATE TABLE bench_digits (d BIGINT NOT NULL PRIMARY KEY)');
  const base = Math.ceil(Math.sqrt(count));
  await query(`INSERT INTO bench_digits VALUES ${Array.from({ length: base }, (_, d) => `(${d})`).join(', ')}`);
  await query(`
    INSERT INTO bench_numbers SELECT high.d * ${base} + low.d FROM bench_digits AS high JOIN bench_digits AS low
    WHERE high.d * ${base} + low.d < ${count}`);
}

/** How the rows of a shop's customers and orders come out; each value is SQL over the customer's number `c`. */
export interface People {
  readonly count: number;
  readonly ordersEach: number;
  readonly lastPaidAt: string;
  readonly orderTotal: string;
  readonly orderConsent: string;
  /** Over the order's number `n` too. */
  readonly productId: string;
}

const NAMES = "ELT(1 + c % 8, 'Ana', 'Luis', 'Zoë', 'Marta', 'Pau', 'Íñigo', 'Carmen', 'José')";

/** Customers and their orders, with one product each and every other with a second. `others` writes into further tables meanwhile. */
export async function fillPeople(schema: BenchSchema, people: People, others: () => Promise<void>): Promise<void> {
  const { query, table } = schema;
  const orders = people.count * people.ordersEach;
  const ofOrder = `(SELECT n, c, ${people.lastPaidAt} - INTERVAL 90 * (${people.ordersEach - 1} - FLOOR(n / ${people.count})) DAY AS at
    FROM (SELECT n, ${scattered('n', people.count)} AS c FROM ${numbers(orders)}) AS each_order) AS orders`;
  const itemOf = `(SELECT n, ${scattered('n', people.count)} AS c FROM ${numbers(orders)}) AS each_order`;
  const customers = `
    INSERT INTO ${table('reengagement_customers')}
      (phone, first_name, email, country, last_paid_at, paid_orders, lifetime_values, order_consent)
    SELECT ${phoneOf('c')}, ${NAMES}, CONCAT('c', c, '@shop.example'), 'ES', ${people.lastPaidAt}, ${people.ordersEach},
      CONCAT('{"USD":"', (${people.orderTotal}) * ${people.ordersEach}, '.00"}'), ${people.orderConsent}
    FROM (SELECT n AS c FROM ${numbers(people.count)}) AS customers`;
  const written = query(`
    INSERT INTO ${table('reengagement_orders')}
      (order_id, phone, person, customer_id, email, first_name, country, status, currency, total, refunded, created_at, paid_at, modified_at)
    SELECT n + 1, ${phoneOf('c')}, ${phoneOf('c')}, c + 1, CONCAT('c', c, '@shop.example'), ${NAMES}, 'ES', 'completed', 'USD',
      ${people.orderTotal}, 0, at, at, at FROM ${ofOrder}`);
  // Meanwhile, on the other connection.
  const rest = async () => {
    await query(customers);
    await query(`
      INSERT INTO ${table('reengagement_order_items')} (order_id, product_id, variation_id, quantity)
      SELECT n + 1, ${people.productId}, 0, 1 FROM ${itemOf}`);
    // Into the empty table IGNORE would write nothing at all.
    await query(`
      INSERT IGNORE INTO ${table('reengagement_order_items')} (order_id, product_id, variation_id, quantity)
      SELECT n + 1, ${people.productId.replaceAll('/item/', '/second/')}, 0, 2 FROM ${itemOf} WHERE n % 2 = 0`);
    await others();
  };
  await Promise.all([written, rest()]);
}

/** Fresh statistics: a shop's tables were not all written a second ago. */
export async function analyze({ query, table }: BenchSchema): Promise<void> {
  for (const name of ['reengagement_customers', 'reengagement_orders', 'reengagement_order_items', 'product_views'])
    await query(`ANALYZE TABLE ${table(name)}`);
}
