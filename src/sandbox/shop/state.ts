import type { Clock } from '../../lib/clock.js';
import { AppError } from '../../lib/errors.js';
import { type SiteTime, wholeSecond } from './site-time.js';

/** Instants are milliseconds since the epoch, whole seconds; amounts are decimal strings. */

export interface Meta {
  readonly id: number;
  readonly key: string;
  readonly value: unknown;
}

export interface Address {
  readonly first_name: string;
  readonly last_name: string;
  readonly company: string;
  readonly address_1: string;
  readonly address_2: string;
  readonly city: string;
  readonly state: string;
  readonly postcode: string;
  readonly country: string;
  readonly email: string;
  readonly phone: string;
}

export type StockStatus = 'instock' | 'outofstock' | 'onbackorder';
export type ProductStatus = 'publish' | 'draft' | 'pending' | 'private' | 'trash';

export interface Product {
  readonly id: number;
  readonly type: 'simple' | 'variable' | 'variation' | 'grouped' | 'external';
  readonly parentId: number;
  name: string;
  slug: string;
  status: ProductStatus;
  sku: string;
  description: string;
  shortDescription: string;
  /** '' for a product without a price. */
  regularPrice: string;
  salePrice: string;
  stockStatus: StockStatus;
  /** Null unless the product manages stock. */
  stockQuantity: number | null;
  categories: readonly number[];
  /** Of a variable product: the name its variations differ in. Of a variation: the same name and its own value. */
  attribute: { readonly name: string; readonly option: string } | null;
  variationIds: readonly number[];
  createdAt: number;
  modifiedAt: number;
}

export interface Category {
  readonly id: number;
  readonly name: string;
  readonly slug: string;
}

export interface Customer {
  readonly id: number;
  readonly role: string;
  readonly username: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly billing: Address;
  readonly meta: readonly Meta[];
  payingCustomer: boolean;
  readonly createdAt: number;
  modifiedAt: number;
}

export interface LineItem {
  readonly id: number;
  readonly name: string;
  readonly parentName: string | null;
  readonly productId: number;
  readonly variationId: number;
  readonly quantity: number;
  readonly total: string;
  readonly sku: string;
  readonly meta: readonly { id: number; key: string; value: string; display_key: string; display_value: string }[];
}

export interface Refund {
  readonly id: number;
  readonly amount: string;
  readonly reason: string;
  readonly createdAt: number;
  readonly meta: readonly Meta[];
}

export const ORDER_STATUSES = [
  'pending',
  'processing',
  'on-hold',
  'completed',
  'cancelled',
  'refunded',
  'failed',
  'checkout-draft',
] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number] | 'trash';

export interface Order {
  readonly id: number;
  readonly key: string;
  status: OrderStatus;
  readonly currency: string;
  readonly customerId: number;
  readonly billing: Address;
  readonly items: readonly LineItem[];
  readonly couponLines: readonly { id: number; code: string; discount: string }[];
  readonly total: string;
  readonly meta: readonly Meta[];
  readonly refunds: Refund[];
  readonly createdAt: number;
  modifiedAt: number;
  paidAt: number | null;
  completedAt: number | null;
}

export interface Coupon {
  readonly id: number;
  code: string;
  status: string;
  amount: string;
  discountType: string;
  description: string;
  expiresAt: number | null;
  individualUse: boolean;
  freeShipping: boolean;
  excludeSaleItems: boolean;
  productIds: readonly number[];
  excludedProductIds: readonly number[];
  productCategories: readonly number[];
  excludedProductCategories: readonly number[];
  usageLimit: number;
  usageLimitPerUser: number;
  limitUsageToXItems: number;
  minimumAmount: string;
  maximumAmount: string;
  emailRestrictions: readonly string[];
  usageCount: number;
  usedBy: readonly string[];
  meta: readonly Meta[];
  readonly createdAt: number;
  modifiedAt: number;
}

export interface ShopSettings {
  readonly currency: string;
  readonly decimals: number;
  readonly wooVersion: string;
}

/** Everything the pretend shop knows. */
export interface ShopState {
  settings: ShopSettings;
  time: SiteTime;
  readonly products: Map<number, Product>;
  readonly categories: Map<number, Category>;
  readonly customers: Map<number, Customer>;
  readonly orders: Map<number, Order>;
  readonly coupons: Map<number, Coupon>;
  /** The site's address, without a slash at the end. */
  home: string;
  /** The clock, down to the second. */
  now(): number;
  /** The next id of a counter. Products, orders, refunds and coupons share one, as WordPress posts do. */
  nextId(counter: 'post' | 'user' | 'item' | 'meta' | 'term'): number;
  /** Orders by ascending modification time, then id; sorted again only after `ordersChanged`. */
  ordersByModified(): readonly Order[];
  ordersChanged(): void;
}

export const UNCATEGORIZED: Category = { id: 15, name: 'Uncategorized', slug: 'uncategorized' };

export function createState(settings: ShopSettings, time: SiteTime, clock: Pick<Clock, 'now'>): ShopState {
  const counters = { post: 10, user: 2, item: 1, meta: 1, term: 16 };
  const orders = new Map<number, Order>();
  let sorted: Order[] | undefined;
  return {
    settings,
    time,
    products: new Map(),
    categories: new Map([[UNCATEGORIZED.id, UNCATEGORIZED]]),
    customers: new Map(),
    orders,
    coupons: new Map(),
    home: '',
    now: () => wholeSecond(clock.now()),
    nextId: (counter) => counters[counter]++,
    ordersByModified: () =>
      (sorted ??= [...orders.values()].sort((a, b) => a.modifiedAt - b.modifiedAt || a.id - b.id)),
    ordersChanged: () => {
      sorted = undefined;
    },
  };
}

/** What the shop has under that id; a scenario that names another one is wrong. */
export function must<T>(map: ReadonlyMap<number, T>, id: number, what: string): T {
  const found = map.get(id);
  if (found === undefined) throw new AppError('INTERNAL', `The pretend shop has no ${what} ${id}.`);
  return found;
}

export const slugify = (name: string): string =>
  name
    .toLowerCase()
    .replace(/<[^>]*>|&[a-z0-9#]+;/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

/** `date_x` and `date_x_gmt`, as every date comes. */
export function datePair<K extends string>(
  key: K,
  at: number | null,
  time: SiteTime,
): Record<K | `${K}_gmt`, string | null> {
  return { [key]: at === null ? null : time.local(at), [`${key}_gmt`]: at === null ? null : time.gmt(at) } as Record<
    K | `${K}_gmt`,
    string | null
  >;
}
