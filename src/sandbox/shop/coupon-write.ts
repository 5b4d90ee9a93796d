import { SECOND } from '../../lib/clock.js';
import { amount } from './money.js';
import { invalidParams, notInEnum, notOfType, parseDateTime } from './params.js';
import { invalidId, RestError } from './rest.js';
import type { Coupon, Meta, ShopState } from './state.js';

type Body = Readonly<Record<string, unknown>>;

const DISCOUNT_TYPES = ['percent', 'fixed_cart', 'fixed_product'];
/** Typed fields of the schema. `date_expires_gmt` is in it too, and yet writing it does nothing. */
const TYPES: Readonly<Record<string, 'string' | 'integer' | 'boolean' | 'array'>> = {
  code: 'string',
  amount: 'string',
  status: 'string',
  description: 'string',
  discount_type: 'string',
  individual_use: 'boolean',
  free_shipping: 'boolean',
  exclude_sale_items: 'boolean',
  usage_limit: 'integer',
  usage_limit_per_user: 'integer',
  limit_usage_to_x_items: 'integer',
  minimum_amount: 'string',
  maximum_amount: 'string',
  product_ids: 'array',
  excluded_product_ids: 'array',
  product_categories: 'array',
  excluded_product_categories: 'array',
  email_restrictions: 'array',
  meta_data: 'array',
};

const WORDS = [true, false, 0, 1, '0', '1', 'true', 'false'];
const CHECKS: Record<(typeof TYPES)[string], (value: unknown) => boolean> = {
  string: (value) => typeof value === 'string',
  integer: (value) => Number.isInteger(value) || (typeof value === 'string' && /^-?\d+$/.test(value)),
  boolean: (value) => WORDS.some((word) => word === value),
  array: (value) => Array.isArray(value) || typeof value === 'string',
};

/** The 400s of a single POST. A batch's items are not checked against the schema, so they pass this by. */
export function checkCouponBody(body: Body): void {
  if (body['code'] === undefined)
    throw new RestError(400, 'rest_missing_callback_param', 'Missing parameter(s): code', { params: ['code'] });
  const problems = new Map<string, ReturnType<typeof notOfType>>();
  for (const [name, type] of Object.entries(TYPES)) {
    const value = body[name];
    if (value !== undefined && value !== null && !CHECKS[type](value)) problems.set(name, notOfType(name, type));
  }
  const discountType = body['discount_type'];
  if (typeof discountType === 'string' && !DISCOUNT_TYPES.includes(discountType))
    problems.set('discount_type', notInEnum('discount_type', DISCOUNT_TYPES));
  if (problems.size > 0) throw invalidParams(problems);
}

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : text(value).split(',').filter(Boolean));
const ids = (value: unknown): number[] => list(value).map(Number);
const flag = (value: unknown): boolean => value === true || value === 1 || value === '1' || value === 'true';

/** Site local, or with `Z` or an offset; a bare date is that midnight; anything else becomes 1970, as recorded. */
function parseExpiry(value: unknown, state: ShopState): number | null {
  const date = text(value);
  if (date === '') return null;
  if (/^\d{5,}$/.test(date)) return Number(date) * SECOND;
  const full = /^\d{4}-\d{2}-\d{2}$/.test(date) ? `${date}T00:00:00` : date;
  return parseDateTime(full, state.time) ?? state.time.fromLocal('1970-01-01T00:00:00');
}

/** `get_coupon_id_by_code` knows only published coupons: the code of one in the trash is free again. */
export const findByCode = (state: ShopState, code: string): Coupon | undefined =>
  [...state.coupons.values()].find((coupon) => coupon.status === 'publish' && coupon.code === code.toLowerCase());

function setCode(coupon: Coupon, value: unknown, state: ShopState): void {
  // Codes are stored in lower case, so a duplicate is one in any case.
  const code = text(value).toLowerCase();
  const other = findByCode(state, code);
  if (other !== undefined && other.id !== coupon.id)
    throw new RestError(400, 'woocommerce_rest_coupon_code_already_exists', 'The coupon code already exists');
  coupon.code = code;
}

function setAmount(coupon: Coupon, value: unknown, percent: boolean): void {
  const number = Number(value);
  if (number < 0 || (percent && number > 100))
    throw new RestError(400, 'coupon_invalid_discount_amount', 'Invalid discount amount');
  coupon.amount = Number.isFinite(number) ? amount(number, 2) : '0.00';
}

function mergeMeta(state: ShopState, meta: readonly Meta[], added: unknown[]): Meta[] {
  const merged = new Map(meta.map((entry) => [entry.key, entry]));
  for (const { key, value } of added as { key: string; value: unknown }[])
    merged.set(key, { id: merged.get(key)?.id ?? state.nextId('meta'), key, value });
  return [...merged.values()];
}

const SETTERS: Readonly<Record<string, (coupon: Coupon, value: unknown, state: ShopState, body: Body) => void>> = {
  code: setCode,
  amount: (coupon, value, _state, body) => {
    setAmount(coupon, value, (body['discount_type'] ?? coupon.discountType) === 'percent');
  },
  status: (coupon, value) => (coupon.status = text(value)),
  discount_type: (coupon, value) => (coupon.discountType = text(value)),
  description: (coupon, value) => (coupon.description = text(value)),
  date_expires: (coupon, value, state) => (coupon.expiresAt = parseExpiry(value, state)),
  individual_use: (coupon, value) => (coupon.individualUse = flag(value)),
  free_shipping: (coupon, value) => (coupon.freeShipping = flag(value)),
  exclude_sale_items: (coupon, value) => (coupon.excludeSaleItems = flag(value)),
  product_ids: (coupon, value) => (coupon.productIds = ids(value)),
  excluded_product_ids: (coupon, value) => (coupon.excludedProductIds = ids(value)),
  product_categories: (coupon, value) => (coupon.productCategories = ids(value)),
  excluded_product_categories: (coupon, value) => (coupon.excludedProductCategories = ids(value)),
  usage_limit: (coupon, value) => (coupon.usageLimit = Number(value)),
  usage_limit_per_user: (coupon, value) => (coupon.usageLimitPerUser = Number(value)),
  limit_usage_to_x_items: (coupon, value) => (coupon.limitUsageToXItems = Number(value)),
  minimum_amount: (coupon, value) => (coupon.minimumAmount = text(value)),
  maximum_amount: (coupon, value) => (coupon.maximumAmount = text(value)),
  email_restrictions: (coupon, value) => (coupon.emailRestrictions = list(value).map(text)),
  meta_data: (coupon, value, state) => (coupon.meta = mergeMeta(state, coupon.meta, list(value))),
};

function apply(coupon: Coupon, body: Body, state: ShopState): void {
  for (const [name, set] of Object.entries(SETTERS)) {
    const value = body[name];
    if (value !== undefined && value !== null) set(coupon, value, state, body);
  }
}

/** Makes a coupon or throws its 400. Fields it does not know, `date_expires_gmt` among them, are ignored. */
export function createCoupon(state: ShopState, body: Body): Coupon {
  if (body['code'] === undefined || body['code'] === '')
    throw new RestError(400, 'woocommerce_rest_empty_coupon_code', 'The coupon code cannot be empty.');
  const draft: Coupon = {
    id: 0,
    code: '',
    status: 'publish',
    amount: '0.00',
    discountType: 'fixed_cart',
    description: '',
    expiresAt: null,
    individualUse: false,
    freeShipping: false,
    excludeSaleItems: false,
    productIds: [],
    excludedProductIds: [],
    productCategories: [],
    excludedProductCategories: [],
    usageLimit: 0,
    usageLimitPerUser: 0,
    limitUsageToXItems: 0,
    minimumAmount: '0.00',
    maximumAmount: '0.00',
    emailRestrictions: [],
    usageCount: 0,
    usedBy: [],
    meta: [],
    createdAt: state.now(),
    modifiedAt: state.now(),
  };
  apply(draft, body, state);
  const coupon = { ...draft, id: state.nextId('post') };
  state.coupons.set(coupon.id, coupon);
  return coupon;
}

export function updateCoupon(state: ShopState, id: number, body: Body): Coupon {
  const existing = state.coupons.get(id);
  if (existing === undefined) throw invalidId('shop_coupon', 400);
  const changed = { ...existing, modifiedAt: state.now() };
  apply(changed, body, state);
  state.coupons.set(id, changed);
  return changed;
}

/** With `force` it is gone; without it lies in the trash, and a second time is a 410. Returns it as it was. */
export function deleteCoupon(state: ShopState, id: number, force: boolean): Coupon {
  const coupon = state.coupons.get(id);
  if (coupon === undefined) throw invalidId('shop_coupon');
  if (force) {
    state.coupons.delete(id);
    return coupon;
  }
  if (coupon.status === 'trash')
    throw new RestError(410, 'woocommerce_rest_already_trashed', 'The shop_coupon has already been deleted.');
  state.coupons.set(id, { ...coupon, status: 'trash', modifiedAt: state.now() });
  return coupon;
}
