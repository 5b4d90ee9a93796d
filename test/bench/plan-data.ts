import { DAY } from '../../src/lib/clock.js';
import type { BenchSchema } from './database.js';
import { analyze, chance, daysAgo, fillPeople, makeNumbers, numbers, phoneOf, scattered } from './fill.js';
import type { StubRow } from './stub-shop.js';
import { stubProduct } from './stub-product.js';

/** Of ten customers one is to be written to, three more are inactive and never agreed, and six bought in the last two months. */
const TARGETS_IN = 10;
const ORDERS_EACH = 3;
const VIEWS_EACH = 2;
const CATEGORIES = 20;
/** New products come in the first few categories, which only those bought from to whom new arrivals are told. */
const NEW_CATEGORIES = 4;

const isTarget = `c % ${TARGETS_IN} = 0`;
/** 0 to 4, in the order of priority: back in stock, price drop, loyalty reward, new arrivals, we miss you. */
const typeOf = `(FLOOR(c / ${TARGETS_IN}) % 5)`;
const consentBy = `(FLOOR(c / ${TARGETS_IN * 5}) % 10)`;
const targetOf = (type: number) => `${isTarget} AND ${typeOf} = ${type}`;

export interface PlanSize {
  readonly customers: number;
  /** Inactive, and agreed to messages. */
  readonly targets: number;
  readonly products: number;
}

/** One product for 200 customers, and of 25 products one is new. */
export function planSize(customers: number): PlanSize {
  return { customers, targets: customers / TARGETS_IN, products: customers / 200 };
}

const firstNew = (products: number) => Math.floor(products * 0.96) + 1;

/** SQL: one of the products that are not new, in one of `categories` from `first` on. */
const productIn = (products: number, n: string, first: string, categories: string) =>
  `(1 + ${first} + ${chance(n, 'item')} % (${categories}) + ${CATEGORIES} * (FLOOR(${chance(n, 'item')} / 100) % ${Math.floor((firstNew(products) - 1) / CATEGORIES)}))`;
/** Every product's price, and every tenth is out of stock. */
const price = (id: string) => `(10 + ${id} % 90)`;

export async function fillPlan(schema: BenchSchema, { customers, products }: PlanSize, now: number): Promise<void> {
  const { query, table } = schema;
  await makeNumbers(schema, customers * ORDERS_EACH);
  const newcomer = targetOf(3);
  const shoppers = {
    count: customers,
    ordersEach: ORDERS_EACH,
    lastPaidAt: daysAgo(
      now,
      `IF(c % ${TARGETS_IN} < 4, 61 + ${chance('c', 'paid')} % 300, 1 + ${chance('c', 'paid')} % 58)`,
    ),
    orderTotal: `IF(${targetOf(2)}, 250, 40)`,
    orderConsent: `IF(${isTarget}, IF(${consentBy} < 6, 1, NULL), IF(c % ${TARGETS_IN} > 6, 1, NULL))`,
    productId: productIn(
      products,
      'n',
      `IF(${newcomer}, 0, ${NEW_CATEGORIES})`,
      `IF(${newcomer}, ${NEW_CATEGORIES}, ${CATEGORIES - NEW_CATEGORIES})`,
    ),
  };
  await fillPeople(schema, shoppers, async () => {
    await query(`
    INSERT INTO ${table('reengagement_consent')} (phone, decision, source, decided_at)
    SELECT ${phoneOf('c')}, 'grant', 'paper form', ${daysAgo(now, '200')} FROM (SELECT n AS c FROM ${numbers(customers)}) AS customers
    WHERE ${isTarget} AND ${consentBy} BETWEEN 6 AND 8`);
    await query(`
    INSERT INTO ${table('customer_profiles')} (phone, name, opt_in_marketing, created_at, updated_at)
    SELECT ${phoneOf('c')}, 'Ana Ruiz', ${isTarget} AND ${consentBy} = 9, ${daysAgo(now, '200')}, ${daysAgo(now, '100')}
    FROM (SELECT n AS c FROM ${numbers(customers)}) AS customers WHERE c % 5 = 0`);
    await query(`
    INSERT INTO ${table('reengagement_log')} (customer_phone, campaign_type, message_id, status, sent_at)
    SELECT ${phoneOf('c')}, 'we_miss_you', CONCAT('wamid.', c), 'delivered', ${daysAgo(now, `400 + ${chance('c', 'sent')} % 200`)}
    FROM (SELECT n AS c FROM ${numbers(customers)}) AS customers WHERE ${chance('c', 'log')} % 10 < 3`);
    await fillViews(schema, customers, products, now);
  });
  await analyze(schema);
}

/** Of each customer two; the first view of a target makes its type. Products of five categories, none of them out of stock. */
async function fillViews({ query, table }: BenchSchema, customers: number, products: number, now: number) {
  const decides = (type: number) => `(n < ${customers} AND ${targetOf(type)})`;
  await query(`
    INSERT INTO ${table('product_views')} (customer_phone, product_id, price_at_view, in_stock, viewed_at, source)
    SELECT ${phoneOf('c')}, product, IF(${decides(1)}, ${price('product')} * 1.25, ${price('product')}), NOT ${decides(0)},
      ${daysAgo(now, `${chance('n', 'seen')} % 8640 / 8640 * IF(${decides(0)} OR ${decides(1)}, 29, 90)`)}, 'reengaged'
    FROM (SELECT n, ${scattered('n', customers)} AS c, ${productIn(products, 'n', String(NEW_CATEGORIES), '5')} AS product
      FROM ${numbers(customers * VIEWS_EACH)}) AS views`);
}

/** The shop's catalogue: categories by id, the new products in the first few. */
export function planProducts({ products }: PlanSize, now: number): StubRow[] {
  return Array.from({ length: products }, (_, index) => {
    const id = index + 1;
    const isNew = id >= firstNew(products);
    const age = (isNew ? 50 : 1_000) * DAY - index * 10_000;
    return stubProduct({
      id,
      createdAt: now - age,
      price: `${10 + (id % 90)}.00`,
      inStock: isNew || id % 10 !== 0,
      categoryId: isNew ? (id % NEW_CATEGORIES) + 1 : ((id - 1) % CATEGORIES) + 1,
    });
  });
}
