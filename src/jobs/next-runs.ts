import { lastSlotStart } from '../db/actions.js';
import { listActions } from '../db/journal.js';
import { waitingByHook, type Waiting } from '../db/story.js';
import { MINUTE } from '../lib/clock.js';
import { ALL_HOOKS, type Hook } from '../queue/hooks.js';
import { nextSlot, slotAfter, type Schedule } from '../queue/schedule.js';
import { recurringJobs } from './registry.js';
import type { JobServices } from './services.js';
import { storedSite } from './site-book.js';

export interface NextRun {
  readonly hook: Hook;
  readonly recurring: boolean;
  /** The shop's time zone; null while the shop has never answered, and UTC is taken. */
  readonly zone: string | null;
  /** Milliseconds, UTC. Of what waits the earliest; where nothing does, when a recurring hook would run; else null. */
  readonly nextAt: number | null;
  /** Whether `nextAt` stands in the journal. */
  readonly planned: boolean;
  readonly pending: number;
  readonly running: number;
  /** Nobody has taken up what is due. */
  readonly overdue: boolean;
  /** Why the earliest was put off, as the journal has it. */
  readonly reason: string | null;
  readonly error: string | null;
}

/** A daemon takes up what is due within seconds, or a minute after it was busy. */
const OVERDUE_MS = 15 * MINUTE;

const NOTHING: Waiting = { pending: 0, running: 0, earliestAt: null };

/** as_next_scheduled_action, of one hook or of all: when each is due next and what of it waits. Reads only. */
export async function nextRuns(
  services: Pick<JobServices, 'database' | 'clock' | 'config'>,
  hooks: readonly Hook[] = ALL_HOOKS,
): Promise<NextRun[]> {
  const { database, clock } = services;
  const now = clock.now();
  const known = (await storedSite(database))?.zone ?? null;
  const zone = known ?? 'UTC';
  const recurring = recurringJobs(services.config());
  const waiting = await waitingByHook(database);
  return await Promise.all(
    hooks.map(async (hook) => {
      const own = waiting.get(hook) ?? NOTHING;
      const schedule = recurring.get(hook);
      const [earliest] = own.pending === 0 ? [] : await listActions(database, { hook, status: 'pending', limit: 1 });
      return {
        hook,
        recurring: schedule !== undefined,
        zone: known,
        nextAt:
          own.earliestAt ?? (schedule === undefined ? null : await unplanned(services, hook, schedule, zone, own)),
        planned: own.pending > 0,
        pending: own.pending,
        running: own.running,
        overdue: own.earliestAt !== null && own.earliestAt < now - OVERDUE_MS && !(schedule && own.running > 0),
        reason: earliest?.reason ?? null,
        error: earliest?.error ?? null,
      };
    }),
  );
}

/** When a daemon would run a job of which nothing is planned. */
async function unplanned(
  { database, clock }: Pick<JobServices, 'database' | 'clock'>,
  hook: Hook,
  schedule: Schedule,
  zone: string,
  { running }: Waiting,
): Promise<number> {
  const now = clock.now();
  if (running > 0) return slotAfter(schedule, zone, now).at;
  return nextSlot(schedule, zone, await lastSlotStart(database, hook), now).at;
}
