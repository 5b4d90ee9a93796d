import { createRequire } from 'node:module';
import { Agent } from 'node:https';
import axios, { type AxiosResponse } from 'axios';
import PQueue from 'p-queue';
import type WooCommerceModule from '@woocommerce/woocommerce-rest-api';
import { SECOND, type Clock } from '../lib/clock.js';
import { AppError } from '../lib/errors.js';
import { httpDefaults } from '../lib/http.js';
import { createCircuit, LONGEST_WAIT_MS, type CircuitOptions, type Passage } from './circuit.js';
import { answerError, transportError, type RawAnswer, type ShopRequest } from './shop-error.js';

/** Required, not imported: Node's import wraps this CommonJS module's default export once more than tsx (under mocha) does. */
const { default: WooCommerceRestApi } = createRequire(import.meta.url)(
  '@woocommerce/woocommerce-rest-api',
) as typeof WooCommerceModule;

export interface ShopClientOptions {
  /** Where the shop answers, http or https, with the path of its folder if it has one. */
  readonly url: string;
  /** WordPress's rest_url_prefix, normally `wp-json`. */
  readonly restPrefix: string;
  readonly consumerKey: string;
  readonly consumerSecret: string;
  /** Puts the key into the address over https: only for hosts that strip the Authorization header. */
  readonly queryStringAuth: boolean;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Requests at a time; more than two gained nothing on a real shop and took PHP workers from its customers. */
  readonly concurrency?: number;
  /** Requests in one second, those that are tried again included; without it there is no ceiling. */
  readonly requestsPerSecond?: number;
  /** PEM of the only certificate authority to trust, for a shop that signed its own certificate. */
  readonly ca?: string;
  /** Is told when the shop is found to be out, and when it is back. */
  readonly outage?: Omit<CircuitOptions, 'clock'>;
}

/** Lists are sent joined by commas; undefined is left out. */
export type ShopParams = Readonly<Record<string, string | number | boolean | readonly (string | number)[] | undefined>>;

/** `data` is always JSON, an object or a list, still to be parsed; the names of `headers` are in lower case. */
export interface ShopAnswer {
  readonly data: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * WooCommerce's REST API (wc/v3). Every failure is an AppError: SHOP_DENIED, SHOP_NOT_FOUND, SHOP_REFUSED, SHOP_BUSY, SHOP_UNREACHABLE or
 * SHOP_BAD_ANSWER. Reads are tried up to three times after the last three of these, writes once: a write whose answer is lost may have happened.
 * While the shop is out nothing is sent (see `createCircuit`).
 */
export interface ShopClient {
  get(path: string, params?: ShopParams): Promise<ShopAnswer>;
  post(path: string, body: object): Promise<ShopAnswer>;
  delete(path: string, params?: ShopParams): Promise<ShopAnswer>;
  /** A path under the REST prefix itself, without a key; `''` is the root. */
  getPublic(path: string, params?: ShopParams): Promise<ShopAnswer>;
}

const READ_RETRY_DELAYS_MS = [500, 2_000];

export function createShopClient(options: ShopClientOptions): ShopClient {
  const { clock, timeoutMs } = options;
  // The ceiling is of real time, which is what the shop feels.
  const queue = new PQueue({
    concurrency: options.concurrency ?? 2,
    ...(options.requestsPerSecond === undefined
      ? {}
      : { interval: SECOND, intervalCap: options.requestsPerSecond, strict: true }),
  });
  const circuit = createCircuit({ clock, onOpen: () => undefined, onClose: () => undefined, ...options.outage });
  const defaults = httpDefaults();
  const transport = {
    ...defaults,
    ...(options.ca === undefined ? {} : { httpsAgent: new Agent({ keepAlive: true, ca: options.ca }) }),
    validateStatus: () => true,
  };
  const url = options.url.replace(/\/+$/, '');
  const restPrefix = options.restPrefix.replace(/^\/+|\/+$/g, '');
  const secrets = [options.consumerSecret, options.consumerKey].filter((secret) => secret !== '');

  /** The library takes no signal for one request, so that each gets a client of its own; the sockets are shared. */
  const library = (signal: AbortSignal) =>
    new WooCommerceRestApi({
      url,
      wpAPIPrefix: restPrefix,
      version: 'wc/v3',
      consumerKey: options.consumerKey,
      consumerSecret: options.consumerSecret,
      queryStringAuth: options.queryStringAuth,
      timeout: timeoutMs,
      axiosConfig: { ...transport, signal },
    });

  const once = (
    { check }: Passage,
    method: string,
    path: string,
    send: (signal: AbortSignal) => Promise<unknown>,
  ): Promise<ShopAnswer> =>
    queue.add(async () => {
      check();
      const request: ShopRequest = { method, path, url, secrets };
      // Made here and not before the queue: waiting for a turn is not the shop's time.
      const signal = AbortSignal.timeout(timeoutMs);
      let answer: RawAnswer;
      try {
        answer = rawAnswer(await send(signal));
      } catch (error) {
        throw transportError(request, error, signal.aborted || isTimeout(error), timeoutMs);
      }
      const error = answerError(request, answer, clock);
      if (error !== null) throw error;
      return { data: answer.data, headers: answer.headers };
    });

  const read = (path: string, send: (signal: AbortSignal) => Promise<unknown>): Promise<ShopAnswer> =>
    circuit(async (passage) => {
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await once(passage, 'GET', path, send);
        } catch (error) {
          const wait = passage.isProbe ? null : retryDelay(error, attempt);
          if (wait === null) throw error;
          await clock.sleep(wait);
        }
      }
    });

  const write = (method: string, path: string, send: (signal: AbortSignal) => Promise<unknown>): Promise<ShopAnswer> =>
    circuit((passage) => once(passage, method, path, send));

  return {
    get: (path, params = {}) => read(path, (signal) => library(signal).get(path, plainParams(params))),
    post: (path, body) => write('POST', path, (signal) => library(signal).post(path, body)),
    delete: (path, params = {}) => write('DELETE', path, (signal) => library(signal).delete(path, plainParams(params))),
    getPublic: (path, params = {}) =>
      read(path, (signal) =>
        axios.get(`${url}/${restPrefix}/${path}`, {
          ...transport,
          signal,
          timeout: timeoutMs,
          responseType: 'json',
          params: plainParams(params),
        }),
      ),
  };
}

/** The library spells undefined out, drops dates, and lists of more than ten broke its OAuth signature: nothing but strings reaches it. */
function plainParams(params: ShopParams): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(',') : String(value as string | number)]],
    ),
  );
}

/** Nothing else of the library's answer is kept: its config and request hold the secret. */
function rawAnswer(response: unknown): RawAnswer {
  const { status, headers, data } = response as AxiosResponse<unknown>;
  const plain = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return { status, headers: Object.fromEntries(plain) as Record<string, string>, data };
}

function isTimeout(error: unknown): boolean {
  return axios.isAxiosError(error) && (error.code === 'ECONNABORTED' || error.code === 'ETIMEDOUT');
}

function retryDelay(error: unknown, attempt: number): number | null {
  const delay = READ_RETRY_DELAYS_MS[attempt];
  if (!(error instanceof AppError) || !error.retryable || delay === undefined) return null;
  const wait = Math.max(delay, error.retryAfterMs ?? 0);
  return wait <= LONGEST_WAIT_MS ? wait : null;
}
