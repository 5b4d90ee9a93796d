import type { AppInput } from './app-child.js';
import { ASKED_AT, type Ground } from './ground.js';
import { measureOnce, startMeasured, type Measurement } from './measured.js';
import type { RequestsInput } from './requests-child.js';
import type { StubRequest } from './stub-shop.js';

export interface JobRun extends Measurement<unknown> {
  readonly statements: number;
  readonly requests: readonly StubRequest[];
  /** Requests under way at the same time, at most. */
  readonly mostAtOnce: number;
}

export interface Job {
  run(): Promise<JobRun>;
  end(): Promise<void>;
}

/** The real app in a process of its own, which prepares while the shop answers at once; what it asks of the shop and of the database is counted. */
export async function startJob({ database, shop }: Ground, input: AppInput): Promise<Job> {
  shop.hurried = true;
  const child = await startMeasured<unknown>('app-child.js', input).finally(() => {
    shop.hurried = false;
  });
  return {
    run: async () => {
      shop.take();
      const { result, statements } = await database.counting(() => child.run());
      return { ...result, statements, ...shop.take() };
    },
    end: () => child.end(),
  };
}

/** The same requests by a bare loop, at the pace of the daemon. */
export async function bareRequests({ shop }: Ground, { requests }: JobRun): Promise<Measurement<unknown>> {
  const { url, consumerKey, consumerSecret } = shop;
  const input: RequestsInput = { shop: { url, consumerKey, consumerSecret }, requests, ...ASKED_AT };
  return await measureOnce('requests-child.js', input);
}

/** For details: the requests as a count. */
export function summary({ requests, ...run }: JobRun) {
  return { ...run, requests: requests.length };
}
