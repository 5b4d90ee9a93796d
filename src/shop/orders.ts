import { setImmediate as turn } from 'node:timers/promises';
import type { ShopOrder } from '../reengagement/shop-facts.js';
import type { ShopClient } from './client.js';
import { ORDER_FIELDS, PAGE_SIZE } from './fields.js';
import { modifiedAfter } from './gmt.js';
import { orderId, orderModifiedAt, parseOrder, type MalformedOrder, type OrderParsing } from './order-row.js';
import { getPage } from './page.js';
import { shopErrorStatus, wooErrorCode } from './shop-error.js';
import { walkInTwo, type WalkCursor } from './walk-in-two.js';
import { floorToSecond } from './walk.js';

export interface OrdersWalk {
  /** `any` leaves the trash out, `any,trash` too: the trash is a walk of its own. */
  readonly status: 'any' | 'trash';
  /** The cursor that an earlier walk ended with or broke off at; null for the first. */
  readonly since: WalkCursor | null;
  /** How far to step back from `since`: an order can be saved later than the time it carries. */
  readonly overlapMs: number;
  readonly parse: OrderParsing;
  /** The site's zone: without it, orders modified in the hour that its clocks skip (taken as an hour UTC) can be missed. */
  readonly zone?: string;
}

export interface OrdersPage {
  readonly orders: readonly ShopOrder[];
  readonly malformed: readonly MalformedOrder[];
  /** What is read once this page and those before it are saved. It never lies before `since`. */
  readonly cursor: WalkCursor;
  /** Orders to read in the whole walk, as the shop counted them at its beginning. */
  readonly total: number | null;
}

/**
 * The orders modified since, of every status, in ascending order of modification: an order that leaves a status (paid, then cancelled) is seen.
 * One that is modified on the way comes again. Errors are the client's; a walk begun again at the last cursor loses nothing.
 */
export async function* walkOrders(client: ShopClient, walk: OrdersWalk): AsyncGenerator<OrdersPage> {
  const { status, since } = walk;
  const pages = walkInTwo({
    path: 'orders',
    pageSize: PAGE_SIZE,
    from: since === null ? 0 : lowerOf(since) - walk.overlapMs,
    upper:
      since === null || typeof since === 'number'
        ? null
        : { ...since, upper: Math.max(since.split, since.upper - walk.overlapMs) },
    fetch: (after, page) =>
      getPage(
        client,
        'orders',
        {
          status,
          orderby: 'modified',
          order: 'asc',
          ...modifiedAfter(after, walk.zone),
          _fields: ORDER_FIELDS,
        },
        page,
      ),
    timeOf: orderModifiedAt,
    keyOf: (row) => String(orderId(row) ?? JSON.stringify(row)),
  });
  for await (const { rows, cursor, total } of pages) {
    // The next request goes out first: parsing takes the processor for a while.
    await turn();
    const parsed = rows.map((row) => parseOrder(row, walk.parse));
    yield {
      orders: parsed.filter((order): order is ShopOrder => !('problem' in order)),
      malformed: parsed.filter((order): order is MalformedOrder => 'problem' in order),
      cursor: notBefore(cursor, since ?? 0),
      total,
    };
  }
}

function lowerOf(cursor: WalkCursor): number {
  return typeof cursor === 'number' ? cursor : cursor.lower;
}

/** The overlap is read again, and what was said to be read stays so. */
function notBefore(cursor: WalkCursor, since: WalkCursor): WalkCursor {
  const upper = typeof since === 'number' ? since : since.upper;
  if (typeof cursor === 'number') return Math.max(cursor, floorToSecond(upper));
  return {
    ...cursor,
    lower: Math.max(cursor.lower, floorToSecond(lowerOf(since))),
    upper: Math.max(cursor.upper, floorToSecond(upper)),
  };
}

interface FoundOrders {
  readonly orders: readonly ShopOrder[];
  /** Everything that the shop listed, what is malformed too. */
  readonly ids: ReadonlySet<number>;
}

/**
 * Those of up to a hundred orders that the shop lists. `any` leaves out the trash, statuses that a plugin hides, and what the shop could not
 * load: an order that is absent may still be there.
 */
export async function fetchOrders(
  client: ShopClient,
  ids: readonly number[],
  { status, parse }: Pick<OrdersWalk, 'status' | 'parse'>,
): Promise<FoundOrders> {
  const { rows } = await getPage(client, 'orders', { include: ids, status, _fields: ORDER_FIELDS });
  const parsed = rows.map((row) => parseOrder(row, parse));
  return {
    orders: parsed.filter((order): order is ShopOrder => !('problem' in order)),
    ids: new Set(rows.map(orderId).filter((id) => id !== null)),
  };
}

/** One order, whatever its status; null when the shop says that it has none with this id. SHOP_REFUSED is any other refusal. */
export async function fetchOrder(
  client: ShopClient,
  id: number,
  parse: OrderParsing,
): Promise<ShopOrder | MalformedOrder | null> {
  try {
    const { data } = await client.get(`orders/${id}`, { _fields: ORDER_FIELDS });
    return parseOrder(data, parse);
  } catch (error) {
    const isGone = shopErrorStatus(error) === 404 && wooErrorCode(error) === 'woocommerce_rest_shop_order_invalid_id';
    if (isGone) return null;
    throw error;
  }
}
