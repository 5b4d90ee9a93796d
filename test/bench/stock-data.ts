import { DAY } from '../../src/lib/clock.js';
import type { BenchSchema } from './database.js';
import { analyze, chance, daysAgo, fillPeople, makeNumbers, numbers, phoneOf, scattered } from './fill.js';
import { stubProduct } from './stub-product.js';
import type { StubRow } from './stub-shop.js';

export interface StockSize {
  readonly products: number;
  /** Products that are back. */
  readonly back: number;
  readonly views: number;
  readonly people: number;
}

const VIEWS_EACH = 5;
const BACK_IN = 5;

export function stockSize(products: number): StockSize {
  const views = products * 50;
  return { products, back: products / BACK_IN, views, people: views / VIEWS_EACH };
}

/** Each person waits for five products. Half of them agreed to messages, and one in ten had one this week. */
export async function fillStock(schema: BenchSchema, { products, views, people }: StockSize, now: number) {
  const { query, table } = schema;
  await makeNumbers(schema, views);
  const shoppers = {
    count: people,
    ordersEach: 2,
    lastPaidAt: daysAgo(now, `40 + ${chance('c', 'paid')} % 300`),
    orderTotal: '40',
    orderConsent: 'c % 2',
    productId: `(${products} + 1 + ${chance('n', 'item')} % 1000)`,
  };
  await fillPeople(schema, shoppers, async () => {
    await query(`
    INSERT INTO ${table('product_views')} (customer_phone, product_id, price_at_view, in_stock, viewed_at, source)
    SELECT ${phoneOf(scattered('n', people))}, 1 + ${chance('n', 'product')} % ${products}, 20, 0,
      ${daysAgo(now, `${chance('n', 'seen')} % 8640 / 8640 * 29`)}, 'reengaged' FROM ${numbers(views)}`);
    await query(`
    INSERT INTO ${table('reengagement_log')} (customer_phone, campaign_type, message_id, status, sent_at)
    SELECT ${phoneOf('c')}, 'we_miss_you', CONCAT('wamid.', c), 'delivered', ${daysAgo(now, '2')}
    FROM (SELECT n AS c FROM ${numbers(people)}) AS customers WHERE ${chance('c', 'log')} % 10 = 0`);
  });
  await analyze(schema);
}

/** SQL: how many of those who wait for what is back may be written to. */
export function toldOf({ table }: BenchSchema): string {
  return `
    SELECT COUNT(DISTINCT v.customer_phone) AS people FROM ${table('product_views')} v
    JOIN ${table('reengagement_customers')} c ON c.phone = v.customer_phone AND c.order_consent = 1
    LEFT JOIN ${table('reengagement_log')} l ON l.customer_phone = v.customer_phone
    WHERE v.product_id % ${BACK_IN} = 0 AND l.id IS NULL`;
}

/** Everything that somebody waits for; every fifth can be bought again. */
export function stockProducts({ products }: StockSize, now: number): StubRow[] {
  return Array.from({ length: products }, (_, index) =>
    stubProduct({
      id: index + 1,
      createdAt: now - 1_000 * DAY + index * 10_000,
      price: '20.00',
      inStock: (index + 1) % BACK_IN === 0,
      categoryId: 1 + (index % 20),
    }),
  );
}
