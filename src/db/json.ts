import { customType } from 'drizzle-orm/mysql-core';

/**
 * The value of a JSON column, whichever way it arrived: MySQL's driver hands objects, MariaDB's (where JSON is LONGTEXT) strings.
 * A text that is no JSON comes back as it stands: the plugin's columns may hold anything, and one bad row must not fail a page.
 */
export function fromJson(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** A JSON column that reads the same on both servers; drizzle's own leaves MariaDB's strings unparsed. */
export const jsonColumn = customType<{ data: unknown; driverData: unknown }>({
  dataType: () => 'json',
  toDriver: (value) => JSON.stringify(value),
  fromDriver: fromJson,
});
