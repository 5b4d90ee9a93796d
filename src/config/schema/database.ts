import { z } from 'zod';
import { about, aboutSecret, positive, secret, text } from './kinds.js';

export const database = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').meta(about('Where the server is.', 'db.example.com')),
    port: positive.max(65_535).default(3306).meta(about('Its port.', 3307)),
    socket: z
      .string()
      .min(1)
      .optional()
      .meta(about('Path of a Unix socket; it wins over host and port.', '/run/mysqld/mysqld.sock')),
    user: z.string().min(1).meta(about('Who logs in there.', 'reengaged')),
    password: secret
      .or(z.literal(''))
      .default('')
      .meta(aboutSecret("The user's password; empty for a user without one.", 'DATABASE_PASSWORD')),
    name: z.string().min(1).meta(about("The schema: the shop's own, or another on the same server.", 'wordpress')),
    table_prefix: text(/^[A-Za-z0-9_]{0,40}$/, 'at most 40 letters, digits and underscores')
      .default('wp_wch_')
      .meta(about("What every table's name begins with. With the plugin: WordPress's prefix and wch_.", 'shop_wch_')),
    pool_size: positive.max(100).default(10).meta(about('Connections at once, at most.', 20)),
  })
  .describe('MySQL or MariaDB. Takes effect at the next start.');
