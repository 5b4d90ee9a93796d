import { createHash } from 'node:crypto';
import { AppError } from '../../lib/errors.js';
import { isAtLeast, sum, times } from './money.js';
import { priceOf } from './product-body.js';
import { wholeSecond } from './site-time.js';
import {
  type Address,
  type Customer,
  type LineItem,
  type Meta,
  must,
  type Order,
  type OrderStatus,
  type ShopState,
  slugify,
} from './state.js';

export interface NewCustomer {
  readonly email: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly role?: string;
  readonly billing?: Partial<Address>;
  readonly meta?: readonly { key: string; value: unknown }[];
  readonly createdAt?: number;
}

export interface NewOrder {
  /** 0 or absent: a guest. */
  readonly customerId?: number;
  /** What is absent comes from the customer. */
  readonly billing?: Partial<Address>;
  readonly items: readonly { productId: number; variationId?: number; quantity?: number }[];
  /** Default: processing. */
  readonly status?: OrderStatus;
  /** Default: what the items cost now. */
  readonly total?: string;
  readonly currency?: string;
  /** Codes of coupons the shop has. */
  readonly coupons?: readonly string[];
  readonly meta?: readonly { key: string; value: unknown }[];
  /** Milliseconds. Default: now. */
  readonly createdAt?: number;
  /** Default: `createdAt` for a paid status, otherwise never. */
  readonly paidAt?: number | null;
  /** Default: `paidAt`, or `createdAt`. */
  readonly modifiedAt?: number;
}

const EMPTY: Address = {
  first_name: '',
  last_name: '',
  company: '',
  address_1: '',
  address_2: '',
  city: '',
  state: '',
  postcode: '',
  country: '',
  email: '',
  phone: '',
};

const isPaid = (status: OrderStatus): boolean => status === 'processing' || status === 'completed';

function lineItem(state: ShopState, { productId, variationId = 0, quantity = 1 }: NewOrder['items'][number]): LineItem {
  const product = must(state.products, productId, 'product');
  const variation = variationId === 0 ? undefined : must(state.products, variationId, 'variation');
  if (product.type === 'variation' || (variation !== undefined && variation.parentId !== productId))
    throw new AppError('INTERNAL', `An order names the parent and the variation: ${productId}, ${variationId}.`);
  const option = variation?.attribute;
  return {
    id: state.nextId('item'),
    name: variation === undefined ? product.name : `${product.name} - ${variation.name}`,
    parentName: variation === undefined ? null : product.name,
    productId,
    variationId,
    quantity,
    total: times(priceOf(state, variation ?? product), quantity),
    sku: (variation ?? product).sku,
    meta: option
      ? [
          {
            id: state.nextId('meta'),
            key: `pa_${slugify(option.name)}`,
            value: slugify(option.option),
            display_key: option.name,
            display_value: option.option,
          },
        ]
      : [],
  };
}

/** Counts the coupons as used, as the shop does when an order with them is placed. */
function redeem(state: ShopState, codes: readonly string[], buyer: string): Order['couponLines'] {
  return codes.map((code) => {
    const coupon = [...state.coupons.values()].find((each) => each.code === code.toLowerCase());
    if (coupon === undefined) throw new AppError('INTERNAL', `The pretend shop has no coupon ${code}.`);
    coupon.usageCount += 1;
    coupon.usedBy = [...coupon.usedBy, buyer];
    return { id: state.nextId('item'), code: coupon.code, discount: '0' };
  });
}

const orderKey = (id: number): string =>
  `wc_order_${createHash('sha256').update(`order ${id}`).digest('base64url').replace(/[-_]/g, 'x').slice(0, 13)}`;

function insertOrder(state: ShopState, given: NewOrder): Order {
  const { customerId = 0, status = 'processing' } = given;
  const customer = customerId === 0 ? undefined : must(state.customers, customerId, 'customer');
  const createdAt = wholeSecond(given.createdAt ?? state.now());
  const paid = given.paidAt === undefined && isPaid(status) ? createdAt : (given.paidAt ?? null);
  const paidAt = paid === null ? null : wholeSecond(paid);
  const items = given.items.map((item) => lineItem(state, item));
  const billing = { ...(customer?.billing ?? EMPTY), ...given.billing };
  const id = state.nextId('post');
  const order: Order = {
    id,
    key: orderKey(id),
    status,
    currency: given.currency ?? state.settings.currency,
    customerId,
    billing,
    items,
    couponLines: redeem(state, given.coupons ?? [], customerId === 0 ? billing.email : String(customerId)),
    total: given.total ?? sum(items.map(({ total }) => total)),
    meta: (given.meta ?? []).map(({ key, value }) => ({ id: state.nextId('meta'), key, value })),
    refunds: [],
    createdAt,
    modifiedAt: wholeSecond(given.modifiedAt ?? paidAt ?? createdAt),
    paidAt,
    completedAt: status === 'completed' ? (paidAt ?? createdAt) : null,
  };
  state.orders.set(id, order);
  state.ordersChanged();
  if (customer !== undefined && paidAt !== null) customer.payingCustomer = true;
  return order;
}

/** What a scenario does to customers and orders. Every change bumps the order's modification date. */
export function salesActions(state: ShopState) {
  const metaOf = (meta: NewCustomer['meta'] = []): Meta[] =>
    meta.map(({ key, value }) => ({ id: state.nextId('meta'), key, value }));
  const touch = (id: number): Order => {
    const order = must(state.orders, id, 'order');
    order.modifiedAt = state.now();
    state.ordersChanged();
    return order;
  };
  const setOrderStatus = (id: number, status: OrderStatus): void => {
    const order = touch(id);
    order.status = status;
    if (isPaid(status)) order.paidAt ??= state.now();
    if (status === 'completed') order.completedAt ??= state.now();
  };
  return {
    /** Returns the customer's id. */
    addCustomer(given: NewCustomer): number {
      const createdAt = wholeSecond(given.createdAt ?? state.now());
      const { email, firstName = '', lastName = '' } = given;
      const customer: Customer = {
        id: state.nextId('user'),
        role: given.role ?? 'customer',
        username: email.split('@')[0] ?? email,
        email,
        firstName,
        lastName,
        billing: { ...EMPTY, first_name: firstName, last_name: lastName, email, ...given.billing },
        meta: metaOf(given.meta),
        payingCustomer: false,
        createdAt,
        modifiedAt: createdAt,
      };
      state.customers.set(customer.id, customer);
      return customer.id;
    },
    /** What is named is replaced; billing fields that are not named stay. */
    setCustomer(id: number, changes: Partial<Pick<NewCustomer, 'email' | 'billing' | 'meta'>>): void {
      const customer = must(state.customers, id, 'customer');
      state.customers.set(id, {
        ...customer,
        email: changes.email ?? customer.email,
        billing: { ...customer.billing, ...changes.billing },
        meta: changes.meta === undefined ? customer.meta : metaOf(changes.meta),
        modifiedAt: state.now(),
      });
    },
    /** For good. Their orders become a guest's, without a new modification date. */
    removeCustomer(id: number): void {
      must(state.customers, id, 'customer');
      state.customers.delete(id);
      for (const order of state.orders.values())
        if (order.customerId === id) state.orders.set(order.id, { ...order, customerId: 0 });
      state.ordersChanged();
    },
    /** Returns the order's id. */
    placeOrder: (given: NewOrder): number => insertOrder(state, given).id,
    setOrderStatus,
    /** The total stays; the status becomes refunded only when nothing is left. Returns the refund's id. */
    refundOrder(id: number, amount: string, reason = ''): number {
      const order = touch(id);
      const full = isAtLeast(sum([...order.refunds.map((refund) => refund.amount), amount]), order.total);
      const type = { id: state.nextId('meta'), key: '_refund_type', value: full ? 'full' : 'partial' };
      const refund = { id: state.nextId('post'), amount, reason, createdAt: state.now(), meta: [type] };
      order.refunds.push(refund);
      if (full) order.status = 'refunded';
      return refund.id;
    },
    /** Into the trash: out of `any`, but found by `status=trash` and its new modification date. */
    trashOrder(id: number): void {
      touch(id).status = 'trash';
    },
    /** What WooCommerce's eraser leaves of the buyer. `quietly`: without a new modification date, as plugins do it. */
    anonymiseOrder(id: number, { quietly = false }: { readonly quietly?: boolean } = {}): void {
      const order = quietly ? must(state.orders, id, 'order') : touch(id);
      const { phone, ...rest } = order.billing;
      const erased = Object.entries(rest).map(([name, value]) => [name, value === '' ? '' : '[deleted]'] as const);
      const billing: Address = {
        ...(Object.fromEntries(erased) as Record<keyof typeof rest, string>),
        email: 'deleted@site.invalid',
        phone: phone.replaceAll(/\d/g, '0'),
        state: '',
        country: '',
      };
      state.orders.set(id, { ...order, customerId: 0, billing });
      state.ordersChanged();
    },
    /** For good: it just vanishes. */
    deleteOrder(id: number): void {
      must(state.orders, id, 'order');
      state.orders.delete(id);
      state.ordersChanged();
    },
  };
}
