import { sql } from 'drizzle-orm';
import type { ActionRow } from '../../src/db/actions.js';
import type { Database } from '../../src/db/pool.js';
import { DAY } from '../../src/lib/clock.js';
import { AppError } from '../../src/lib/errors.js';
import type { Logger } from '../../src/lib/logger.js';
import { createQueue, type Queue } from '../../src/queue/dispatch.js';
import type { Handler } from '../../src/queue/handler.js';
import { ALL_HOOKS, type Hook } from '../../src/queue/hooks.js';
import { createRunner, type Runner, type RunnerSettings } from '../../src/queue/runner.js';
import { createDrivenClock, type DrivenClock } from '../../src/sandbox/driven-clock.js';
import { useDatabase } from '../support/database.js';

/** Noon in Madrid, a Tuesday in winter. */
export const NOON = Date.parse('2026-02-10T11:00:00Z');

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

export type Handlers = Partial<Record<Hook, Partial<Handler>>>;

export interface Daemon {
  readonly runner: Runner;
  readonly queue: Queue;
  readonly log: readonly LogLine[];
}

export interface Journal {
  readonly database: Database;
  readonly clock: DrivenClock;
  /** The shop's zone; a test may change it. */
  zone: string;
  /** A queue and its runner on the same database, stopped after the test. Hooks without a handler of the test's are done at once. */
  daemon(handlers?: Handlers, settings?: Partial<RunnerSettings>): Daemon;
}

const SETTINGS: RunnerSettings = {
  claimSize: 500,
  leaseSeconds: 60,
  pollSeconds: 5,
  drainSeconds: 30,
  retryDelaysSeconds: [30, 90, 270],
  outageDelaySeconds: 60,
};

/** Empty tables, a clock and daemons, new for each test; to be called inside describe(). */
export function useJournal(): () => Journal {
  const database = useDatabase();
  let journal: Journal | undefined;
  let runners: Runner[] = [];
  let claims = 0;

  beforeEach(async () => {
    await emptyTables(database());
    const clock = createDrivenClock(NOON);
    const made: Journal = {
      database: database(),
      clock,
      zone: 'Europe/Madrid',
      daemon: (handlers = {}, settings = {}) => {
        const log: LogLine[] = [];
        const runner = createRunner({
          database: database(),
          clock,
          handlers: handlersWith(handlers),
          settings: () => ({ ...SETTINGS, ...settings }),
          logger: collecting(log),
          claimId: () => `claim-${++claims}`,
        });
        runners.push(runner);
        const queue = createQueue({ database: database(), runner, clock, zone: () => Promise.resolve(made.zone) });
        return { runner, queue, log };
      },
    };
    journal = made;
  });

  afterEach(async () => {
    const stopped = Promise.all(runners.map((runner) => runner.stop()));
    await journal?.clock.advance(DAY);
    await stopped;
    runners = [];
    journal = undefined;
  });

  return () => {
    if (journal === undefined) throw new Error('Only from inside a test or a hook.');
    return journal;
  };
}

export function handlersWith(handlers: Handlers): Handler[] {
  return ALL_HOOKS.map((hook) => ({
    hook,
    exclusive: false,
    concurrency: () => 4,
    interrupted: null,
    exhausted: null,
    run: () => Promise.resolve({ name: 'done' }),
    ...handlers[hook],
  }));
}

export async function emptyTables(database: Database): Promise<void> {
  for (const table of Object.values(database.tables)) await database.query((orm) => orm.delete(table));
}

/** As if the daemons that hold these actions, or any, had died long ago. */
export async function expireLeases(database: Database): Promise<void> {
  const { actions } = database.tables;
  await database.query((orm) =>
    orm.execute(sql`UPDATE ${actions} SET lease_until = '2000-01-01' WHERE lease_until IS NOT NULL`),
  );
}

/** Every action as it is stored, oldest first. */
export async function allActions(database: Database) {
  const { actions } = database.tables;
  return await database.query((orm) => orm.select().from(actions).orderBy(actions.id));
}

/** Every row of the log as it is stored, oldest first. */
export async function allLogRows(database: Database) {
  const { reengagementLog } = database.tables;
  return await database.query((orm) => orm.select().from(reengagementLog).orderBy(reengagementLog.id));
}

/** A promise and what resolves it. */
export function signal<T = void>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let settle: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return {
    promise,
    resolve: (value) => {
      settle(value);
    },
  };
}

/** A handler that tells when it began and ends when it is told to. */
export function gate(): {
  readonly handler: Partial<Handler>;
  readonly begun: Promise<ActionRow>;
  readonly open: () => void;
} {
  const begun = signal<ActionRow>();
  const opened = signal();
  return {
    handler: {
      run: async (action) => {
        begun.resolve(action);
        await opened.promise;
        return { name: 'done' };
      },
    },
    begun: begun.promise,
    open: () => {
      opened.resolve();
    },
  };
}

export async function failureOf(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof AppError)) throw new Error(`no AppError but ${String(error)}`);
  return error;
}

function collecting(log: LogLine[]): Logger {
  const at =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}): void => {
      log.push({ level, message, fields });
    };
  const logger: Logger = {
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    child: () => logger,
  };
  return logger;
}

/** Asks until the answer is yes, and fails when it never comes; each question goes to the database and back. */
export async function until(question: () => Promise<boolean>): Promise<void> {
  for (let asked = 0; asked < 2_000; asked++) if (await question()) return;
  throw new Error('What was waited for never came.');
}
