import { Writable } from 'node:stream';
import { createApp, type App } from '../../src/app.js';
import { configSchema, type Config } from '../../src/config/schema.js';
import type { Database } from '../../src/db/pool.js';
import { createLogger, type AppLogger } from '../../src/lib/logger.js';
import { DAY } from '../../src/lib/clock.js';
import { sandboxConfiguration } from '../../src/sandbox/configuration.js';
import { createDrivenClock, type DrivenClock } from '../../src/sandbox/driven-clock.js';
import { createPretendShop, type PretendShop, type PretendShopOptions } from '../../src/sandbox/shop/pretend-shop.js';
import { createPretendWhatsApp, type PretendWhatsApp } from '../../src/sandbox/whatsapp/pretend-whatsapp.js';
import { useDatabase } from './database.js';

/** Noon in Madrid, a Tuesday in winter: no clock change near, and outside the quiet hours. */
export const NOON = Date.parse('2026-02-10T11:00:00Z');

type Overrides = { readonly [Section in keyof Config]?: object };

export interface World {
  readonly clock: DrivenClock;
  readonly shop: PretendShop;
  readonly whatsapp: PretendWhatsApp;
  readonly database: Database;
  readonly app: App;
  readonly logger: AppLogger;
  /** Every line that was logged, parsed. */
  readonly log: Record<string, unknown>[];
  /** The configuration file's content, with sections changed. */
  settings(overrides?: Overrides): Config;
  /** Another daemon on the same database. */
  anotherApp(overrides?: Overrides): App;
  /** A customer of the shop whose only order was paid `daysAgo`; consents unless told otherwise. Returns the order's id. */
  order(phone: string, daysAgo: number, options?: OrderOptions): number;
}

export interface OrderOptions {
  readonly consent?: boolean | null;
  readonly total?: string;
  readonly productId?: number;
  readonly firstName?: string;
  readonly email?: string;
  readonly country?: string;
  readonly status?: 'completed' | 'processing' | 'pending' | 'failed' | 'cancelled';
  readonly currency?: string;
}

/** A pretend shop, a pretend WhatsApp, a database and the real app, new for each test; to be called inside describe(). */
export function useWorld(overrides: Overrides = {}, shopOptions: PretendShopOptions = {}): () => World {
  const database = useDatabase();
  let world: World | undefined;
  let apps: App[] = [];

  beforeEach(async () => {
    const clock = createDrivenClock(NOON);
    const shop = await createPretendShop({ clock, timezoneString: 'Europe/Madrid', ...shopOptions });
    const whatsapp = await createPretendWhatsApp({ clock });
    const log: Record<string, unknown>[] = [];
    const logger = createLogger({ level: 'debug', format: 'json', stream: collect(log), now: () => clock.now() });
    await emptyTables(database());
    const settings = (more: Overrides = {}) => configuration(shop, whatsapp, database.options(), overrides, more);
    const anotherApp = (more: Overrides = {}) => {
      const app = createApp({ config: settings(more), logger, clock });
      apps.push(app);
      return app;
    };
    const category = shop.addCategory('Cups');
    const basics = shop.addProduct({
      name: 'Plain cup',
      price: '10.00',
      categories: [category],
      createdAt: NOON - 400 * DAY,
    });
    world = {
      clock,
      shop,
      whatsapp,
      database: database(),
      app: anotherApp(),
      logger,
      log,
      settings,
      anotherApp,
      order: (phone, daysAgo, options = {}) =>
        placeOrder(shop, phone, clock.now() - Math.round(daysAgo * DAY), basics, options),
    };
  });

  afterEach(async () => {
    for (const app of apps) await app.stop();
    apps = [];
    await world?.shop.close();
    await world?.whatsapp.close();
    world = undefined;
  });

  return () => {
    if (world === undefined) throw new Error('Only from inside a test or a hook.');
    return world;
  };
}

function placeOrder(shop: PretendShop, phone: string, at: number, basics: number, options: OrderOptions): number {
  const { consent = true, email = `c${phone.replace(/\D/g, '')}@shop.example` } = options;
  return shop.placeOrder({
    billing: {
      first_name: options.firstName ?? 'Ana',
      last_name: 'Ruiz',
      phone,
      email,
      country: options.country ?? 'ES',
    },
    items: [{ productId: options.productId ?? basics, quantity: 1 }],
    status: options.status ?? 'completed',
    ...(options.total === undefined ? {} : { total: options.total }),
    ...(options.currency === undefined ? {} : { currency: options.currency }),
    createdAt: at,
    paidAt: options.status === 'pending' || options.status === 'failed' ? null : at,
    modifiedAt: at,
    meta: consent === null ? [] : [{ key: '_wa_consent', value: consent ? 'yes' : 'no' }],
  });
}

function configuration(
  shop: PretendShop,
  whatsapp: PretendWhatsApp,
  schema: Parameters<typeof sandboxConfiguration>[2],
  ...changes: Overrides[]
): Config {
  const base: Record<string, object> = sandboxConfiguration(shop, whatsapp, schema);
  const merged = changes.reduce<Record<string, object>>(
    (all, change) => ({
      ...all,
      ...Object.fromEntries(
        Object.entries(change).map(([section, values]) => [section, { ...all[section], ...values }]),
      ),
    }),
    base,
  );
  return configSchema.parse(merged);
}

function collect(log: Record<string, unknown>[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString().split('\n'))
        if (line !== '') log.push(JSON.parse(line) as Record<string, unknown>);
      done();
    },
  });
}

async function emptyTables(database: Database): Promise<void> {
  for (const table of Object.values(database.tables)) await database.query((orm) => orm.delete(table));
}
