import { asc, inArray } from 'drizzle-orm';
import type { Database, Orm } from './pool.js';
import { secondDate } from './utc.js';

/** The consent ledger: append-only, the newest row of a phone decides. */
export interface ConsentEntry {
  /** E.164 with plus. */
  readonly phone: string;
  readonly decision: 'grant' | 'revoke';
  /** Who said so, where: shown to whoever asks why. */
  readonly source: string;
  readonly decidedAt: number;
}

export async function recordConsent(database: Database, entries: readonly ConsentEntry[]): Promise<void> {
  await database.transaction((tx) => appendConsent(database, tx, entries));
}

export async function appendConsent(database: Database, tx: Orm, entries: readonly ConsentEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await tx.insert(database.tables.consent).values(
    entries.map((entry) => ({
      phone: entry.phone,
      decision: entry.decision,
      source: entry.source.slice(0, 191),
      decidedAt: secondDate(entry.decidedAt),
    })),
  );
}

/** The newest entry of each phone. */
export async function newestConsent(
  database: Database,
  phones: readonly string[],
): Promise<Map<string, { decision: 'grant' | 'revoke'; source: string }>> {
  if (phones.length === 0) return new Map();
  const { consent } = database.tables;
  const rows = await database.query((orm) =>
    orm
      .select({ phone: consent.phone, decision: consent.decision, source: consent.source })
      .from(consent)
      .where(inArray(consent.phone, [...phones]))
      .orderBy(asc(consent.phone), asc(consent.id)),
  );
  return new Map(
    rows.map((row) => [
      row.phone,
      { decision: row.decision === 'grant' ? 'grant' : 'revoke', source: row.source } as const,
    ]),
  );
}
