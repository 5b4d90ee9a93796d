import { asc, inArray } from 'drizzle-orm';
import { chunks } from '../lib/group.js';
import { anyOf } from './any-of.js';
import type { Database, Orm } from './pool.js';
import { secondDate } from './utc.js';

/** The consent ledger: append-only, the newest decision of a phone holds. */
export interface ConsentEntry {
  /** E.164 with plus. */
  readonly phone: string;
  readonly decision: 'grant' | 'revoke';
  /** Who said so, where: shown to whoever asks why. */
  readonly source: string;
  readonly decidedAt: number;
}

const MAX_SOURCE = 191;

export async function recordConsent(database: Database, entries: readonly ConsentEntry[]): Promise<void> {
  await database.transaction((tx) => appendConsent(database, tx, entries));
}

export async function appendConsent(database: Database, tx: Orm, entries: readonly ConsentEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await tx.insert(database.tables.consent).values(
    entries.map((entry) => ({
      phone: entry.phone,
      decision: entry.decision,
      source: entry.source.slice(0, MAX_SOURCE),
      decidedAt: secondDate(entry.decidedAt),
    })),
  );
}

export interface ImportedConsent extends Omit<ConsentEntry, 'decidedAt'> {
  /** Null where the list does not say: then it counts as decided now, unless the ledger has it from any time. */
  readonly decidedAt: number | null;
}

const IMPORT_GROUP = 500;

/**
 * Appends what the ledger lacks, in one transaction, and returns how many rows that were. The same list a second time adds nothing, and so
 * cannot outdo what somebody has said since. `onGroup` hears how many entries are dealt with so far.
 */
export async function importConsent(
  database: Database,
  entries: readonly ImportedConsent[],
  now: number,
  onGroup: (done: number) => void = () => undefined,
): Promise<number> {
  const meant = withoutOutdone(entries);
  return await database.transaction(async (tx) => {
    let appended = 0;
    let done = entries.length - meant.length;
    const seen = new Set<string>();
    for (const group of chunks(meant, IMPORT_GROUP)) {
      for (const key of await recordedKeys(database, tx, group)) seen.add(key);
      const fresh = group.filter((entry) => {
        const isNew = !seen.has(consentKey(entry, entry.decidedAt));
        seen.add(consentKey(entry, entry.decidedAt)).add(consentKey(entry, null));
        return isNew;
      });
      await appendConsent(
        database,
        tx,
        fresh.map((entry) => ({ ...entry, decidedAt: entry.decidedAt ?? now })),
      );
      appended += fresh.length;
      done += group.length;
      onGroup(done);
    }
    return appended;
  });
}

/** Of the decisions of one phone that have no time the last one holds: an earlier no must not make a later one look known already. */
function withoutOutdone(entries: readonly ImportedConsent[]): readonly ImportedConsent[] {
  const last = new Map(entries.filter(({ decidedAt }) => decidedAt === null).map((entry) => [entry.phone, entry]));
  return entries.filter((entry) => entry.decidedAt !== null || last.get(entry.phone) === entry);
}

/** What the ledger holds of the phones of these entries: with its time, and without. */
async function recordedKeys(database: Database, tx: Orm, group: readonly ImportedConsent[]): Promise<string[]> {
  const { consent } = database.tables;
  const rows = await tx
    .select()
    .from(consent)
    .where(inArray(consent.phone, [...new Set(group.map((entry) => entry.phone))]));
  return rows.flatMap((row) => [consentKey(row, row.decidedAt.getTime()), consentKey(row, null)]);
}

function consentKey(entry: { phone: string; decision: string; source: string }, decidedAt: number | null): string {
  const second = decidedAt === null ? null : secondDate(decidedAt).getTime();
  return JSON.stringify([entry.phone, entry.decision, entry.source.slice(0, MAX_SOURCE), second]);
}

/** The newest decision of each phone. An imported one may be older than what the ledger has already. */
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
      .where(anyOf(consent.phone, phones))
      .orderBy(asc(consent.phone), asc(consent.decidedAt), asc(consent.id)),
  );
  return new Map(
    rows.map((row) => [
      row.phone,
      { decision: row.decision === 'grant' ? 'grant' : 'revoke', source: row.source } as const,
    ]),
  );
}
