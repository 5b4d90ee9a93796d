import { sandboxConfiguration } from '../../src/sandbox/configuration.js';
import { createPretendWhatsApp } from '../../src/sandbox/whatsapp/pretend-whatsapp.js';
import { startBenchDatabase, type BenchDatabase, type BenchSchema } from './database.js';
import { startStubShop, type StubShop } from './stub-shop.js';

/** How the shop is asked, by the daemon and by the bare loops alike. */
export const ASKED_AT = { concurrency: 2, requestsPerSecond: 100 };

/** What a benchmark of a job stands on. */
export interface Ground {
  readonly database: BenchDatabase;
  readonly shop: StubShop;
  /** A configuration file's content, enabled, with settings of the shop changed. */
  readonly config: (schema: BenchSchema, shop?: object) => object;
}

export async function onGround<T>(work: (ground: Ground) => Promise<T>): Promise<T> {
  const database = await startBenchDatabase();
  try {
    const shop = await startStubShop();
    const whatsapp = await createPretendWhatsApp();
    try {
      return await work({
        database,
        shop,
        config: (schema, changes = {}) => {
          const content = sandboxConfiguration(shop, whatsapp, schema.options);
          const asked = { concurrency: ASKED_AT.concurrency, requests_per_second: ASKED_AT.requestsPerSecond };
          return { ...content, shop: { ...content.shop, ...asked, default_country: 'ES', ...changes } };
        },
      });
    } finally {
      await shop.close();
      await whatsapp.close();
    }
  } finally {
    await database.close();
  }
}
