import { Decimal } from 'decimal.js';
import { pageOf, reader, readCollectionQuery, readPaging, sortRows } from './collection.js';
import { amount, currencySymbol } from './money.js';
import { invalidId, ITEM_METHODS, links, pathId, type RestRequest, type RestResult, type Route } from './rest.js';
import {
  type Address,
  datePair,
  type LineItem,
  type Order,
  ORDER_STATUSES,
  type Refund,
  type ShopState,
} from './state.js';

const NO_SHIPPING = {
  first_name: '',
  last_name: '',
  company: '',
  address_1: '',
  address_2: '',
  city: '',
  state: '',
  postcode: '',
  country: '',
  phone: '',
};

/** An order's addresses name the state before the postcode; a customer's name it after the country. */
const orderAddress = (address: Address) => ({
  first_name: address.first_name,
  last_name: address.last_name,
  company: address.company,
  address_1: address.address_1,
  address_2: address.address_2,
  city: address.city,
  state: address.state,
  postcode: address.postcode,
  country: address.country,
  email: address.email,
  phone: address.phone,
});

function lineItemBody(item: LineItem, decimals: number) {
  const total = amount(item.total, decimals);
  return {
    id: item.id,
    name: item.name,
    product_id: item.productId,
    variation_id: item.variationId,
    quantity: item.quantity,
    tax_class: '',
    subtotal: total,
    subtotal_tax: amount(0, decimals),
    total,
    total_tax: amount(0, decimals),
    taxes: [],
    meta_data: item.meta,
    sku: item.sku,
    global_unique_id: '',
    price: new Decimal(item.total).div(item.quantity).toNumber(),
    // Without a picture the id is an empty string for a simple product and a zero for a variation.
    image: { id: item.variationId === 0 ? '' : 0, src: '' },
    parent_name: item.parentName,
  };
}

const couponLineBody = ({ id, code, discount }: Order['couponLines'][number], decimals: number) => ({
  id,
  code,
  discount: amount(discount, decimals),
  discount_tax: amount(0, decimals),
  meta_data: [],
  discount_type: 'percent',
  nominal_amount: Number(discount),
  free_shipping: false,
});

/** The whole body of an order; `decimals` is the request's `dp`. */
function orderBody(state: ShopState, order: Order, decimals: number) {
  const { time, home } = state;
  const zero = amount(0, decimals);
  const created = datePair('date_created', order.createdAt, time);
  const modified = datePair('date_modified', order.modifiedAt, time);
  const completed = datePair('date_completed', order.completedAt, time);
  const paid = datePair('date_paid', order.paidAt, time);
  const api = `${home}/wp-json/wc/v3`;
  return {
    id: order.id,
    parent_id: 0,
    status: order.status,
    currency: order.currency,
    version: state.settings.wooVersion,
    prices_include_tax: false,
    date_created: created.date_created,
    date_modified: modified.date_modified,
    discount_total: zero,
    discount_tax: zero,
    shipping_total: zero,
    shipping_tax: zero,
    cart_tax: zero,
    total: amount(order.total, decimals),
    total_tax: zero,
    customer_id: order.customerId,
    order_key: order.key,
    billing: orderAddress(order.billing),
    shipping: NO_SHIPPING,
    payment_method: 'bacs',
    payment_method_title: 'Direct bank transfer',
    transaction_id: '',
    customer_ip_address: '',
    customer_user_agent: '',
    created_via: 'checkout',
    customer_note: '',
    date_completed: completed.date_completed,
    date_paid: paid.date_paid,
    cart_hash: '',
    number: String(order.id),
    meta_data: order.meta,
    line_items: order.items.map((item) => lineItemBody(item, decimals)),
    tax_lines: [],
    shipping_lines: [],
    fee_lines: [],
    coupon_lines: order.couponLines.map((line) => couponLineBody(line, decimals)),
    refunds: order.refunds.map(({ id, reason, amount: refunded }) => ({
      id,
      reason,
      total: `-${amount(refunded, decimals)}`,
      total_tax: zero,
    })),
    payment_url: `${home}/checkout/order-pay/${order.id}/?pay_for_order=true&key=${order.key}`,
    is_editable: ['pending', 'on-hold', 'checkout-draft'].includes(order.status),
    needs_payment: ['pending', 'failed'].includes(order.status) && Number(order.total) > 0,
    needs_processing: true,
    date_created_gmt: created.date_created_gmt,
    date_modified_gmt: modified.date_modified_gmt,
    date_completed_gmt: completed.date_completed_gmt,
    date_paid_gmt: paid.date_paid_gmt,
    currency_symbol: currencySymbol(order.currency),
    _links: {
      ...links(`${api}/orders/${order.id}`, `${api}/orders`),
      email_templates: [{ embeddable: true, href: `${api}/orders/${order.id}/actions/email_templates` }],
      ...(order.customerId === 0 ? {} : { customer: [{ href: `${api}/customers/${order.customerId}` }] }),
    },
  };
}

function refundBody(state: ShopState, order: Order, refund: Refund) {
  const up = `${state.home}/wp-json/wc/v3/orders/${order.id}`;
  return {
    id: refund.id,
    ...datePair('date_created', refund.createdAt, state.time),
    amount: amount(refund.amount, state.settings.decimals),
    reason: refund.reason,
    refunded_by: 1,
    refunded_payment: false,
    meta_data: refund.meta,
    line_items: [],
    shipping_lines: [],
    tax_lines: [],
    fee_lines: [],
    _links: { ...links(`${up}/refunds/${refund.id}`, `${up}/refunds`, ['GET', 'DELETE']), up: [{ href: up }] },
  };
}

/** `any` wins over everything beside it and never shows the trash. */
function statusFilter(statuses: readonly string[]): (order: Order) => boolean {
  if (statuses.length === 0 || statuses.includes('any')) return ({ status }) => status !== 'trash';
  return ({ status }) => statuses.includes(status);
}

function listOrders(state: ShopState, request: RestRequest): RestResult {
  const params = reader(state, request);
  const query = readCollectionQuery(params);
  const orderby = params.oneOf('orderby', ['date', 'id', 'include', 'modified'], 'date');
  const inStatus = statusFilter(params.listOf('status', ['any', 'trash', ...ORDER_STATUSES]));
  const customer = params.text('customer');
  const decimals = Number(params.text('dp') ?? state.settings.decimals);
  params.check();
  const matching = state
    .ordersByModified()
    .filter(
      (order) =>
        inStatus(order) && query.matches(order) && (customer === undefined || order.customerId === Number(customer)),
    );
  const rows = orderby === 'modified' && query.order === 'asc' ? matching : sortRows(matching, orderby, query);
  return pageOf(state, request, rows, query, (order) => orderBody(state, order, decimals));
}

function findOrder(state: ShopState, request: RestRequest): Order {
  const order = state.orders.get(pathId(request));
  if (order === undefined) throw invalidId('shop_order');
  return order;
}

export function orderRoutes(state: ShopState): Route[] {
  return [
    {
      method: 'GET',
      path: /^\/wc\/v3\/orders$/,
      allow: 'GET, POST',
      action: 'list',
      handle: (request) => listOrders(state, request),
    },
    {
      method: 'GET',
      path: /^\/wc\/v3\/orders\/(\d+)$/,
      allow: ITEM_METHODS.join(', '),
      action: 'view',
      handle: (request) => {
        const decimals = Number(reader(state, request).text('dp') ?? state.settings.decimals);
        return { body: orderBody(state, findOrder(state, request), decimals) };
      },
    },
    {
      method: 'GET',
      path: /^\/wc\/v3\/orders\/(\d+)\/refunds$/,
      allow: 'GET, POST',
      action: 'list',
      handle: (request) => {
        const params = reader(state, request);
        const paging = readPaging(params);
        params.check();
        const order = state.orders.get(pathId(request));
        // An unknown order has no refunds: the list is empty, not a 404.
        if (order === undefined) return pageOf(state, request, [], paging, () => undefined);
        return pageOf(state, request, order.refunds.toReversed(), paging, (refund) => refundBody(state, order, refund));
      },
    },
  ];
}
