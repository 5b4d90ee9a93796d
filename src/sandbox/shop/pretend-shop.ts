import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock } from '../../lib/clock.js';
import { answerThroughFault, createFaults, type Faults } from '../http-faults.js';
import { type ApiKey, createAuthentication } from './authentication.js';
import { catalogueActions } from './catalogue.js';
import { createDispatch, parseBody } from './dispatch.js';
import { salesActions } from './sales.js';
import { createSiteTime } from './site-time.js';
import { type Coupon, createState, type Order, type Product } from './state.js';

/** What the owner sets in the shop's own settings. */
export interface SiteSettings {
  /** '' for a site that set a plain `gmtOffset` (hours) instead. Default America/New_York. */
  readonly timezoneString?: string;
  readonly gmtOffset?: number;
  readonly currency?: string;
  readonly decimals?: number;
}

export interface PretendShopOptions extends SiteSettings {
  /** The shop's time: dates of what is created and changed. Signatures are always checked in real time. */
  readonly clock?: Pick<Clock, 'now'>;
  readonly wooVersion?: string;
  /** With a certificate (PEM) it is https with basic auth; without, http with OAuth 1.0a. */
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly port?: number;
}

/** One request as it arrived, without its signature. */
interface ShopRequest {
  readonly method: string;
  /** With `/wp-json`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** The parsed JSON body, `{}` if there is none. */
  readonly body: Readonly<Record<string, unknown>>;
  /** By the shop's clock. */
  readonly at: number;
}

export interface PretendShop extends ReturnType<typeof catalogueActions>, ReturnType<typeof salesActions> {
  readonly url: string;
  /** May read and write. */
  readonly consumerKey: string;
  readonly consumerSecret: string;
  readonly readOnlyKey: string;
  readonly readOnlySecret: string;
  readonly requests: readonly ShopRequest[];
  clearRequests(): void;
  /** Calls back before each request is answered: what the shop does meanwhile. The next one takes its place. */
  beforeRequest(work: (request: ShopRequest) => void): void;
  readonly faults: Faults<ShopRequest>;
  /** Changes the site while it runs; what is not named stays. Moments stay what they are and are shown in the new zone. */
  setSite(settings: SiteSettings): void;
  readonly products: ReadonlyMap<number, Readonly<Product>>;
  readonly orders: ReadonlyMap<number, Readonly<Order>>;
  readonly coupons: ReadonlyMap<number, Readonly<Coupon>>;
  /** Also ends requests that are still unanswered. */
  close(): Promise<void>;
}

const WRITER: ApiKey = {
  consumerKey: `ck_${'a1'.repeat(20)}`,
  consumerSecret: `cs_${'b2'.repeat(20)}`,
  permissions: 'read_write',
};
const READER: ApiKey = {
  consumerKey: `ck_${'c3'.repeat(20)}`,
  consumerSecret: `cs_${'d4'.repeat(20)}`,
  permissions: 'read',
};

/** The whole body, or undefined when the client went away before it was sent. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch (error) {
    if (request.destroyed) return undefined;
    throw error;
  }
  return Buffer.concat(chunks).toString();
}

function splitTarget(target: string): { path: string; search: string } {
  const mark = target.indexOf('?');
  return mark === -1 ? { path: target, search: '' } : { path: target.slice(0, mark), search: target.slice(mark + 1) };
}

function loggedQuery(search: string): Record<string, string> {
  const visible = [...new URLSearchParams(search)].filter(([name]) => !/^(oauth_|consumer_)/.test(name));
  return Object.fromEntries(visible);
}

/**
 * A WooCommerce shop as a real HTTP server on loopback, holding everything in memory: what a client is told is what the real one was
 * recorded to say. It starts empty; the scenario fills it through the returned functions. Those throw an AppError for an id that does not exist.
 */
export async function createPretendShop(options: PretendShopOptions = {}): Promise<PretendShop> {
  const { clock = systemClock, tls } = options;
  let site = { timezoneString: 'America/New_York', gmtOffset: 0, currency: 'USD', decimals: 2, ...options };
  const settingsOf = () => ({
    currency: site.currency,
    decimals: site.decimals,
    wooVersion: options.wooVersion ?? '11.0.1',
  });
  const timeOf = () => createSiteTime(site.timezoneString, site.gmtOffset);
  const state = createState(settingsOf(), timeOf(), clock);
  const authenticate = createAuthentication([WRITER, READER], () => state.home, tls !== undefined, systemClock);
  const dispatch = createDispatch(state, authenticate);
  const faults = createFaults<ShopRequest>();
  const closing = new AbortController();
  let requests: ShopRequest[] = [];
  let before: (request: ShopRequest) => void = () => undefined;

  const respond = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(incoming);
    if (body === undefined) return;
    const { path, search } = splitTarget(incoming.url ?? '/');
    const method = incoming.method ?? 'GET';
    const logged = { method, path, query: loggedQuery(search), body: parseBody(body) ?? {}, at: clock.now() };
    requests.push(logged);
    before(logged);
    await answerThroughFault(
      response,
      faults.take(logged),
      () => dispatch({ method, path, search, headers: incoming.headers, body }),
      closing.signal,
    );
  };
  const listener = (incoming: IncomingMessage, response: ServerResponse) => void respond(incoming, response);
  const server = tls === undefined ? createHttpServer(listener) : createHttpsServer({ ...tls }, listener);
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  state.home = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    ...catalogueActions(state),
    ...salesActions(state),
    url: state.home,
    consumerKey: WRITER.consumerKey,
    consumerSecret: WRITER.consumerSecret,
    readOnlyKey: READER.consumerKey,
    readOnlySecret: READER.consumerSecret,
    get requests() {
      return requests;
    },
    clearRequests() {
      requests = [];
    },
    beforeRequest(work) {
      before = work;
    },
    faults,
    setSite(next) {
      site = { ...site, ...next };
      state.settings = settingsOf();
      state.time = timeOf();
    },
    products: state.products,
    orders: state.orders,
    coupons: state.coupons,
    async close() {
      closing.abort();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
