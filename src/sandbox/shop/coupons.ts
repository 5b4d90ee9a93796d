import { pageOf, reader, readCollectionQuery, sortRows } from './collection.js';
import { checkCouponBody, createCoupon, deleteCoupon, findByCode, updateCoupon } from './coupon-write.js';
import { amount } from './money.js';
import {
  invalidId,
  ITEM_METHODS,
  links,
  pathId,
  RestError,
  type RestRequest,
  type RestResult,
  type Route,
} from './rest.js';
import { type Coupon, datePair, type ShopState } from './state.js';

const BATCH_LIMIT = 100;

function couponBody(state: ShopState, coupon: Coupon) {
  const { time } = state;
  const api = `${state.home}/wp-json/wc/v3/coupons`;
  // A limit of 0 means none, and is shown as null.
  const limit = (value: number) => (value === 0 ? null : value);
  return {
    id: coupon.id,
    code: coupon.code,
    amount: coupon.amount,
    status: coupon.status,
    ...datePair('date_created', coupon.createdAt, time),
    ...datePair('date_modified', coupon.modifiedAt, time),
    discount_type: coupon.discountType,
    description: coupon.description,
    ...datePair('date_expires', coupon.expiresAt, time),
    usage_count: coupon.usageCount,
    individual_use: coupon.individualUse,
    product_ids: coupon.productIds,
    excluded_product_ids: coupon.excludedProductIds,
    usage_limit: limit(coupon.usageLimit),
    usage_limit_per_user: limit(coupon.usageLimitPerUser),
    limit_usage_to_x_items: limit(coupon.limitUsageToXItems),
    free_shipping: coupon.freeShipping,
    product_categories: coupon.productCategories,
    excluded_product_categories: coupon.excludedProductCategories,
    exclude_sale_items: coupon.excludeSaleItems,
    minimum_amount: amount(coupon.minimumAmount, 2),
    maximum_amount: amount(coupon.maximumAmount, 2),
    email_restrictions: coupon.emailRestrictions,
    used_by: coupon.usedBy,
    meta_data: coupon.meta,
    _links: links(`${api}/${coupon.id}`, api),
  };
}

function listCoupons(state: ShopState, request: RestRequest): RestResult {
  const params = reader(state, request);
  const query = readCollectionQuery(params);
  const orderby = params.oneOf('orderby', ['date', 'id', 'include', 'modified', 'title'], 'date');
  const code = params.text('code');
  const status = params.text('status');
  params.check();
  const byCode = code === undefined ? undefined : findByCode(state, code);
  // With neither code nor status the list holds the trash too: WooCommerce asks for a status 'all' that does not exist.
  const matching = [...state.coupons.values()].filter(
    (coupon) =>
      (code === undefined ? query.matches(coupon) : coupon === byCode) &&
      (status === undefined || coupon.status === status),
  );
  const rows = sortRows(matching, orderby, query, (coupon) => coupon.code);
  return pageOf(state, request, rows, query, (coupon) => couponBody(state, coupon));
}

type Item = Readonly<Record<string, unknown>>;

function batch(state: ShopState, body: Item): RestResult {
  const operations = {
    create: (item: unknown) => createCoupon(state, item as Item),
    update: (item: unknown) => updateCoupon(state, Number((item as Item)['id']), item as Item),
    delete: (id: unknown) => deleteCoupon(state, Number(id), true),
  };
  const names = ['create', 'update', 'delete'] as const;
  const items = (name: (typeof names)[number]) => (body[name] ?? []) as unknown[];
  const total = names.reduce((count, name) => count + items(name).length, 0);
  if (total > BATCH_LIMIT)
    throw new RestError(
      413,
      'woocommerce_rest_request_entity_too_large',
      `Unable to accept more than ${BATCH_LIMIT} items for this request.`,
    );
  const one = (name: (typeof names)[number], item: unknown) => {
    try {
      return couponBody(state, operations[name](item));
    } catch (error) {
      if (!(error instanceof RestError)) throw error;
      const { code, message, data } = error;
      const id = name === 'create' ? 0 : name === 'delete' ? Number(item) : (item as Item)['id'];
      return { id, error: { code, message, data } };
    }
  };
  const done = names
    .filter((name) => items(name).length > 0)
    .map((name) => [name, items(name).map((item) => one(name, item))]);
  return { body: Object.fromEntries(done) as unknown };
}

export function couponRoutes(state: ShopState): Route[] {
  const item = { path: /^\/wc\/v3\/coupons\/(\d+)$/, allow: ITEM_METHODS.join(', ') };
  return [
    {
      method: 'GET',
      path: /^\/wc\/v3\/coupons$/,
      allow: 'GET, POST',
      action: 'list',
      handle: (request) => listCoupons(state, request),
    },
    {
      method: 'POST',
      path: /^\/wc\/v3\/coupons$/,
      allow: 'GET, POST',
      action: 'create',
      handle: ({ body }) => {
        checkCouponBody(body);
        const coupon = createCoupon(state, body);
        const location = `${state.home}/wp-json/wc/v3/coupons/${coupon.id}`;
        return { status: 201, headers: { location }, body: couponBody(state, coupon) };
      },
    },
    {
      ...item,
      method: 'GET',
      action: 'view',
      handle: (request) => {
        const coupon = state.coupons.get(pathId(request));
        if (coupon === undefined) throw invalidId('shop_coupon');
        return { body: couponBody(state, coupon) };
      },
    },
    {
      ...item,
      method: 'DELETE',
      action: 'delete',
      handle: (request) => {
        const force = reader(state, request).boolean('force') || request.body['force'] === true;
        return { body: couponBody(state, deleteCoupon(state, pathId(request), force)) };
      },
    },
    {
      method: 'POST',
      path: /^\/wc\/v3\/coupons\/batch$/,
      allow: 'POST, PUT, PATCH',
      action: 'batch',
      handle: ({ body }) => batch(state, body),
    },
  ];
}
