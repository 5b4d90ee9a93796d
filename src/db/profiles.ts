import { canonicalPhone, phoneSpellings } from '../lib/phone.js';
import { anyOf } from './any-of.js';
import type { Database } from './pool.js';

/** What customer_profiles says of a person; the plugin may own and write the table, we only read it. */
export interface Profile {
  readonly phone: string;
  readonly name: string;
  readonly email: string | null;
  readonly optInMarketing: boolean;
  readonly notificationOptOut: boolean;
  readonly preferences: unknown;
}

/** All rows of each phone in every spelling, keyed by canonicalPhone: an opt-out in any of them wins. */
export async function profilesOf(database: Database, phones: readonly string[]): Promise<Map<string, Profile[]>> {
  const found = new Map<string, Profile[]>();
  if (phones.length === 0) return found;
  const { customerProfiles: p } = database.tables;
  const rows = await database.query((orm) =>
    orm
      .select({
        phone: p.phone,
        name: p.name,
        email: p.email,
        optInMarketing: p.optInMarketing,
        notificationOptOut: p.notificationOptOut,
        preferences: p.preferences,
      })
      .from(p)
      .where(anyOf(p.phone, phones.flatMap(phoneSpellings))),
  );
  for (const row of rows) {
    const phone = canonicalPhone(row.phone);
    const list = found.get(phone) ?? [];
    list.push({
      ...row,
      phone,
      optInMarketing: row.optInMarketing === 1,
      notificationOptOut: row.notificationOptOut === 1,
    });
    found.set(phone, list);
  }
  return found;
}
