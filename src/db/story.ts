import { and, desc, eq, inArray, isNull, notInArray, sql } from 'drizzle-orm';
import { phoneSpellings } from '../lib/phone.js';
import type { OrderFacts } from '../reengagement/explanation-facts.js';
import type { ActionStatus } from './actions.js';
import type { Database } from './pool.js';
import { fromUtc } from './utc.js';

/** What the tables tell of one person beyond what decides, for `explain`; and of what waits, for `next`. Reads only, moments in milliseconds. */

/** The newest orders of a person (E.164 with plus), of every status, newest first. */
export async function newestOrders(database: Database, phone: string, limit: number): Promise<OrderFacts[]> {
  const { orders: o } = database.tables;
  const rows = await database.query((orm) =>
    orm.select().from(o).where(eq(o.person, phone)).orderBy(desc(o.createdAt), desc(o.orderId)).limit(limit),
  );
  return rows.map((row) => ({
    id: row.orderId,
    status: row.status,
    currency: row.currency,
    total: row.total,
    refunded: row.refunded,
    createdAt: row.createdAt.getTime(),
    paidAt: row.paidAt?.getTime() ?? null,
    marketingConsent: row.marketingConsent === null ? null : row.marketingConsent === 1,
    joined: row.phone === null,
  }));
}

export interface LedgerRow {
  readonly decision: string;
  readonly source: string;
  readonly decidedAt: number;
}

/** The consent ledger of a phone, the entry that holds first. */
export async function ledgerOf(database: Database, phone: string, limit: number): Promise<LedgerRow[]> {
  const { consent: c } = database.tables;
  const rows = await database.query((orm) =>
    orm
      .select({ decision: c.decision, source: c.source, decidedAt: c.decidedAt })
      .from(c)
      .where(eq(c.phone, phone))
      .orderBy(desc(c.decidedAt), desc(c.id))
      .limit(limit),
  );
  return rows.map((row) => ({ ...row, decidedAt: row.decidedAt.getTime() }));
}

export interface MessageRow {
  readonly actionId: number | null;
  readonly campaignType: string;
  /** Null counts as sent: the plugin wrote the row. */
  readonly status: string | null;
  readonly sentAt: number;
  readonly messageId: string | null;
  readonly errorCode: number | null;
  readonly error: string | null;
  readonly converted: boolean;
  readonly orderId: number | null;
}

/** The newest messages to a phone, in whatever spelling the log has it, newest first. */
export async function newestMessages(database: Database, phone: string, limit: number): Promise<MessageRow[]> {
  const { reengagementLog: l } = database.tables;
  const rows = await database.query((orm) =>
    orm
      .select({
        actionId: l.actionId,
        campaignType: l.campaignType,
        status: l.status,
        sentAt: l.sentAt,
        messageId: l.messageId,
        errorCode: l.errorCode,
        error: l.error,
        converted: l.converted,
        orderId: l.orderId,
      })
      .from(l)
      .where(inArray(l.customerPhone, [...phoneSpellings(phone)]))
      .orderBy(desc(l.sentAt), desc(l.id))
      .limit(limit),
  );
  return rows.map((row) => ({ ...row, sentAt: row.sentAt.getTime(), converted: row.converted === 1 }));
}

/** How many views of a phone the plugin wrote that the hourly job has not taken up yet. */
export async function foreignViewCount(database: Database, phone: string): Promise<number> {
  const { productViews: v } = database.tables;
  const [row] = await database.query((orm) =>
    orm
      .select({ count: sql<number>`COUNT(*)` })
      .from(v)
      .where(and(inArray(v.customerPhone, [...phoneSpellings(phone)]), isNull(v.source))),
  );
  return row?.count ?? 0;
}

export interface EndedAction {
  readonly id: number;
  readonly args: unknown;
  readonly status: ActionStatus;
  readonly endedAt: number | null;
  readonly reason: string | null;
  readonly error: string | null;
}

/** The newest messages to a phone whose action has ended, the newest first. */
export async function endedActions(database: Database, phone: string, limit: number): Promise<EndedAction[]> {
  const { actions: a } = database.tables;
  const rows = await database.query((orm) =>
    orm
      .select({ id: a.id, args: a.args, status: a.status, endedAt: a.endedAt, reason: a.reason, error: a.error })
      .from(a)
      .where(and(eq(a.phone, phone), notInArray(a.status, ['pending', 'in-progress'])))
      .orderBy(desc(a.id))
      .limit(limit),
  );
  return rows.map((row) => ({
    ...row,
    status: row.status as ActionStatus,
    endedAt: row.endedAt?.getTime() ?? null,
  }));
}

export interface Waiting {
  readonly pending: number;
  readonly running: number;
  /** Of the pending ones. */
  readonly earliestAt: number | null;
}

/** What is unfinished in the journal, by hook; a hook of which nothing is stays out. */
export async function waitingByHook(database: Database): Promise<Map<string, Waiting>> {
  const { actions: a } = database.tables;
  const rows = await database.query((orm) =>
    orm
      .select({
        hook: a.hook,
        pending: sql<string>`SUM(${a.status} = 'pending')`,
        running: sql<string>`SUM(${a.status} = 'in-progress')`,
        earliest: sql<string | null>`MIN(CASE WHEN ${a.status} = 'pending' THEN ${a.scheduledAt} END)`,
      })
      .from(a)
      .where(inArray(a.status, ['pending', 'in-progress']))
      .groupBy(a.hook),
  );
  return new Map(
    rows.map((row) => [
      row.hook,
      {
        pending: Number(row.pending),
        running: Number(row.running),
        earliestAt: row.earliest === null ? null : fromUtc(row.earliest),
      },
    ]),
  );
}
