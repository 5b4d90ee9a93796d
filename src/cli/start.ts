import type { Command } from 'commander';
import { createApp, type App } from '../app.js';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { watchConfig, type ConfigWatch } from '../config/watch.js';
import { CATALOGUE } from '../lib/errors.js';
import { createLogger, type AppLogger } from '../lib/logger.js';
import {
  exitOnUncaught,
  hideSecrets,
  logFormat,
  SIGNAL_EXITS,
  SIGNALS,
  type GlobalOptions,
  type Surroundings,
} from './session.js';

export function defineStart(program: Command, around: Surroundings): void {
  program
    .command('start')
    .description(
      'Run as a daemon until SIGTERM or SIGINT. A change of the configuration takes effect at once; SIGHUP reads it again.',
    )
    .addHelpText('after', '\nExample:\n  reengaged start --config /etc/reengaged/reengaged.json')
    .action((_options, command: Command) => start(command.optsWithGlobals<GlobalOptions>(), around));
}

/** The log goes to standard output. */
async function start(options: GlobalOptions, { terminal, clock }: Surroundings): Promise<void> {
  const { config, warnings } = await loadConfig(options.config, process.env);
  const logger = createLogger({ ...logSettings(config, options), now: () => clock.now() });
  hideSecrets(config, terminal, logger);
  for (const warning of warnings) logger.warn(warning);
  exitOnUncaught(async (error) => {
    logger.error('An error that nobody expected: the process ends', { error });
    await logger.flush();
    return CATALOGUE.INTERNAL.exit;
  });
  const toldToStop = stopSignal(logger);
  const app = createApp({ config, configPath: options.config, logger, clock });
  const watch = followConfig(options, config, app, logger);
  try {
    await app.start();
    await toldToStop;
    await app.stop();
    logger.info('Stopped');
  } finally {
    watch.close();
    await logger.flush();
  }
}

function logSettings(config: Config, options: GlobalOptions) {
  const level = options.debug === true ? 'debug' : config.log.level;
  return { level, format: logFormat(config, process.stdout) } as const;
}

function followConfig(options: GlobalOptions, initial: Config, app: App, logger: AppLogger): ConfigWatch {
  const watch = watchConfig({
    path: options.config,
    env: process.env,
    initial,
    logger,
    onChange: (next, changed) => {
      hideSecrets(next, logger);
      logger.configure(logSettings(next, options));
      app.reconfigure(next);
      logger.info('The configuration has changed and is in effect', { changed });
    },
    onInvalid: (error) => {
      logger.error('The configuration file cannot be used; the last good one stays in effect', { error });
    },
    onRestartNeeded: (changed) => {
      logger.warn('These settings take effect when reengaged is started again', { changed });
    },
  });
  process.on('SIGHUP', () => {
    logger.info('Reading the configuration again', { signal: 'SIGHUP' });
    void watch.reload();
  });
  return watch;
}

/** Resolves at the first SIGTERM or SIGINT; the second ends the process at once. */
function stopSignal(logger: AppLogger): Promise<void> {
  return new Promise((resolve) => {
    let told = false;
    for (const signal of SIGNALS)
      process.on(signal, () => {
        if (told) process.exit(SIGNAL_EXITS[signal]);
        told = true;
        logger.info('Stopping: what is under way may end; another signal ends it at once', { signal });
        resolve();
      });
  });
}
