import { asc, inArray } from 'drizzle-orm';
import { chunks } from '../lib/group.js';
import { toRow, type ActionRow, type ActionStatus } from './actions.js';
import { matchingIds, newestActionId, type ActionSelection } from './journal.js';
import type { Database, Orm } from './pool.js';

/** What an operator may do with actions, and from which status; of a filter that names none, the first is meant. */
export const BY_HAND = {
  /** Complete is none: the message was accepted, may have been, or was decided against. */
  retry: ['failed', 'canceled'],
  cancel: ['pending'],
  dismiss: ['failed'],
} as const satisfies Record<string, readonly [ActionStatus, ...ActionStatus[]]>;

export type Deed = keyof typeof BY_HAND;

export function isAllowed(deed: Deed, status: ActionStatus): boolean {
  return (BY_HAND[deed] as readonly ActionStatus[]).includes(status);
}

/** Why an action that was named is left as it is. */
export type Refusal =
  | { readonly kind: 'absent'; readonly id: number }
  /** Its status does not allow it. */
  | { readonly kind: 'status'; readonly id: number; readonly action: ActionRow }
  /** Its message was sent, or may have been. */
  | { readonly kind: 'begun'; readonly id: number }
  /** The same was sent to that person since it was queued. */
  | { readonly kind: 'sent_since'; readonly id: number }
  /** The same waits already, as action `other`. */
  | { readonly kind: 'waiting'; readonly id: number; readonly other: number | null };

export interface Changed {
  readonly count: number;
  readonly refused: readonly Refusal[];
}

/** Changes these locked actions and returns those that it had to leave. */
type Change = (tx: Orm, actions: readonly ActionRow[]) => Promise<readonly Refusal[]>;

const GROUP = 500;

/**
 * Locks the selected actions whose status allows it and has them changed, a piece in one transaction; the lock and a second look at the
 * status let one of two people through who do the same. A filter finds nothing that comes while it is worked on: canceling makes actions
 * too. `onChanged` hears how many were changed so far.
 */
export async function changeActions(
  database: Database,
  deed: Deed,
  selection: ActionSelection,
  change: Change,
  onChanged: (count: number) => void = () => undefined,
): Promise<Changed> {
  let count = 0;
  const refused: Refusal[] = [];
  for await (const ids of pieces(database, selection, BY_HAND[deed][0])) {
    const [changed, left] = await database.transaction(async (tx) => {
      const rows = await lockActions(database, tx, ids);
      const ready = rows.filter((row) => isAllowed(deed, row.status));
      const own = ready.length === 0 ? [] : await change(tx, ready);
      // Of what a filter found, an action that somebody else has changed just now is no longer meant.
      const named = 'ids' in selection ? notAllowed(deed, ids, rows) : [];
      return [ready.length - own.length, [...named, ...own]] as const;
    });
    count += changed;
    refused.push(...left);
    onChanged(count);
  }
  return { count, refused };
}

async function* pieces(
  database: Database,
  selection: ActionSelection,
  status: ActionStatus,
): AsyncGenerator<readonly number[]> {
  if ('ids' in selection) {
    const ids = [...new Set(selection.ids)].sort((a, b) => a - b);
    yield* chunks(ids, GROUP);
    return;
  }
  const filter = { ...selection, status: selection.status ?? status };
  const upTo = await newestActionId(database);
  for (let after = 0; ;) {
    const ids = await matchingIds(database, filter, { after, upTo, limit: GROUP });
    if (ids.length > 0) yield ids;
    if (ids.length < GROUP) return;
    after = ids.at(-1) ?? upTo;
  }
}

async function lockActions(database: Database, tx: Orm, ids: readonly number[]): Promise<ActionRow[]> {
  const { actions: a } = database.tables;
  const rows = await tx
    .select()
    .from(a, { forceIndex: 'PRIMARY' })
    .where(inArray(a.id, [...ids]))
    .orderBy(asc(a.id))
    .for('update');
  return rows.map(toRow);
}

function notAllowed(deed: Deed, ids: readonly number[], rows: readonly ActionRow[]): readonly Refusal[] {
  const found = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id): Refusal[] => {
    const action = found.get(id);
    if (action === undefined) return [{ kind: 'absent', id }];
    return isAllowed(deed, action.status) ? [] : [{ kind: 'status', id, action }];
  });
}
