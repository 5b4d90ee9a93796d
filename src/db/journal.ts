import { and, asc, eq, gt, gte, inArray, lt, lte, sql, type AnyColumn, type SQL } from 'drizzle-orm';
import { canonicalPhone } from '../lib/phone.js';
import { toRow, type ActionRow, type ActionStatus } from './actions.js';
import type { Database, Orm } from './pool.js';
import { fromUtc } from './utc.js';

/** as_get_scheduled_actions' arguments, and ours in their manner; all that are given hold together. Times in milliseconds, UTC. */
export interface ActionFilter {
  readonly hook?: string | undefined;
  readonly status?: ActionStatus | undefined;
  readonly group?: string | undefined;
  /** Messages to this phone, with the plus or without. */
  readonly phone?: string | undefined;
  /** The journal's word for how an action ended or why it waits, such as `quiet_hours`. */
  readonly reason?: string | undefined;
  /** Due before this moment. */
  readonly scheduledBefore?: number | undefined;
  /** Due at this moment or later. */
  readonly scheduledAfter?: number | undefined;
  readonly limit?: number | undefined;
}

/** Actions by their ids, or whichever a filter finds. */
export type ActionSelection = { readonly ids: readonly number[] } | Omit<ActionFilter, 'limit'>;

/** Newest schedule last, as Action Scheduler lists them. */
export async function listActions(database: Database, filter: ActionFilter): Promise<ActionRow[]> {
  const rows = await database.query((orm) => actionsQuery(database, orm, filter));
  return rows.map(toRow);
}

/** The statement behind {@link listActions}. */
export function actionsQuery(database: Database, orm: Orm, filter: ActionFilter) {
  const { actions: a } = database.tables;
  return orm
    .select()
    .from(a)
    .where(conditions(database, filter))
    .orderBy(asc(a.scheduledAt), asc(a.id))
    .limit(filter.limit ?? 100);
}

export type StatusCounts = Partial<Record<ActionStatus, number>>;

/** How many actions of each status there are. */
export async function countByStatus(database: Database, selection: ActionSelection): Promise<StatusCounts> {
  const { actions: a } = database.tables;
  const rows = await database.query((orm) =>
    orm
      .select({ status: a.status, count: sql<number>`COUNT(*)` })
      .from(a)
      .where(conditions(database, selection))
      .groupBy(a.status),
  );
  return Object.fromEntries(rows.map((row) => [row.status, row.count]));
}

/** The ids that match and lie above `after` and not above `upTo`, in their order. */
export async function matchingIds(
  database: Database,
  selection: ActionSelection,
  { after, upTo, limit }: { readonly after: number; readonly upTo: number; readonly limit: number },
): Promise<number[]> {
  const { actions: a } = database.tables;
  const rows = await database.query((orm) =>
    orm
      .select({ id: a.id })
      .from(a)
      .where(and(conditions(database, selection), gt(a.id, after), lte(a.id, upTo)))
      .orderBy(asc(a.id))
      .limit(limit),
  );
  return rows.map((row) => row.id);
}

export async function newestActionId(database: Database): Promise<number> {
  const { actions: a } = database.tables;
  const [row] = await database.query((orm) => orm.select({ id: sql<number | null>`MAX(${a.id})` }).from(a));
  return row?.id ?? 0;
}

function conditions(database: Database, selection: ActionSelection): SQL | undefined {
  const { actions: a } = database.tables;
  if ('ids' in selection) return inArray(a.id, [...selection.ids]);
  const { hook, status, group, phone, reason, scheduledBefore, scheduledAfter } = selection;
  return and(
    hook === undefined ? undefined : isText(a.hook, hook),
    status === undefined ? undefined : isText(a.status, status),
    group === undefined ? undefined : isText(a.groupSlug, group),
    phone === undefined ? undefined : isText(a.phone, canonicalPhone(phone)),
    reason === undefined ? undefined : isText(a.reason, reason),
    scheduledBefore === undefined ? undefined : lt(a.scheduledAt, new Date(scheduledBefore)),
    scheduledAfter === undefined ? undefined : gte(a.scheduledAt, new Date(scheduledAfter)),
  );
}

/** The columns are ASCII: comparing them with other letters is an error (1267), and finds nothing. */
function isText(column: AnyColumn, text: string): SQL {
  return /^[\x20-\x7e]*$/.test(text) ? eq(column, text) : sql`FALSE`;
}

/** Which of these keys an action holds; an action that is refused for one of them would say the same thing twice. */
export async function takenKeys(
  database: Database,
  keys: { readonly unique: readonly string[]; readonly unfinished: readonly string[] },
): Promise<Set<string>> {
  if (keys.unique.length + keys.unfinished.length === 0) return new Set();
  const { actions: a } = database.tables;
  // Two statements in one: an OR over two indexes may read the whole table.
  const [rows] = await database.query((orm) =>
    orm.execute(sql`
      SELECT unique_key AS taken FROM ${a} WHERE ${inArray(a.uniqueKey, [...keys.unique])}
      UNION ALL
      SELECT unfinished_key AS taken FROM ${a} WHERE ${inArray(a.unfinishedKey, [...keys.unfinished])}`),
  );
  return new Set((rows as unknown as { readonly taken: string }[]).map(({ taken }) => taken));
}

/** What the journal and the log hold of one action. */
export interface StoredStory {
  readonly action: ActionRow;
  /** While it is running: until when its daemon holds it, in the database's time, and whether that is over. */
  readonly lease: { readonly until: number; readonly isOver: boolean } | null;
  /** Its row in reengagement_log. */
  readonly message: StoredMessage | null;
}

export interface StoredMessage {
  readonly campaignType: string;
  readonly status: string | null;
  readonly sentAt: number;
  readonly messageId: string | null;
  readonly couponCode: string | null;
  /** Meta's. */
  readonly errorCode: number | null;
  readonly error: string | null;
  readonly converted: boolean;
  readonly orderId: number | null;
  readonly convertedAt: number | null;
}

export async function findStory(database: Database, id: number): Promise<StoredStory | null> {
  const { actions: a } = database.tables;
  const [row] = await database.query((orm) =>
    orm
      .select({
        action: a,
        leaseUntil: sql<string | null>`${a.leaseUntil}`,
        isOver: sql<number | null>`${a.leaseUntil} < UTC_TIMESTAMP(3)`,
      })
      .from(a)
      .where(eq(a.id, id)),
  );
  if (row === undefined) return null;
  return {
    action: toRow(row.action),
    lease: row.leaseUntil === null ? null : { until: fromUtc(row.leaseUntil), isOver: row.isOver === 1 },
    message: await messageOf(database, id),
  };
}

async function messageOf(database: Database, actionId: number): Promise<StoredMessage | null> {
  const { reengagementLog: log } = database.tables;
  const [row] = await database.query((orm) => orm.select().from(log).where(eq(log.actionId, actionId)));
  if (row === undefined) return null;
  const { campaignType, status, messageId, couponCode, errorCode, error, orderId } = row;
  return {
    ...{ campaignType, status, messageId, couponCode, errorCode, error, orderId },
    sentAt: row.sentAt.getTime(),
    converted: row.converted === 1,
    convertedAt: row.convertedAt?.getTime() ?? null,
  };
}
