import { createHash } from 'node:crypto';
import { pageOf, reader, readPaging } from './collection.js';
import { links, pathId, RestError, type RestRequest, type RestResult, type Route } from './rest.js';
import { type Address, type Customer, datePair, type ShopState } from './state.js';

const address = (from: Address) => ({
  first_name: from.first_name,
  last_name: from.last_name,
  company: from.company,
  address_1: from.address_1,
  address_2: from.address_2,
  city: from.city,
  postcode: from.postcode,
  country: from.country,
  state: from.state,
});

const NOWHERE = {
  first_name: '',
  last_name: '',
  company: '',
  address_1: '',
  address_2: '',
  city: '',
  postcode: '',
  country: '',
  state: '',
};

function customerBody(state: ShopState, customer: Customer) {
  const api = `${state.home}/wp-json/wc/v3/customers`;
  const avatar = createHash('sha256').update(customer.email).digest('hex');
  return {
    id: customer.id,
    ...datePair('date_created', customer.createdAt, state.time),
    ...datePair('date_modified', customer.modifiedAt, state.time),
    email: customer.email,
    first_name: customer.firstName,
    last_name: customer.lastName,
    role: customer.role,
    username: customer.username,
    billing: { ...address(customer.billing), email: customer.billing.email, phone: customer.billing.phone },
    shipping: { ...NOWHERE, phone: '' },
    is_paying_customer: customer.payingCustomer,
    avatar_url: `https://secure.gravatar.com/avatar/${avatar}?s=96&d=mm&r=g`,
    meta_data: customer.meta,
    _links: links(`${api}/${customer.id}`, api),
  };
}

function listCustomers(state: ShopState, request: RestRequest): RestResult {
  const params = reader(state, request);
  const paging = readPaging(params);
  const order = params.oneOf('order', ['asc', 'desc'], 'asc');
  const orderby = params.oneOf('orderby', ['id', 'include', 'name', 'registered_date'], 'name');
  const role = params.text('role') ?? 'customer';
  const email = params.text('email')?.toLowerCase();
  const include = params.ids('include');
  const exclude = params.ids('exclude') ?? [];
  params.check();
  const name = (customer: Customer) => `${customer.firstName} ${customer.lastName}`.trim() || customer.username;
  const by: Record<typeof orderby, (a: Customer, b: Customer) => number> = {
    id: (a, b) => a.id - b.id,
    include: (a, b) => (include?.indexOf(a.id) ?? 0) - (include?.indexOf(b.id) ?? 0),
    name: (a, b) => name(a).localeCompare(name(b), 'en'),
    registered_date: (a, b) => a.createdAt - b.createdAt,
  };
  const sign = order === 'asc' || orderby === 'include' ? 1 : -1;
  const rows = [...state.customers.values()]
    .filter(
      (customer) =>
        (role === 'all' || customer.role === role) &&
        (email === undefined || customer.email.toLowerCase() === email) &&
        (include === undefined || include.includes(customer.id)) &&
        !exclude.includes(customer.id),
    )
    .sort((a, b) => sign * by[orderby](a, b));
  return pageOf(state, request, rows, paging, (customer) => customerBody(state, customer));
}

export function customerRoutes(state: ShopState): Route[] {
  return [
    {
      method: 'GET',
      path: /^\/wc\/v3\/customers$/,
      allow: 'GET, POST',
      action: 'list',
      handle: (request) => listCustomers(state, request),
    },
    {
      method: 'GET',
      path: /^\/wc\/v3\/customers\/(\d+)$/,
      action: 'view',
      handle: (request) => {
        const customer = state.customers.get(pathId(request));
        if (customer === undefined) throw new RestError(404, 'wc_user_invalid_id', 'Invalid user ID.');
        return { body: customerBody(state, customer) };
      },
    },
  ];
}
