import type { PhpMap, PhpValue } from './php-query.js';
import { createParamReader, type ParamReader } from './params.js';
import type { RestRequest, RestResult } from './rest.js';
import type { ShopState } from './state.js';

interface Dated {
  readonly id: number;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

/** The parameters all collections of posts share. */
export interface CollectionQuery {
  readonly page: number;
  readonly perPage: number;
  readonly order: 'asc' | 'desc';
  readonly include: readonly number[] | undefined;
  readonly matches: (row: Dated) => boolean;
}

export function readPaging(params: ParamReader) {
  return { page: params.integer('page', 1), perPage: params.integer('per_page', 10, 100) };
}

/** Reads paging, order, include, exclude and the four dates. All dates are strictly exclusive, at second precision. */
export function readCollectionQuery(params: ParamReader): CollectionQuery {
  const paging = readPaging(params);
  const order = params.oneOf('order', ['asc', 'desc'], 'desc');
  const include = params.ids('include');
  const wanted = new Set(include);
  const exclude = new Set(params.ids('exclude'));
  const after = params.date('after') ?? -Infinity;
  const before = params.date('before') ?? Infinity;
  const modifiedAfter = params.date('modified_after') ?? -Infinity;
  const modifiedBefore = params.date('modified_before') ?? Infinity;
  return {
    ...paging,
    order,
    include,
    matches: (row) =>
      (include === undefined || wanted.has(row.id)) &&
      !exclude.has(row.id) &&
      row.createdAt > after &&
      row.createdAt < before &&
      row.modifiedAt > modifiedAfter &&
      row.modifiedAt < modifiedBefore,
  };
}

type Comparison<T> = (a: T, b: T) => number;

/** Ascending by a key, then by id; `order` turns both around, as WooCommerce's "date ID" does. */
export function sortRows<T extends Dated>(
  rows: readonly T[],
  orderby: 'date' | 'modified' | 'id' | 'include' | 'title',
  { order, include }: Pick<CollectionQuery, 'order' | 'include'>,
  title: (row: T) => string = () => '',
): T[] {
  if (orderby === 'include') {
    const place = new Map(include?.map((id, index) => [id, index]));
    return [...rows].sort((a, b) => (place.get(a.id) ?? 0) - (place.get(b.id) ?? 0));
  }
  const by: Record<typeof orderby, Comparison<T>> = {
    id: () => 0,
    date: (a, b) => a.createdAt - b.createdAt,
    modified: (a, b) => a.modifiedAt - b.modifiedAt,
    title: (a, b) => title(a).localeCompare(title(b), 'en'),
  };
  const sign = order === 'asc' ? 1 : -1;
  return [...rows].sort((a, b) => sign * (by[orderby](a, b) || a.id - b.id));
}

function queryText(query: PhpMap): string {
  const flat = (key: string, value: PhpValue): string[] =>
    typeof value === 'string'
      ? [`${key}=${encodeURIComponent(value)}`]
      : [...value].flatMap(([inner, item]) => flat(`${key}%5B${inner}%5D`, item));
  return [...query]
    .filter(([name]) => name !== 'page' && !name.startsWith('oauth_'))
    .flatMap(([name, value]) => flat(encodeURIComponent(name), value))
    .join('&');
}

/** One page with X-WP-Total, X-WP-TotalPages and the Link header, which names the site's home and not the request's host. */
export function pageOf<T>(
  state: ShopState,
  request: RestRequest,
  rows: readonly T[],
  { page, perPage }: Pick<CollectionQuery, 'page' | 'perPage'>,
  body: (row: T) => unknown,
): RestResult {
  const pages = Math.ceil(rows.length / perPage);
  const base = `${state.home}/wp-json${request.path}?${queryText(request.query)}`;
  const to = (number: number, rel: string) => `<${base}${base.endsWith('?') ? '' : '&'}page=${number}>; rel="${rel}"`;
  const link = [
    ...(page > 1 ? [to(Math.min(page - 1, pages), 'prev')] : []),
    ...(page < pages ? [to(page + 1, 'next')] : []),
  ];
  return {
    body: rows.slice((page - 1) * perPage, page * perPage).map(body),
    headers: {
      'x-wp-total': String(rows.length),
      'x-wp-totalpages': String(pages),
      ...(link.length === 0 ? {} : { link: link.join(', ') }),
    },
  };
}

export const reader = (state: ShopState, request: RestRequest): ParamReader =>
  createParamReader(request.query, state.time);
