import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import winston from 'winston';
import { createRedactor } from './redact.js';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
export type LogFormat = 'json' | 'pretty';

/** None of it throws: a line that cannot be written must not undo what it tells of. */
export interface Logger {
  error(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  debug(message: string, fields?: Record<string, unknown>): void;
  /** A logger whose every line carries `fields` too. */
  child(fields: Record<string, unknown>): Logger;
}

export interface AppLogger extends Logger {
  /** Leaves this secret out of every line from now on (see redact.ts). */
  redact(secret: string): void;
  /** Another level or format from now on. */
  configure(options: { readonly level: LogLevel; readonly format: LogFormat }): void;
  /** Resolves when every line so far has been handed to the operating system. Lines may follow. */
  flush(): Promise<void>;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Default: standard output. */
  readonly stream?: Writable;
  /** Milliseconds, UTC. */
  readonly now?: () => number;
}

/** The category that the job documentation gives every line. */
const CATEGORY = 'reengagement';
/** Characters of one line; what is longer loses fields, and the line says so. */
const MAX_LINE = 16_384;

const around = new AsyncLocalStorage<Readonly<Record<string, unknown>>>();

/**
 * Does the work so that every line logged in it, whoever logs it, carries `fields` too. Work that several share (a statement for a group of
 * messages) carries those of whoever began it.
 */
export function withLogFields<T>(fields: Readonly<Record<string, unknown>>, work: () => Promise<T>): Promise<T> {
  return around.run({ ...around.getStore(), ...fields }, work);
}

/** The same work with the fields that hold here, wherever it is begun: a queue begins its tasks when another one ends, in that one's fields. */
export function keepLogFields<T>(work: () => T): () => T {
  return AsyncResource.bind(work);
}

/** A logger that keeps the promise of `Logger` whatever stands behind it; its first failure is told as a warning of the process. */
export function neverThrowing(logger: Logger): Logger {
  let told = false;
  const guard =
    (name: LogLevel) =>
    (message: string, fields?: Record<string, unknown>): void => {
      try {
        logger[name](message, fields);
      } catch (error) {
        // Its name only: what a stranger's error says may hold what was to be logged.
        if (!told)
          process.emitWarning(`The log cannot be written (${error instanceof Error ? error.name : typeof error})`);
        told = true;
      }
    };
  return {
    error: guard('error'),
    warn: guard('warn'),
    info: guard('info'),
    debug: guard('debug'),
    child: (fields) => neverThrowing(logger.child(fields)),
  };
}

/**
 * The program's log: one line an event, each with timestamp (ISO, UTC), level, category and message. Every line passes one
 * redacting format: redact.ts has the rules for secrets, phone numbers and errors.
 */
export function createLogger(options: LoggerOptions): AppLogger {
  const { stream = process.stdout, now = Date.now } = options;
  const redactor = createRedactor();
  let { level, format } = options;

  const line = winston.format((info) => {
    const message = redactor.text(String(info.message));
    const fields = redactor.value(info['fields'], level === 'debug') as Record<string, unknown>;
    const head = { timestamp: new Date(now()).toISOString(), level: info.level, category: CATEGORY, message };
    return Object.assign(info, { [Symbol.for('message')]: print(format, head, fields) });
  });
  const open = () =>
    winston.createLogger({
      levels: { error: 0, warn: 1, info: 2, debug: 3 },
      level,
      format: line(),
      // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston types its transports as interfaces
      transports: [new winston.transports.Stream({ stream, eol: '\n' })],
    });
  let inner = open();
  const close = async (ending: winston.Logger): Promise<void> => {
    const finished = once(ending, 'finish');
    ending.end();
    await finished;
  };

  const withFields = (bound: Record<string, unknown>): Logger => {
    const at =
      (name: LogLevel) =>
      (message: string, fields: Record<string, unknown> = {}): void => {
        // Fields go in one property: winston glues a `message` among them to the message.
        if (inner.isLevelEnabled(name))
          inner.log({ level: name, message, fields: { ...around.getStore(), ...bound, ...fields } });
      };
    return {
      error: at('error'),
      warn: at('warn'),
      info: at('info'),
      debug: at('debug'),
      child: (fields) => withFields({ ...bound, ...fields }),
    };
  };

  return {
    ...withFields({}),
    redact: (secret) => {
      redactor.register(secret);
    },
    configure: (next) => {
      ({ level, format } = next);
      inner.level = level;
    },
    flush: async () => {
      const ending = inner;
      inner = open(); // an ended winston logger throws at the next line
      await close(ending);
      if (!stream.writable) return;
      await new Promise<void>((resolve) =>
        stream.write('', () => {
          resolve();
        }),
      );
    },
  };
}

type Head = Readonly<Record<'timestamp' | 'level' | 'category' | 'message', string>>;

function print(format: LogFormat, head: Head, fields: Record<string, unknown>): string {
  const kept: Record<string, unknown> = {};
  let room = MAX_LINE - JSON.stringify(head).length;
  const cut: string[] = [];
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const size = JSON.stringify(value).length + key.length + 4;
    if (size > room) cut.push(key);
    else {
      room -= size;
      kept[key in head ? `${key}_` : key] = value;
    }
  }
  if (cut.length > 0) kept['cut'] = `too long: ${cut.join(', ').slice(0, 200)}`;
  return format === 'json' ? JSON.stringify({ ...head, ...kept }) : pretty(head, kept);
}

function pretty(head: Head, fields: Record<string, unknown>): string {
  const rest = Object.entries(fields).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const words = [head.timestamp, head.level.padEnd(5), `[${head.category}]`, head.message, ...rest];
  // A name with a line break must not look like a line of its own
  return words.join(' ').replace(/[\u0000-\u001f\u007f-\u009f]/g, (char) => JSON.stringify(char).slice(1, -1));
}
