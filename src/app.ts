import { randomBytes, randomInt } from 'node:crypto';
import { createSettings, type Settings } from './config/live-settings.js';
import { secretValues } from './config/load.js';
import type { Config } from './config/schema.js';
import { hurryActions, type ActionRow } from './db/actions.js';
import { importConsent, recordConsent, type ConsentEntry, type ImportedConsent } from './db/consent.js';
import { listActions, type ActionFilter } from './db/journal.js';
import { databaseState, migrate, type MigrationReport } from './db/migrate.js';
import { openDatabase, type Database } from './db/pool.js';
import { saveProducts } from './db/products.js';
import type { DatabaseOptions } from './db/session.js';
import type { SeenProduct } from './db/views.js';
import type { HealthReport } from './http/health.js';
import { createAnalytics } from './jobs/analytics.js';
import { explain, type Explanation } from './jobs/explain.js';
import { createHalts } from './jobs/halts.js';
import { importViews, seenProducts, type ViewsImport } from './jobs/import-views.js';
import type { SeenAs } from './jobs/seen-product.js';
import { createLiveProducts } from './jobs/live-products.js';
import { nextRuns, type NextRun } from './jobs/next-runs.js';
import { preview, type Preview, type PreviewOptions } from './jobs/preview.js';
import { createHandlers, recurringJobs } from './jobs/registry.js';
import type { JobServices, SyncResult } from './jobs/services.js';
import { createSiteBook } from './jobs/site-book.js';
import { readAccountConsent } from './jobs/sync-accounts.js';
import { syncShop, type SyncProgress } from './jobs/sync-shop.js';
import { createTemplateBook } from './jobs/template-book.js';
import { trackView, type TrackedView } from './jobs/track-view.js';
import { SECOND, systemClock, type Clock } from './lib/clock.js';
import { AppError, errorMessage } from './lib/errors.js';
import { shared } from './lib/group.js';
import { createLifecycle, type Lifecycle } from './lib/lifecycle.js';
import { createLogger, neverThrowing, type Logger } from './lib/logger.js';
import { createQueue, type Queue } from './queue/dispatch.js';
import { isHook, type Hook } from './queue/hooks.js';
import { createJournal, type Journal } from './queue/journal.js';
import { createRunner, type EndingCounts } from './queue/runner.js';
import { startTicker } from './queue/ticker.js';
import type { Analytics } from './reengagement/analytics.js';
import { createShopClient, type ShopClient } from './shop/client.js';
import { createWhatsAppClient, type WhatsAppClient } from './whatsapp/client.js';

export { loadConfig } from './config/load.js';
export { ACTION_STATUSES } from './db/actions.js';
export { BY_HAND } from './db/by-hand.js';
export { ALL_HOOKS } from './queue/hooks.js';
export { CAMPAIGN_TYPES } from './reengagement/campaign-type.js';

/** Reasons to wait that a new configuration may have done away with. */
const MENDED_BY_CONFIGURATION = [
  'halted',
  'template_held',
  'whatsapp_unreachable',
  ...(['SHOP_DENIED', 'SHOP_NOT_FOUND', 'SHOP_UNREACHABLE', 'SHOP_BAD_ANSWER', 'WHATSAPP_REFUSED'] as const).map(
    (code) => code.toLowerCase(),
  ),
];

export interface AppOptions {
  readonly config: Config;
  /** The file that `config` was loaded from: settings that are changed are written there. Default: they are not written. */
  readonly configPath?: string;
  /** Default: JSON lines on standard output, at the configured level, without the configuration's secrets. */
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** A whole number from 0 to below its argument. Default: node:crypto's. */
  readonly randomInt?: (maxExclusive: number) => number;
  /** PEM of the authority behind a shop's own certificate. */
  readonly shopCa?: string;
}

export interface HookRun {
  /** What the job documentation says the job returns; undefined for a hook that does not recur. */
  readonly result?: unknown;
  /** How the due actions of the hook ended. */
  readonly endings: EndingCounts;
}

/** What the command line, the demo and a program that embeds reengaged can do. */
export interface App {
  readonly queue: Queue;
  readonly journal: Journal;
  readonly analytics: Analytics;
  readonly settings: Settings;
  readonly config: () => Config;
  /** Takes another configuration up; what is under way goes on. `database` and `http` take effect at the next start. */
  reconfigure(next: Config): void;
  migrate(options: { readonly dryRun: boolean }): Promise<MigrationReport>;
  /** @throws AppError SCHEMA_OUTDATED or SCHEMA_NEWER unless the tables are those of this release. */
  assertSchema(): Promise<void>;
  /** Runs as a daemon until `stop`. */
  start(): Promise<void>;
  /** Drains within `queue.drain_seconds` and closes everything. */
  stop(): Promise<void>;
  /** Plans the next run of every recurring job; the daemon does it once a minute. */
  tick(): Promise<void>;
  /** Runs what is due of these hooks, of all without any. */
  runDue(hooks?: readonly string[]): Promise<EndingCounts>;
  /** As `wp action-scheduler run --hooks=`: runs a recurring job now, whatever its time, and then what is due of the hook. */
  runHook(hook: string, onEnded?: (ended: number) => void): Promise<HookRun>;
  sync(onProgress?: (progress: SyncProgress) => void): Promise<SyncResult>;
  trackView(phone: string, productId: number): Promise<TrackedView>;
  /** Who would get what at the next run, and who nothing and why; writes and sends nothing. Throws MIRROR_NOT_READY, SHOP_* and DB_*. */
  preview(options?: PreviewOptions): Promise<Preview>;
  /** Everything that decides about the person with this phone (E.164 with plus), in facts and in sentences. Writes nothing. */
  explain(phone: string): Promise<Explanation>;
  /** When each hook is due next, and how much of it waits; of one hook only that. Throws UNKNOWN_HOOK. */
  nextRuns(hook?: string): Promise<NextRun[]>;
  recordConsent(entries: readonly ConsentEntry[]): Promise<void>;
  /** Leaves out what the ledger has already; returns how many decisions are new. */
  importConsent(entries: readonly ImportedConsent[], onProgress?: (done: number) => void): Promise<number>;
  /** How a view of each of these products is noted now; one that the shop has not is absent. */
  seenProducts(ids: readonly number[], onProgress?: (asked: number) => void): Promise<ReadonlyMap<number, SeenAs>>;
  /** Leaves out what is there already: the same person, product and second. All of them are noted or none. */
  importViews(views: readonly SeenProduct[], onProgress?: (done: number) => void): Promise<ViewsImport>;
  /** ISO 3166 alpha-2 of phones written without a country code, or null. Throws SHOP_* where only the shop could say. */
  phoneCountry(): Promise<string | null>;
  actions(filter: ActionFilter): Promise<ActionRow[]>;
  health(): Promise<HealthReport>;
}

/**
 * The composition root: the only place that makes clients. Nothing is connected before it is used.
 * @throws AppError HOOK_WITHOUT_HANDLER
 */
export function createApp(options: AppOptions): App {
  const clock = options.clock ?? systemClock;
  let config = options.config;
  const lifecycle = createLifecycle();
  const { logger: given, hide } =
    options.logger === undefined ? ownLogger(config, lifecycle) : { logger: options.logger, hide: () => undefined };
  const logger = neverThrowing(given);
  const database = openDatabase({ ...databaseOptions(config), poolSize: config.database.pool_size });
  lifecycle.add('the database', () => database.close());

  let clients = makeClients(options, config, clock, logger);
  const shop = () => clients.shop;
  const whatsapp = () => clients.whatsapp;
  const siteBook = createSiteBook(database, clock, logger, shop);
  const templates = createTemplateBook(clock, logger, whatsapp);
  const halts = createHalts(clock, logger);
  const source = { database, clock, logger, shop };
  /** For those who write nothing. */
  const lookedAt = createLiveProducts(source, () => Promise.resolve());
  const services: JobServices = {
    database,
    clock,
    logger,
    config: () => config,
    shop,
    site: () => siteBook.site(),
    ...createLiveProducts(source, (entries) => saveProducts(database, entries)),
    whatsapp,
    templates,
    halts,
    syncShop: shared(() => syncShop(services)),
    enqueueAll: (actions) => queue.enqueueAll(actions),
    randomInt: options.randomInt ?? randomInt,
  };
  const runner = createRunner({
    database,
    handlers: createHandlers(services),
    settings: () => runnerSettings(config),
    clock,
    logger,
    claimId: () => randomBytes(10).toString('hex'),
  });
  // Whoever runs the queue by hand may be interrupted too.
  lifecycle.add('the queue', () => runner.stop());
  const queue = createQueue({ database, runner, clock, zone: async () => (await siteBook.site()).zone });

  async function tick(): Promise<void> {
    for (const [hook, schedule] of recurringJobs(config)) await queue.scheduleRecurring(schedule, hook);
    runner.wake();
  }

  async function tickAndReport(): Promise<void> {
    try {
      await tick();
    } catch (error) {
      logger.error('The next runs could not be planned; trying again in a minute', { error });
    }
  }

  const health = () => readHealth(database);

  function reconfigure(next: Config): void {
    config = next;
    hide(next);
    clients = makeClients(options, next, clock, logger);
    siteBook.forget();
    templates.forget();
    // A new token or template may be what a halt waited for.
    halts.liftAll();
    hurryActions(database, MENDED_BY_CONFIGURATION, clock.now())
      .then(() => {
        runner.wake();
      })
      .catch((error: unknown) => {
        logger.warn('What waits was not told of the new configuration; it goes on at its time', { error });
      });
  }

  return {
    queue,
    journal: createJournal({ database, runner, clock }),
    analytics: createAnalytics(services),
    config: () => config,
    settings: createSettings({ config: () => config, reconfigure, path: options.configPath, env: process.env, logger }),
    reconfigure,
    migrate: ({ dryRun }) => migrate(databaseOptions(config), { dryRun }),
    assertSchema: () => assertSchema(databaseOptions(config)),
    start: () =>
      lifecycle.start(async () => {
        await assertSchema(databaseOptions(config));
        const { host, port } = config.http;
        if (port !== undefined) {
          // Loaded only where it is wanted: every command would start later by it.
          const { startHttpServer } = await import('./http/server.js');
          const server = await startHttpServer({ host, port, health, logger });
          lifecycle.add('the listener', () => server.close());
          logger.info('Listening', { address: server.address });
        }
        await tickAndReport();
        runner.start();
        const ticker = startTicker(tickAndReport);
        lifecycle.add('the schedule', () => ticker.stop());
        logger.info('Started', { enabled: config.reengagement.enabled, shop: config.shop.url });
      }),
    stop: () => lifecycle.close(),
    tick,
    runDue: (hooks) => runner.runDue(hooks?.map(assertHook)),
    runHook: async (hook, onEnded) => {
      const recurs = recurringJobs(config).has(assertHook(hook));
      const byHand = recurs ? { result: await queue.doAction(hook) } : {};
      return { ...byHand, endings: await runner.runDue([assertHook(hook)], onEnded) };
    },
    sync: async (onProgress) => {
      const result = await syncShop(services, onProgress);
      await readAccountConsent(services);
      return result;
    },
    trackView: (phone, productId) => trackView(services, phone, productId),
    preview: (options) => preview({ ...services, ...lookedAt, site: () => siteBook.look() }, options),
    explain: (phone) => explain({ ...services, ...lookedAt }, phone),
    nextRuns: async (hook) => await nextRuns(services, hook === undefined ? undefined : [assertHook(hook)]),
    recordConsent: (entries) => recordConsent(database, entries),
    importConsent: (entries, onProgress) => importConsent(database, entries, clock.now(), onProgress),
    seenProducts: (ids, onProgress) => seenProducts(services, ids, onProgress),
    importViews: (views, onProgress) => importViews(services, views, onProgress),
    phoneCountry: async () => config.shop.default_country ?? (await siteBook.look()).country,
    actions: (filter) => listActions(database, filter),
    health,
  };
}

/** Whoever embeds the app without a log of their own has its secrets hidden too, those of a later configuration included. */
function ownLogger(config: Config, lifecycle: Lifecycle) {
  const logger = createLogger({ level: config.log.level, format: 'json' });
  lifecycle.add('the log', () => logger.flush());
  const hide = (from: Config) => {
    for (const secret of secretValues(from)) logger.redact(secret);
  };
  hide(config);
  return { logger, hide };
}

function assertHook(hook: string): Hook {
  if (!isHook(hook)) throw new AppError('UNKNOWN_HOOK', `There is no hook ${hook}`);
  return hook;
}

function databaseOptions({ database }: Config): DatabaseOptions {
  const { host, port, socket, user, password, name, table_prefix: tablePrefix } = database;
  return { host, port, socket, user, password, name, tablePrefix };
}

function runnerSettings({ queue }: Config) {
  return {
    claimSize: queue.claim_size,
    leaseSeconds: queue.lease_seconds,
    pollSeconds: queue.poll_seconds,
    drainSeconds: queue.drain_seconds,
    retryDelaysSeconds: queue.retry_delays_seconds,
    outageDelaySeconds: queue.outage_delay_seconds,
  };
}

function makeClients(
  options: AppOptions,
  { shop, whatsapp }: Config,
  clock: Clock,
  logger: Logger,
): { shop: ShopClient; whatsapp: WhatsAppClient } {
  return {
    shop: createShopClient({
      url: shop.url,
      restPrefix: shop.rest_prefix,
      consumerKey: shop.consumer_key,
      consumerSecret: shop.consumer_secret,
      queryStringAuth: shop.query_string_auth,
      timeoutMs: shop.timeout_seconds * SECOND,
      concurrency: shop.concurrency,
      requestsPerSecond: shop.requests_per_second,
      clock,
      outage: {
        onOpen: (until, error) => {
          const nextProbe = new Date(until).toISOString();
          logger.warn('The shop does not answer: nothing is asked until a probe is answered', { nextProbe, error });
        },
        onClose: () => {
          logger.info('The shop answers again');
        },
      },
      ...(options.shopCa === undefined ? {} : { ca: options.shopCa }),
    }),
    whatsapp: createWhatsAppClient({
      baseUrl: whatsapp.base_url,
      apiVersion: whatsapp.api_version,
      phoneNumberId: whatsapp.phone_number_id,
      businessAccountId: whatsapp.business_account_id,
      accessToken: whatsapp.access_token,
      timeoutMs: whatsapp.timeout_seconds * SECOND,
    }),
  };
}

async function assertSchema(options: DatabaseOptions): Promise<void> {
  const state = await databaseState(options);
  if (state === 'newer') throw new AppError('SCHEMA_NEWER', 'The tables were made by a newer release');
  if (state !== 'current')
    throw new AppError(
      'SCHEMA_OUTDATED',
      state === 'empty' ? 'The tables do not exist yet' : 'The tables are those of an older release',
    );
}

async function readHealth(database: Database): Promise<HealthReport> {
  try {
    await database.ping();
    return { ok: true, checks: { database: { ok: true } } };
  } catch (error) {
    return { ok: false, checks: { database: { ok: false, detail: errorMessage(error) } } };
  }
}
