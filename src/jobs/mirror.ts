import { z } from 'zod';
import { readWatermark, writeWatermark } from '../db/watermarks.js';
import { HOUR } from '../lib/clock.js';
import { AppError } from '../lib/errors.js';
import type { JobServices } from './services.js';

/** The walks through the shop's orders: `any` leaves the trash out, which so has one of its own. */
export const WALKS = ['any', 'trash'] as const;
type Walk = (typeof WALKS)[number];

/** The mirror is fresh for this long (design, Planning). */
const FRESH_MS = HOUR;

/**
 * Where a walk has come to and when one was last complete are kept apart: a slower walk of another daemon may put the cursor back, which
 * reads some orders again, but never makes a complete mirror an incomplete one.
 */
const cursorName = (walk: Walk) => `orders:${walk}:cursor`;
const completedName = (walk: Walk) => `orders:${walk}:completed`;

type Stored = Pick<JobServices, 'database' | 'clock'>;

/** Milliseconds: every order modified before is read; null before the first page. */
export async function readCursor({ database }: Stored, walk: Walk): Promise<number | null> {
  return await readMoment(database, cursorName(walk));
}

export async function saveCursor({ database, clock }: Stored, walk: Walk, cursor: number): Promise<void> {
  await writeWatermark(database, cursorName(walk), cursor, clock.now());
}

/** `begun`: when the walk that is complete now was begun. */
export async function saveCompleted({ database, clock }: Stored, walk: Walk, begun: number): Promise<void> {
  await writeWatermark(database, completedName(walk), begun, clock.now());
}

async function readMoment(database: JobServices['database'], name: string): Promise<number | null> {
  const parsed = z.number().safeParse(await readWatermark(database, name));
  return parsed.success ? parsed.data : null;
}

/**
 * Refuses to plan on a half-read or stale mirror, in which everyone looks inactive.
 * @throws AppError MIRROR_NOT_READY
 */
export async function assertMirrorFresh({ database, clock }: Stored): Promise<void> {
  for (const walk of WALKS) {
    const completedAt = await readMoment(database, completedName(walk));
    if (completedAt === null)
      throw new AppError('MIRROR_NOT_READY', "The first walk through the shop's orders is not complete");
    if (clock.now() - completedAt > FRESH_MS)
      throw new AppError('MIRROR_NOT_READY', "The shop's orders were last read more than an hour ago");
  }
}
