import { createApp, type App } from '../app.js';
import { loadConfig, secretValues } from '../config/load.js';
import type { Config } from '../config/schema.js';
import type { Clock } from '../lib/clock.js';
import { createLifecycle } from '../lib/lifecycle.js';
import { createLogger, type AppLogger } from '../lib/logger.js';
import { reportFailure } from './failure.js';
import type { Terminal } from './terminal.js';

/** The options that every command takes. */
export interface GlobalOptions {
  readonly config: string;
  readonly json?: true;
  readonly debug?: true;
}

/** What a command gets from the process. */
export interface Surroundings {
  readonly terminal: Terminal;
  readonly clock: Clock;
}

interface Session {
  readonly app: App;
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** The result: as JSON where --json asks for it, otherwise in words. */
  readonly print: (result: unknown, words: string) => void;
}

type Work = (session: Session) => Promise<void>;

/** Does the work with an App of its own, after a look whether the tables are those of this release. */
export async function withApp(options: GlobalOptions, around: Surroundings, work: Work): Promise<void> {
  await withAppOnAnySchema(options, around, async (session) => {
    await session.app.assertSchema();
    await work(session);
  });
}

/** Closes everything whatever happens. Warnings go to standard error, with --debug the whole log. */
export async function withAppOnAnySchema(options: GlobalOptions, around: Surroundings, work: Work): Promise<void> {
  const { terminal, clock } = around;
  const debug = options.debug === true;
  exitOnUncaught((error) => Promise.resolve(reportFailure(error, terminal, debug)));
  const { config, warnings } = await loadConfig(options.config, process.env);
  const logger = createLogger({
    level: debug ? 'debug' : 'warn',
    format: logFormat(config, process.stderr),
    stream: process.stderr,
    now: () => clock.now(),
  });
  hideSecrets(config, terminal, logger);
  for (const warning of warnings) logger.warn(warning);
  const lifecycle = createLifecycle();
  lifecycle.add('the log', () => logger.flush());
  const app = createApp({ config, logger, clock });
  lifecycle.add('the app', () => app.stop());
  const print = (result: unknown, words: string) => {
    terminal.out(options.json === true ? JSON.stringify(result, null, 2) : words);
  };
  await lifecycle.start(() => work({ app, terminal, clock, print }));
  await lifecycle.close();
}

export function hideSecrets(config: Config, ...from: Pick<AppLogger, 'redact'>[]): void {
  for (const secret of secretValues(config)) for (const one of from) one.redact(secret);
}

/** `auto`: pretty for a person at a terminal, JSON for everything else. */
export function logFormat({ log }: Config, stream: { readonly isTTY?: boolean }): 'json' | 'pretty' {
  if (log.format !== 'auto') return log.format;
  return stream.isTTY === true ? 'pretty' : 'json';
}

/** An error that nobody awaited leaves unknown state behind, so the process ends: `report` resolves with its exit code. */
export function exitOnUncaught(report: (error: unknown) => Promise<number>): void {
  process.on('uncaughtException', (error: unknown) => {
    void report(error).then((code) => process.exit(code));
  });
}
