import { sql, type SQL } from 'drizzle-orm';
import type { ActionRow } from './actions.js';
import { byKey } from './case.js';
import type { Database } from './pool.js';

/** Of one action's story, and of a line of it, in characters. */
const MAX_HISTORY = 8_000;
const MAX_LINE = 400;

/** One line of an action's history: when (milliseconds, UTC) and what. */
export function historyLine(at: number, words: string): string {
  return `${new Date(at).toISOString()} ${words}`.replace(/\s+/g, ' ').trimEnd().slice(0, MAX_LINE);
}

/** For an UPDATE: the history with `line` in front where `condition` holds and the line is not NULL. */
export function withLine(database: Database, condition: SQL, line: SQL): SQL {
  const { history } = database.tables.actions;
  return sql`IF(${condition}, NULLIF(LEFT(CONCAT_WS('\n', ${line}, ${history}), ${MAX_HISTORY}), ''), ${history})`;
}

/** For an UPDATE: the history of these actions with how each ended last, which what is done by hand would overwrite, and then `note`. */
export function withLastEnding(database: Database, actions: readonly ActionRow[], note: string | null): SQL {
  const { actions: a } = database.tables;
  const lines = actions.map((action) => {
    const { status, reason, error, endedAt } = action;
    const ending = endedAt === null ? null : historyLine(endedAt, `${reason ?? status} ${error ?? ''}`);
    return [action.id, [note, ending].filter((line) => line !== null).join('\n')] as const;
  });
  return sql`LEFT(CONCAT_WS('\n', ${byKey(a.id, lines)}, ${a.history}), ${MAX_HISTORY})`;
}
