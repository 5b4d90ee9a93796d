/**
 * How an action can end: design's table of endings, once. The journal writes what stands here, and nothing else decides what becomes of
 * an action, its row in the log, its slot under the frequency cap or its keys.
 */
interface EndingRule {
  readonly action: 'complete' | 'failed' | 'pending';
  /** What becomes of the log row: its new status, `removed`, or `kept` as it is. A slot is held by every row that is not `failed`. */
  readonly log: 'sent' | 'unknown' | 'failed' | 'reserved' | 'removed' | 'kept';
  /** Whether the key that keeps the same thing from being planned twice stays taken. */
  readonly uniqueKey: 'kept' | 'given up';
  readonly countsAttempt: boolean;
  /** Whether the product views that the message answers are settled by it. */
  readonly answersViews: boolean;
}

export const ENDINGS = {
  /** A job other than a send ran to its end. */
  done: { action: 'complete', log: 'kept', uniqueKey: 'kept', countsAttempt: false, answersViews: false },
  /** A job other than a send failed for good. */
  broken: { action: 'failed', log: 'kept', uniqueKey: 'kept', countsAttempt: true, answersViews: false },

  accepted: { action: 'complete', log: 'sent', uniqueKey: 'kept', countsAttempt: false, answersViews: true },
  skipped: { action: 'complete', log: 'removed', uniqueKey: 'given up', countsAttempt: false, answersViews: false },
  deferred: { action: 'pending', log: 'removed', uniqueKey: 'kept', countsAttempt: false, answersViews: false },
  /** Missing phone, unknown customer, a payload that is none. */
  invalid: { action: 'failed', log: 'removed', uniqueKey: 'given up', countsAttempt: false, answersViews: false },
  retried: { action: 'pending', log: 'reserved', uniqueKey: 'kept', countsAttempt: true, answersViews: false },
  refused: { action: 'failed', log: 'failed', uniqueKey: 'given up', countsAttempt: true, answersViews: false },
  /** Refused because the recipient wants it so. */
  declined: { action: 'complete', log: 'failed', uniqueKey: 'given up', countsAttempt: false, answersViews: false },
  /** The shop, Meta, the database or the account is out: the action waits, and no attempt is counted. */
  outage: { action: 'pending', log: 'reserved', uniqueKey: 'kept', countsAttempt: false, answersViews: false },
  /** No clear answer after the POST began: never sent again. */
  unknown: { action: 'complete', log: 'unknown', uniqueKey: 'kept', countsAttempt: false, answersViews: true },
} as const satisfies Record<string, EndingRule>;

export type EndingName = keyof typeof ENDINGS;

export interface FollowUp {
  readonly hook: string;
  readonly args: unknown;
}

export interface Ending {
  readonly name: EndingName;
  /** What the job documentation says the handler returns. */
  readonly result?: unknown;
  /** A word for why: a reason to skip, to wait or to fail. */
  readonly reason?: string;
  /** One sentence for the reader of the journal. */
  readonly error?: string;
  /** Milliseconds, for the endings that leave the action pending. */
  readonly until?: number;
  readonly messageId?: string;
  /** Meta's code. */
  readonly errorCode?: number;
  /** Product views that the message answers; settled where the ending says so. */
  readonly views?: readonly AnsweredView[];
  /** The recipient asked Meta for no more: written to the consent ledger with this source. */
  readonly revokes?: { readonly phone: string; readonly source: string };
  /** Meta cannot deliver to this phone, says this code; after the second time in a row the number is left alone. */
  readonly undeliverable?: Undeliverable;
  /** Work that has to be done because of this ending, written in the same transaction. */
  readonly followUps?: readonly FollowUp[];
}

export interface Undeliverable {
  readonly phone: string;
  readonly errorCode: number;
}

export interface AnsweredView {
  readonly id: number;
  /** Decimal string: the price that the message told; null where it told of stock. */
  readonly priceTold: string | null;
}

/** The documented error texts (job documentation, "Common errors") and ours in their manner. */
export const SEND_ERRORS = {
  missing_phone: 'Missing customer phone',
  missing_campaign_type: 'Missing campaign type',
  unknown_campaign_type: 'Unknown campaign type',
  bad_phone: 'Customer phone is not in E.164 format',
  customer_not_found: 'Customer not found',
  frequency_cap: 'Frequency cap reached',
  no_content: 'Failed to build message content',
  not_initialized: 'WhatsApp API client not initialized',
} as const;
