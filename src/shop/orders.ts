import { SECOND } from '../lib/clock.js';
import type { ShopOrder } from '../reengagement/shop-facts.js';
import type { ShopClient } from './client.js';
import { ORDER_FIELDS } from './fields.js';
import { modifiedAfter } from './gmt.js';
import { orderId, orderModifiedAt, parseOrder, type MalformedOrder, type OrderParsing } from './order-row.js';
import { getPage } from './page.js';
import { walkBySecond } from './walk.js';

export interface OrdersWalk {
  /** `any` leaves the trash out, `any,trash` too: the trash is a walk of its own. */
  readonly status: 'any' | 'trash';
  /** The cursor that an earlier walk ended with, milliseconds; null for the first. */
  readonly since: number | null;
  /** How far to step back from `since`: an order can be saved later than the time it carries. */
  readonly overlapMs: number;
  readonly parse: OrderParsing;
  /** The site's zone: without it, orders modified in the hour that its clocks skip (taken as an hour UTC) can be missed. */
  readonly zone?: string;
}

export interface OrdersPage {
  readonly orders: readonly ShopOrder[];
  readonly malformed: readonly MalformedOrder[];
  /** Milliseconds: everything modified before this second is read. It never lies before `since`. */
  readonly cursor: number;
  /** Orders to read in the whole walk, as the shop counted them at its beginning. */
  readonly total: number | null;
}

/**
 * The orders modified since, of every status, in ascending order of modification: an order that leaves a status (paid, then cancelled) is seen.
 * One that is modified on the way comes again. Errors are the client's; a walk begun again at the last cursor loses nothing.
 */
export async function* walkOrders(client: ShopClient, walk: OrdersWalk): AsyncGenerator<OrdersPage> {
  const { status, since } = walk;
  const pages = walkBySecond({
    path: 'orders',
    from: since === null ? 0 : since - walk.overlapMs,
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
    const parsed = rows.map((row) => parseOrder(row, walk.parse));
    yield {
      orders: parsed.filter((order): order is ShopOrder => !('problem' in order)),
      malformed: parsed.filter((order): order is MalformedOrder => 'problem' in order),
      cursor: Math.max(cursor, Math.floor((since ?? 0) / SECOND) * SECOND),
      total,
    };
  }
}
