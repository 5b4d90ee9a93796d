import type { Config } from '../config/schema.js';
import type { Database } from '../db/pool.js';
import type { Clock } from '../lib/clock.js';
import type { Logger } from '../lib/logger.js';
import type { NewAction } from '../db/actions.js';
import type { ShopProduct, SiteFacts } from '../reengagement/shop-facts.js';
import type { ShopClient } from '../shop/client.js';
import type { WhatsAppClient } from '../whatsapp/client.js';
import type { Halts } from './halts.js';
import type { TemplateBook } from './template-book.js';

/** How many orders a walk read, and how many of them it had to leave out. */
export interface SyncResult {
  readonly orders: number;
  readonly malformed: number;
}

/** How many products a walk read, and how many of them it had to leave out. */
export interface CatalogueResult {
  readonly products: number;
  readonly malformed: number;
}

/** What every job is given; app.ts makes it. Functions where a reload of the configuration may bring something new. */
export interface JobServices {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: () => Config;
  readonly shop: () => ShopClient;
  readonly site: () => Promise<SiteFacts>;
  /** Live facts, at most a minute old; products that are gone are absent. Parents of variations are as the catalogue has them. */
  readonly products: (ids: readonly number[]) => Promise<ReadonlyMap<number, ShopProduct>>;
  /** The same with live parents: what is about to be said has to be true, and nobody advertises a variation of a draft. */
  readonly productsToSend: (ids: readonly number[]) => Promise<ReadonlyMap<number, ShopProduct>>;
  /** The ids of their categories, out of the catalogue; the shop is asked for what is missing there. */
  readonly categories: (ids: readonly number[]) => Promise<ReadonlyMap<number, readonly number[]>>;
  readonly whatsapp: () => WhatsAppClient;
  /** Brings the mirror of the orders up to the shop; a walk that is under way is shared. */
  readonly syncShop: () => Promise<SyncResult>;
  readonly templates: Pick<TemplateBook, 'problem'>;
  readonly halts: Halts;
  readonly enqueueAll: (actions: readonly NewAction[]) => Promise<number>;
  /** A whole number from 0 to below `maxExclusive`, unguessable: coupon codes are made with it. */
  readonly randomInt: (maxExclusive: number) => number;
}
