import { randomBytes } from 'node:crypto';
import { createApp, type App } from '../app.js';
import { loadConfig, secretValues } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { SECOND, type Clock } from '../lib/clock.js';
import { createLifecycle } from '../lib/lifecycle.js';
import { createLogger, withLogFields, type AppLogger } from '../lib/logger.js';
import { createRedactor } from '../lib/redact.js';
import { reportFailure } from './failure.js';
import { flushOutput, type Terminal } from './terminal.js';

/** The options that every command takes. */
export interface GlobalOptions {
  readonly config: string;
  readonly json?: true;
  readonly debug?: true;
}

/** 128 and the signal's number, as a shell tells it. */
export const SIGNAL_EXITS = { SIGINT: 130, SIGTERM: 143 } as const;
export const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** How long connections may take to close once the work is drained. */
const CLOSING_MS = 2 * SECOND;

/** What a command gets from the process. */
export interface Surroundings {
  readonly terminal: Terminal;
  readonly clock: Clock;
}

export interface Session {
  readonly app: App;
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** Aborts at the first SIGINT or SIGTERM: nothing new is begun then. */
  readonly stopping: AbortSignal;
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
  const redactor = createRedactor();
  hideSecrets(config, terminal, logger, { redact: redactor.register });
  for (const warning of warnings) logger.warn(warning);
  const lifecycle = createLifecycle();
  lifecycle.add('the log', () => logger.flush());
  const app = createApp({ config, configPath: options.config, logger, clock });
  lifecycle.add('the app', () => app.stop());
  const print = (result: unknown, words: string) => {
    terminal.out(redactor.output(options.json === true ? JSON.stringify(result, null, 2) : words));
  };
  const drain = config.queue.drain_seconds * SECOND + CLOSING_MS;
  // A database that does not answer must not keep the process.
  const interrupts = stopOnInterrupt(terminal, () => Promise.race([lifecycle.close(), clock.sleep(drain)]));
  const session = {
    app,
    terminal: quietAfter(interrupts.stopping, terminal),
    clock,
    stopping: interrupts.stopping,
    print,
  };
  try {
    const run = randomBytes(4).toString('hex');
    await lifecycle.start(() => withLogFields({ run }, () => work(session)));
    await lifecycle.close();
  } catch (error) {
    // What was stopped fails, and nobody needs to be told of it.
    if (!interrupts.stopping.aborted) throw error;
  } finally {
    await interrupts.over();
  }
}

/**
 * The first SIGINT or SIGTERM lets what is under way come to its end, bounded by `queue.drain_seconds`, gives back the rest and closes
 * everything; the second ends the process at once. Nothing is half done after either: an open transaction is taken back, and for
 * messages see design.md, "Sending".
 */
function stopOnInterrupt(terminal: Terminal, close: () => Promise<void>) {
  const stopping = new AbortController();
  let stopped: Promise<void> | undefined;
  const stop = (signal: keyof typeof SIGNAL_EXITS) => {
    const exit = () => process.exit(SIGNAL_EXITS[signal]);
    if (stopped !== undefined) exit();
    terminal.err('Stopping: what is under way ends or is taken back; another signal stops it at once.');
    stopping.abort();
    stopped = close()
      .catch(() => undefined)
      .then(flushOutput)
      .then(exit);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  return {
    stopping: stopping.signal,
    /** After a signal the process ends when everything is closed, and never before. */
    over: async () => {
      await stopped;
      for (const signal of SIGNALS) process.off(signal, stop);
    },
  };
}

/** A line that is written over would be left open when the process ends. */
function quietAfter(stopping: AbortSignal, terminal: Terminal): Terminal {
  return {
    ...terminal,
    rewrite: (text) => {
      if (!stopping.aborted) terminal.rewrite(text);
    },
  };
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
