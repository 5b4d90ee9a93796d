import { createApp } from '../../src/app.js';
import { configSchema } from '../../src/config/schema.js';
import { createLogger } from '../../src/lib/logger.js';
import { serve } from './serve.js';

export interface AppInput {
  /** A configuration file's content. */
  readonly config: unknown;
  /** A recurring hook, or `sync`. */
  readonly task: string;
}

/** What a daemon has read before any job is due. */
const READ_BEFORE = ['reengaged_sync_catalogue', 'reengaged_sync_accounts'];

/** The real app; before a job it knows the shop's settings and has walked the orders, the catalogue and the accounts, as a daemon has that runs. */
serve(async ({ config, task }: AppInput) => {
  const logger = createLogger({ level: 'warn', format: 'json', stream: process.stderr });
  const app = createApp({ config: configSchema.parse(config), logger });
  await app.sync();
  if (task !== 'sync') for (const hook of READ_BEFORE) await app.queue.doAction(hook);
  return {
    run: () => (task === 'sync' ? app.sync() : app.queue.doAction(task)),
    close: () => app.stop(),
  };
});
