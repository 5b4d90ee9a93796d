import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** drizzle/ lies beside src/ and beside dist/, in the repository and in the installed package. */
const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../drizzle/', import.meta.url));

export interface MigrationStatement {
  /** With the token where the prefix goes, without the semicolon at its end. */
  readonly text: string;
  readonly hash: string;
}

export interface MigrationFile {
  readonly name: string;
  readonly hash: string;
  readonly statements: readonly MigrationStatement[];
}

const journal = z.object({ entries: z.array(z.object({ tag: z.string() })) });

/** The migrations that drizzle-kit wrote, in the order of its journal. Hashes do not depend on the prefix, nor on how lines end. */
export function readMigrations(folder = MIGRATIONS_FOLDER): MigrationFile[] {
  const { entries } = journal.parse(JSON.parse(readFileSync(`${folder}/meta/_journal.json`, 'utf8')));
  return entries.map(({ tag }) => {
    const text = readFileSync(`${folder}/${tag}.sql`, 'utf8').replaceAll('\r\n', '\n');
    const statements = text
      .split('--> statement-breakpoint')
      .map((statement) => statement.trim().replace(/;$/, ''))
      .filter((statement) => statement !== '')
      .map((statement) => ({ text: statement, hash: sha256(statement) }));
    return { name: tag, hash: sha256(text), statements };
  });
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
