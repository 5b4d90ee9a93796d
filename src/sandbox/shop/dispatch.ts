import type { IncomingMessage } from 'node:http';
import type { HttpAnswer } from '../http-faults.js';
import type { ApiKey, SignedRequest } from './authentication.js';
import { couponRoutes } from './coupons.js';
import { customerRoutes } from './customers.js';
import { filterFields } from './fields.js';
import { orderRoutes } from './orders.js';
import { parsePhpQuery, type PhpMap } from './php-query.js';
import { productRoutes } from './products.js';
import { noRoute, RestError, type RestResult, type Route } from './rest.js';
import { siteRoutes } from './site.js';
import type { ShopState } from './state.js';

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  /** After the question mark, undecoded. */
  readonly search: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** The JSON object of a body, `{}` for an empty one, undefined if it is none. */
export function parseBody(body: string): Readonly<Record<string, unknown>> | undefined {
  if (body === '') return {};
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const DENIED: Record<Exclude<Route['action'], 'open'>, { code: string; message: string }> = {
  list: { code: 'cannot_view', message: 'Sorry, you cannot list resources.' },
  view: { code: 'cannot_view', message: 'Sorry, you cannot view this resource.' },
  create: { code: 'cannot_create', message: 'Sorry, you are not allowed to create resources.' },
  delete: { code: 'cannot_delete', message: 'Sorry, you are not allowed to delete this resource.' },
  batch: { code: 'cannot_batch', message: 'Sorry, you are not allowed to batch manipulate this resource.' },
};

function checkWritePermission(key: ApiKey | undefined, method: string): void {
  if (key?.permissions === 'read' && method !== 'GET' && method !== 'HEAD')
    throw new RestError(
      401,
      'woocommerce_rest_authentication_error',
      'The API key provided does not have write permissions.',
    );
}

/** PHP's json_encode: slashes escaped, nothing but ASCII. */
const phpJson = (body: unknown): string =>
  JSON.stringify(body)
    .replaceAll('/', '\\/')
    .replace(/[^\0-\x7f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** A list's items are cut whole; a single body keeps its `_links`, which WordPress adds after the cut. */
function cutToFields({ body }: RestResult, query: PhpMap): unknown {
  const cut = filterFields(body, query.get('_fields'));
  if (typeof body !== 'object' || body === null || !('_links' in body)) return cut;
  return { ...(cut as object), _links: body._links };
}

/** Turns a request into its answer: the key, the route, the handler, `_fields`, and the error bodies of WordPress. */
export function createDispatch(state: ShopState, authenticate: (request: SignedRequest) => ApiKey | undefined) {
  const routes = [
    ...siteRoutes(state),
    ...orderRoutes(state),
    ...productRoutes(state),
    ...customerRoutes(state),
    ...couponRoutes(state),
  ];

  const handle = (raw: RawRequest, matched: (route: Route) => void): RestResult => {
    const query = parsePhpQuery(raw.search);
    const path = raw.path.replace(/^\/wp-json/, '').replace(/(?<=.)\/$/, '');
    if (!raw.path.startsWith('/wp-json')) throw noRoute();
    const wooCommerce = path.startsWith('/wc/') || path.startsWith('/wc-');
    const key = wooCommerce ? authenticate({ ...raw, query }) : undefined;
    checkWritePermission(key, raw.method);
    const route = routes.find((each) => each.method === raw.method && each.path.test(path));
    if (route === undefined) throw noRoute();
    if (route.action !== 'open' && key === undefined) {
      const { code, message } = DENIED[route.action];
      throw new RestError(401, `woocommerce_rest_${code}`, message);
    }
    matched(route);
    const body = parseBody(raw.body);
    if (body === undefined)
      throw new RestError(400, 'rest_invalid_json', 'Invalid JSON body passed.', {
        json_error_code: 4,
        json_error_message: 'Syntax error',
      });
    const ids = (route.path.exec(path) ?? []).slice(1).map(Number);
    const result = route.handle({ path, query, body, ids });
    return { ...result, body: cutToFields(result, query) };
  };

  return (raw: RawRequest): HttpAnswer => {
    const headers: Record<string, string> = {
      'content-type': 'application/json; charset=UTF-8',
      link: `<${state.home}/wp-json/>; rel="https://api.w.org/"`,
    };
    try {
      const result = handle(raw, ({ allow }) => {
        if (allow !== undefined) headers['allow'] = allow;
      });
      return { status: result.status ?? 200, headers: { ...headers, ...result.headers }, body: phpJson(result.body) };
    } catch (error) {
      if (!(error instanceof RestError)) throw error;
      const { code, message, data, status } = error;
      return { status, headers, body: phpJson({ code, message, data }) };
    }
  };
}
