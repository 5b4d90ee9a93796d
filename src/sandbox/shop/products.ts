import { pageOf, reader, readCollectionQuery, sortRows } from './collection.js';
import { productBody, stockStatusOf, variationBody } from './product-body.js';
import {
  invalidId,
  ITEM_METHODS,
  links,
  noRoute,
  pathId,
  type RestRequest,
  type RestResult,
  type Route,
} from './rest.js';
import type { Product, ShopState } from './state.js';

const STATUSES = ['any', 'future', 'trash', 'draft', 'pending', 'private', 'publish'] as const;
const TYPES = ['simple', 'grouped', 'external', 'variable'];
const ORDERBY = ['date', 'id', 'include', 'title', 'modified'] as const;

const hasStatus = (product: Product, status: (typeof STATUSES)[number]): boolean =>
  status === 'any' ? product.status !== 'trash' : product.status === status;

function list(
  state: ShopState,
  request: RestRequest,
  candidates: readonly Product[],
  body: (product: Product) => unknown,
): RestResult {
  const params = reader(state, request);
  const query = readCollectionQuery(params);
  const orderby = params.oneOf('orderby', ORDERBY, 'date');
  const status = params.oneOf('status', STATUSES, 'any');
  const stock = params.oneOf('stock_status', ['', 'instock', 'outofstock', 'onbackorder'], '');
  const type = params.oneOf('type', ['', ...TYPES], '');
  const categories = params.ids('category');
  params.check();
  const matching = candidates.filter(
    (product) =>
      hasStatus(product, status) &&
      (stock === '' || stockStatusOf(state, product) === stock) &&
      (type === '' || product.type === type) &&
      (categories === undefined || product.categories.some((id) => categories.includes(id))) &&
      query.matches(product),
  );
  const rows = sortRows(matching, orderby, query, ({ name }) => name);
  return pageOf(state, request, rows, query, body);
}

const variations = (state: ShopState, parentId?: number): Product[] =>
  [...state.products.values()].filter(
    (product) => product.type === 'variation' && (parentId === undefined || product.parentId === parentId),
  );

/** Since WooCommerce 10.3; before that the route does not exist. */
function hasVariationsRoute(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 10 || (major === 10 && minor >= 3);
}

function nestedLinks(state: ShopState, { id, parentId }: Product) {
  const up = `${state.home}/wp-json/wc/v3/products/${parentId}`;
  return { ...links(`${up}/variations/${id}`, `${up}/variations`), up: [{ href: up }] };
}

function topLevelLinks(state: ShopState, { id }: Product) {
  const api = `${state.home}/wp-json/wc/v3`;
  // Recorded so: no method hints, and a parent that is always 0.
  const self = { self: [{ href: `${api}/variations/${id}` }], collection: [{ href: `${api}/variations` }] };
  return { ...self, up: [{ href: `${api}/products/0` }] };
}

export function productRoutes(state: ShopState): Route[] {
  return [
    {
      method: 'GET',
      path: /^\/wc\/v3\/products$/,
      allow: 'GET, POST',
      action: 'list',
      // Variations are no posts of this type: `include` drops their ids without a word.
      handle: (request) => {
        const products = [...state.products.values()].filter(({ type }) => type !== 'variation');
        return list(state, request, products, (product) => productBody(state, product));
      },
    },
    {
      method: 'GET',
      path: /^\/wc\/v3\/products\/(\d+)$/,
      allow: ITEM_METHODS.join(', '),
      action: 'view',
      handle: (request) => {
        const product = state.products.get(pathId(request));
        if (product === undefined) throw invalidId('product');
        return { body: productBody(state, product) };
      },
    },
    {
      method: 'GET',
      path: /^\/wc\/v3\/products\/(\d+)\/variations$/,
      allow: 'GET, POST',
      action: 'list',
      handle: (request) =>
        list(state, request, variations(state, pathId(request)), (product) =>
          variationBody(state, product, nestedLinks(state, product)),
        ),
    },
    {
      method: 'GET',
      path: /^\/wc\/v3\/products\/(\d+)\/variations\/(\d+)$/,
      allow: ITEM_METHODS.join(', '),
      action: 'view',
      handle: (request) => {
        const product = variations(state, pathId(request)).find(({ id }) => id === pathId(request, 1));
        if (product === undefined) throw invalidId('product_variation');
        return { body: variationBody(state, product, nestedLinks(state, product)) };
      },
    },
    {
      method: 'GET',
      path: /^\/wc\/v3\/variations$/,
      allow: 'GET',
      action: 'list',
      handle: (request) => {
        if (!hasVariationsRoute(state.settings.wooVersion)) throw noRoute();
        return list(state, request, variations(state), (product) =>
          variationBody(state, product, topLevelLinks(state, product)),
        );
      },
    },
  ];
}
