import type { PhpMap } from './php-query.js';

/** An error body as WordPress sends it. Thrown by handlers, caught by the server, never seen outside. */
export class RestError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** What stands in `data` beside the status. */
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }

  get data(): Record<string, unknown> {
    return { status: this.status, ...this.details };
  }
}

export const invalidId = (type: string, status = 404): RestError =>
  new RestError(status, `woocommerce_rest_${type}_invalid_id`, 'Invalid ID.');

export const noRoute = (): RestError =>
  new RestError(404, 'rest_no_route', 'No route was found matching the URL and request method.');

export interface RestRequest {
  /** Without `/wp-json`. */
  readonly path: string;
  readonly query: PhpMap;
  /** The parsed JSON body; empty when there is none. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The numbers in the path, in order. */
  readonly ids: readonly number[];
}

export interface RestResult {
  readonly body: unknown;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: RegExp;
  /** The Allow header of its answers; undefined for none. */
  readonly allow?: string;
  /** What a request without a valid key is refused as; `open` needs none. */
  readonly action: 'open' | 'list' | 'view' | 'create' | 'delete' | 'batch';
  readonly handle: (request: RestRequest) => RestResult;
}

export const ITEM_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** The links of one body. */
export function links(self: string, collection: string, methods: readonly string[] = ITEM_METHODS) {
  return { self: [{ href: self, targetHints: { allow: methods } }], collection: [{ href: collection }] };
}

/** The id in the path; the route's pattern makes sure that it is there. */
export function pathId(request: RestRequest, index = 0): number {
  return request.ids[index] ?? 0;
}
