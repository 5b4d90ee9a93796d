import { and, eq, gte, notInArray, or, isNull, sql } from 'drizzle-orm';
import { addMoney } from '../lib/money.js';
import type { MessageCount, Revenue } from '../reengagement/analytics.js';
import { UNCOUNTED_STATUSES } from '../reengagement/attribution.js';
import type { Database } from './pool.js';
import { secondDate } from './utc.js';

/** The log rows since a moment (ms), counted by campaign type and status. */
export async function countMessages(database: Database, since: number): Promise<MessageCount[]> {
  const { reengagementLog: log } = database.tables;
  const rows = await database.query((orm) =>
    orm
      .select({
        campaignType: log.campaignType,
        status: log.status,
        messages: sql<number>`COUNT(*)`,
        converted: sql<string>`COALESCE(SUM(${log.converted}), 0)`,
      })
      .from(log)
      .where(gte(log.sentAt, secondDate(since)))
      .groupBy(log.campaignType, log.status),
  );
  return rows.map((row) => ({ ...row, converted: Number(row.converted) }));
}

/** What the messages sent since a moment (ms) have brought up to now. */
export async function attributedRevenue(database: Database, since: number): Promise<Revenue> {
  const { reengagementLog: log, conversions } = database.tables;
  const rows = await database.query((orm) =>
    orm
      .select({ currency: conversions.currency, revenue: sql<string>`SUM(${conversions.revenue})` })
      .from(log)
      .innerJoin(conversions, eq(conversions.logId, log.id))
      .where(
        and(
          gte(log.sentAt, secondDate(since)),
          or(isNull(log.status), notInArray(log.status, [...UNCOUNTED_STATUSES])),
        ),
      )
      .groupBy(conversions.currency)
      .orderBy(conversions.currency),
  );
  return Object.fromEntries(rows.map(({ currency, revenue }) => [currency, addMoney(revenue, '0')]));
}
