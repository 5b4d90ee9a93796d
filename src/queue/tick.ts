import { findAction, findUnfinished, insertAction, lastSlotStart, retimeSlot, type ActionRow } from '../db/actions.js';
import type { Database } from '../db/pool.js';
import { newAction } from './action.js';
import { slotJobKey, type Hook } from './hooks.js';
import { nextSlot, replanSlot, slotAfter, type Schedule, type Slot } from './schedule.js';

/** A clock that was put back finds slots that have run; it looks this far for one that has not. */
const MAX_SLOTS_AHEAD = 400;

const slotPrefix = (hook: string) => `slot:${hook}:`;

/**
 * Sees to it that a recurring job has its next run in the journal, and only one: a run that is still going keeps the next slot out.
 * Safe to call at any time and from any number of daemons: the slot's name is a unique key.
 */
export async function planSlot(
  database: Database,
  hook: Hook,
  schedule: Schedule,
  zone: string,
  now: number,
): Promise<void> {
  const unfinished = await findUnfinished(database, slotJobKey(hook));
  if (unfinished === null) await planNext(database, hook, schedule, zone, now);
  else await replan(database, hook, schedule, zone, now, unfinished);
}

/** Moves the planned run to where it belongs by now; a slot that has run already is passed over. */
async function replan(
  database: Database,
  hook: Hook,
  schedule: Schedule,
  zone: string,
  now: number,
  { id, status, startedAt, uniqueKey, scheduledAt }: ActionRow,
): Promise<void> {
  // A run that was begun and waits keeps its time, unless the clock was ahead when it was begun: then it would wait for that date.
  if (status !== 'pending' || (startedAt ?? Infinity) <= now || uniqueKey === null) return;
  const planned = { key: uniqueKey.slice(slotPrefix(hook).length), at: scheduledAt };
  let slot = replanSlot(schedule, zone, planned, now);
  for (let tried = 0; tried < MAX_SLOTS_AHEAD; tried++) {
    if (slot.key === planned.key && slot.at === planned.at) return;
    if (await retimeSlot(database, id, slotPrefix(hook) + slot.key, slot.at, now)) return;
    // Refused by the slot's name, which has run or was canceled, or because a daemon has begun the run just now.
    if (((await findAction(database, id))?.startedAt ?? Infinity) <= now) return;
    slot = slotAfter(schedule, zone, slot.at);
  }
}

async function planNext(database: Database, hook: Hook, schedule: Schedule, zone: string, now: number): Promise<void> {
  let slot = nextSlot(schedule, zone, await lastSlotStart(database, hook), now);
  for (let tried = 0; tried < MAX_SLOTS_AHEAD; tried++) {
    if (await insertSlot(database, hook, slot, now)) return;
    // Refused by the slot's name, which has run, or because another daemon planned the job just now.
    if ((await findUnfinished(database, slotJobKey(hook))) !== null) return;
    slot = slotAfter(schedule, zone, slot.at);
  }
}

async function insertSlot(database: Database, hook: Hook, slot: Slot, now: number): Promise<boolean> {
  const action = { ...newAction(hook, [], slot.at, slotPrefix(hook) + slot.key), unfinishedKey: slotJobKey(hook) };
  return (await insertAction(database, action, now)) !== null;
}
