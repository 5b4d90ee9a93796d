import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosInstance } from 'axios';

const MEGABYTE = 1024 * 1024;

/** What every outgoing connection of the program shares: kept-alive sockets, no silent redirects, a bound on answers. */
export function httpDefaults() {
  return {
    httpAgent: new HttpAgent({ keepAlive: true }),
    httpsAgent: new HttpsAgent({ keepAlive: true }),
    maxRedirects: 0,
    maxContentLength: 32 * MEGABYTE,
    maxBodyLength: 4 * MEGABYTE,
  };
}

export interface HttpClientOptions {
  readonly baseUrl: string;
  readonly timeoutMs: number;
  readonly headers?: Record<string, string>;
}

/**
 * An axios instance that never retries, never follows a redirect and answers with every status (the vendor's edge decides what it
 * means). Its `timeout` is weak on half-open sockets: pass `signal: AbortSignal.timeout(ms)` with each request too.
 */
export function createHttpClient(options: HttpClientOptions): AxiosInstance {
  return axios.create({
    ...httpDefaults(),
    baseURL: options.baseUrl,
    timeout: options.timeoutMs,
    headers: { ...options.headers },
    validateStatus: () => true,
  });
}
