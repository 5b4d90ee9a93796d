import { z } from 'zod';
import { backInStock } from './schema/back-in-stock.js';
import { database } from './schema/database.js';
import { http } from './schema/http.js';
import { log } from './schema/log.js';
import { queue } from './schema/queue.js';
import { reengagement } from './schema/reengagement.js';
import { shop } from './schema/shop.js';
import { whatsapp, type template } from './schema/whatsapp.js';

/**
 * The configuration, whole: the only table of defaults; each section stands in a file of its own in schema/. Keys are snake_case,
 * the plugin's own are kept, and every number that the plugin fixed in code is a setting here.
 */
export const configSchema = z
  .strictObject({
    $schema: z.string().optional(),
    shop,
    database,
    whatsapp,
    reengagement: reengagement.prefault({}),
    back_in_stock: backInStock,
    queue,
    http,
    log,
  })
  .describe('Configuration of reengaged');

export type Config = z.output<typeof configSchema>;
export type TemplateConfig = z.output<typeof template>;
