import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import PQueue from 'p-queue';
import { filterFields } from '../../src/sandbox/shop/fields.js';

/** A row of a collection. A collection stands in ascending order of id, creation and modification alike. */
export interface StubRow {
  readonly id: number;
  /** Both dates, seconds since 1970. */
  readonly at: number;
  readonly stockStatus?: string;
  /** As the real shop answers; cut to `_fields` by the stub. */
  body(): object;
}

export interface StubRequest {
  /** Without the REST prefix, such as `wc/v3/orders`. */
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
}

export interface StubShop {
  readonly url: string;
  readonly consumerKey: string;
  readonly consumerSecret: string;
  /** What the shop has; may be changed at any time. */
  readonly has: { orders: readonly StubRow[]; products: readonly StubRow[] };
  /** Answers at once while true, otherwise as a real shop does. */
  hurried: boolean;
  /** The requests since the last call, and how many of them were under way at the same time at most. */
  take(): { readonly requests: readonly StubRequest[]; readonly mostAtOnce: number };
  close(): Promise<void>;
}

/** As seen on a real shop: 600 ms for 100 orders or products, at least 75 ms, two workers. */
const ROW_MS = 6;
const LEAST_MS = 75;
const WORKERS = 2;

/**
 * Answers the reads that the jobs make, in the real shop's shapes and with its latency. The pretend shop answers more and slower: it is no
 * match for 100,000 orders. Keys are not checked, and what is no order or product (accounts, variations) has no rows.
 */
export async function startStubShop(): Promise<StubShop> {
  const has: StubShop['has'] = { orders: [], products: [] };
  const workers = new PQueue({ concurrency: WORKERS });
  let requests: StubRequest[] = [];
  let underWay = 0;
  let mostAtOnce = 0;
  const stub = { hurried: false };

  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(incoming.url ?? '/', 'http://shop');
    const params = Object.fromEntries([...url.searchParams].filter(([name]) => !name.startsWith('oauth_')));
    const request = { path: url.pathname.replace(/^\/wp-json\//, ''), params };
    requests.push(request);
    mostAtOnce = Math.max(mostAtOnce, (underWay += 1));
    await workers.add(async () => {
      const begun = performance.now();
      const { rows, headers, body } = handle(request, has);
      const latency = stub.hurried ? 0 : Math.max(LEAST_MS, rows * ROW_MS);
      const rest = begun + latency - performance.now();
      if (rest > 0) await wait(rest);
      underWay -= 1;
      response.writeHead(200, { 'content-type': 'application/json; charset=UTF-8', ...headers }).end(body);
    });
  };
  const server = createServer((incoming, response) => void answer(incoming, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(stub, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    consumerKey: 'ck_bench',
    consumerSecret: 'cs_bench',
    has,
    take: () => {
      const taken = { requests, mostAtOnce };
      requests = [];
      mostAtOnce = 0;
      return taken;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  });
}

interface Handled {
  readonly rows: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Recorded answers of a real shop. */
const SITE: Readonly<Record<string, string>> = {
  '': 'wp-json-root',
  'wc/v3/system_status': 'system-status',
  'wc/v3/settings/general': 'settings-general',
};

function handle({ path, params }: StubRequest, has: StubShop['has']): Handled {
  const fixture = SITE[path];
  if (fixture !== undefined) {
    const file = new URL(`../fixtures/woocommerce/${fixture}.json`, import.meta.url);
    return { rows: 0, headers: {}, body: readFileSync(file, 'utf8') };
  }
  const all = path === 'wc/v3/orders' ? has.orders : path === 'wc/v3/products' ? has.products : [];
  const rows = select(all, params);
  const perPage = Number(params['per_page'] ?? '10');
  const page = rows.slice((Number(params['page'] ?? '1') - 1) * perPage).slice(0, perPage);
  const bodies = page.map((row) => filterFields(row.body(), params['_fields']));
  const headers = { 'x-wp-total': String(rows.length), 'x-wp-totalpages': String(Math.ceil(rows.length / perPage)) };
  return { rows: page.length, headers, body: JSON.stringify(bodies) };
}

function select(all: readonly StubRow[], params: StubRequest['params']): StubRow[] {
  if (params['status'] === 'trash') return [];
  const include = params['include'] === undefined ? null : new Set(params['include'].split(',').map(Number));
  const after = secondOf(params['modified_after'] ?? params['after']);
  const stock = params['stock_status'];
  const rows = all.filter(
    (row) =>
      row.at > after && (include === null || include.has(row.id)) && (stock === undefined || row.stockStatus === stock),
  );
  return params['order'] === 'asc' ? rows : rows.reverse();
}

/** The daemon sends UTC, with a Z or with dates_are_gmt. */
function secondOf(text: string | undefined): number {
  return text === undefined ? -Infinity : Date.parse(text.endsWith('Z') ? text : `${text}Z`) / 1_000;
}
