/**
 * The catalogue of everything that can go wrong, in words that say what to do.
 * Errors of libraries and vendors are translated into these once, at the edge where they arrive.
 */

/** `retryable`: the same call may succeed later without anybody changing anything. `exit`: the process's exit code (sysexits.h). */
interface CatalogueEntry {
  readonly retryable: boolean;
  /** Somebody has to mend it, and what needs it waits until then. */
  readonly outage?: true;
  readonly exit: number;
  readonly advice: string;
}

export const CATALOGUE = {
  CONFIG_INVALID: { retryable: false, exit: 78, advice: 'Correct the configuration file and start again.' },
  CONFIG_UNREADABLE: {
    retryable: false,
    exit: 78,
    advice: 'Check the path and its permissions, or name another file with --config.',
  },
  USAGE: { retryable: false, exit: 64, advice: 'See reengaged --help.' },
  FILE_UNREADABLE: { retryable: false, exit: 66, advice: 'Check the path and its permissions.' },
  FILE_INVALID: {
    retryable: false,
    exit: 65,
    advice: 'Nothing was written: correct the file and import it again.',
  },
  FILE_UNWRITABLE: {
    retryable: false,
    exit: 73,
    advice: 'Nothing was written: let this user write the file and its folder, or run the command as one who may.',
  },
  UNKNOWN_SETTING: { retryable: false, exit: 64, advice: 'See reengaged settings list, or config/README.md.' },
  SETTING_REFUSED: {
    retryable: false,
    exit: 64,
    advice: 'Nothing was written; config/README.md says what each setting may be.',
  },
  INTERNAL: { retryable: false, exit: 70, advice: 'Please report this with the log line before it.' },

  DB_UNREACHABLE: {
    retryable: true,
    exit: 69,
    advice: 'Check database.host, database.port or database.socket, and that the server runs.',
  },
  DB_DENIED: {
    retryable: false,
    outage: true,
    exit: 77,
    advice: 'Check database.user and database.password, and grant that user all rights on this one schema.',
  },
  DB_UNKNOWN_SCHEMA: {
    retryable: false,
    outage: true,
    exit: 78,
    advice: 'Check database.name: the schema has to exist.',
  },
  DB_QUERY: { retryable: false, exit: 70, advice: 'Run reengaged migrate; if it stays, please report it.' },
  DB_BUSY: { retryable: true, exit: 75, advice: 'Another transaction held the rows; it is tried again.' },
  MIGRATION_CHANGED: {
    retryable: false,
    exit: 78,
    advice:
      'A migration that ran before is not the one shipped now: install the release that made this database, or a newer one.',
  },
  MIGRATION_LOCKED: { retryable: true, exit: 75, advice: 'Another process is migrating; wait for it.' },
  SCHEMA_OUTDATED: { retryable: false, outage: true, exit: 78, advice: 'Run reengaged migrate.' },
  SCHEMA_NEWER: {
    retryable: false,
    exit: 78,
    advice: 'A newer release made this database: install that release, or restore a backup from before it.',
  },
  SANDBOX_FAILED: { retryable: false, exit: 69, advice: 'The message says what the private database needs.' },

  SHOP_UNREACHABLE: { retryable: true, exit: 69, advice: 'Check shop.url and that the shop answers in a browser.' },
  SHOP_DENIED: {
    retryable: false,
    outage: true,
    exit: 77,
    advice: 'Check shop.consumer_key and shop.consumer_secret; coupons need a key with write permission.',
  },
  SHOP_BUSY: {
    retryable: true,
    exit: 75,
    advice: 'The shop is updating, overloaded or broken; it is asked again later.',
  },
  SHOP_NOT_FOUND: {
    retryable: false,
    outage: true,
    exit: 69,
    advice: 'Check shop.url and shop.rest_prefix; WooCommerce must be active.',
  },
  SHOP_REFUSED: { retryable: false, exit: 70, advice: 'The shop refused the request; the message says why.' },
  SHOP_BAD_ANSWER: {
    retryable: true,
    exit: 76,
    advice: 'Something before the shop answered (a firewall, a cache, a login page): let the REST API through.',
  },

  WHATSAPP_UNREACHABLE: { retryable: true, exit: 69, advice: 'Check whatsapp.base_url and the network.' },
  WHATSAPP_BUSY: { retryable: true, exit: 75, advice: 'Meta is busy or limits the calls; it is asked again later.' },
  WHATSAPP_REFUSED: {
    retryable: false,
    outage: true,
    exit: 70,
    advice: 'Meta refused the request; the code in the message says why.',
  },
  WHATSAPP_BAD_ANSWER: {
    retryable: true,
    exit: 76,
    advice: 'Something between here and Meta answered: check proxies and whatsapp.base_url.',
  },

  HTTP_ADDRESS: {
    retryable: false,
    exit: 69,
    advice: 'Check http.host and http.port; another process may have the port.',
  },

  HOOK_WITHOUT_HANDLER: {
    retryable: false,
    exit: 70,
    advice: 'Every hook needs exactly one handler; please report this.',
  },
  ACTION_NOT_FOUND: {
    retryable: false,
    exit: 66,
    advice: 'See reengaged actions for the ids; old ones are forgotten.',
  },
  UNKNOWN_HOOK: { retryable: false, exit: 64, advice: 'See reengaged --help for the hooks.' },
  MIRROR_NOT_READY: {
    retryable: true,
    exit: 75,
    advice: "The walk through the shop's orders is not complete yet; run reengaged sync.",
  },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof CATALOGUE;

export interface AppErrorOptions {
  readonly cause?: unknown;
  /** Milliseconds the other side asked to wait (Retry-After). */
  readonly retryAfterMs?: number | undefined;
}

/** The only error class that crosses a room's door. Its message never holds a secret or a whole phone number. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }

  get retryable(): boolean {
    return CATALOGUE[this.code].retryable;
  }

  get exitCode(): number {
    return CATALOGUE[this.code].exit;
  }

  /** What the reader of the message can do about it. */
  get advice(): string {
    return CATALOGUE[this.code].advice;
  }
}

export function isAppError(error: unknown, code?: ErrorCode): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code);
}

/** Whether what failed should wait for the other side, be it until it recovers or until somebody mends it. */
export function isOutage(error: unknown): error is AppError {
  if (!(error instanceof AppError)) return false;
  const entry: CatalogueEntry = CATALOGUE[error.code];
  return entry.retryable || entry.outage === true;
}

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
