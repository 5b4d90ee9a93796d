import { z } from 'zod';
import { readNumber, readWatermark, replaceGuard, writeGuardedWatermark } from '../db/watermarks.js';
import { HOUR } from '../lib/clock.js';
import { AppError } from '../lib/errors.js';
import type { OrderParsing } from '../shop/order-row.js';
import type { WalkCursor } from '../shop/walk-in-two.js';
import { assertAccountsRead } from './accounts-read.js';
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
const SETTINGS_NAME = 'orders:settings';

type Stored = Pick<JobServices, 'database' | 'clock'>;

const storedCursor = z.union([
  z.number(),
  z.object({ lower: z.number(), split: z.number(), upper: z.number(), read: z.number() }),
]);

/** Where the walk goes on; null before the first page. */
export async function readCursor({ database, clock }: Stored, walk: Walk): Promise<WalkCursor | null> {
  const stored = storedCursor.safeParse(await readWatermark(database, cursorName(walk)));
  return stored.success ? notInFuture(stored.data, clock.now(), clock.now()) : null;
}

/** A walk under way. */
export interface MirrorWalk {
  readonly walk: Walk;
  /** Milliseconds. */
  readonly begun: number;
  readonly settings: MirrorSettings;
}

/** One value for both halves of a walk, so that it is true of the same moment. Throws MIRROR_NOT_READY as saveCompleted does. */
export async function saveCursor(services: Stored, of: MirrorWalk, cursor: WalkCursor): Promise<void> {
  await mark(services, of.settings, cursorName(of.walk), notInFuture(cursor, services.clock.now(), of.begun));
}

/**
 * An order that says it was modified next year would hide all others until then. A walk that has met one has read everything up to `begun`: what
 * changed while it was among the orders of the future lies behind it.
 */
function notInFuture(cursor: WalkCursor, now: number, begun: number): WalkCursor {
  const past = (at: number) => (at > now ? begun : at);
  if (typeof cursor === 'number') return past(cursor);
  const [lower, upper] = [past(cursor.lower), past(cursor.upper)];
  return upper < cursor.split ? lower : { ...cursor, lower, upper };
}

/**
 * The walk is complete.
 * @throws AppError MIRROR_NOT_READY when the mirror is made with other settings since: what this walk has read is none of it
 */
export async function saveCompleted(services: Stored, { walk, begun, settings }: MirrorWalk): Promise<void> {
  await mark(services, settings, completedName(walk), begun);
}

async function mark({ database, clock }: Stored, settings: MirrorSettings, name: string, value: unknown) {
  const guard = { name: SETTINGS_NAME, value: fingerprint(settings) };
  if (!(await writeGuardedWatermark(database, guard, { name, value }, clock.now())))
    throw new AppError('MIRROR_NOT_READY', "The shop's orders are being read anew, with other settings");
}

/** The settings that the mirror's rows were made with. */
export interface MirrorSettings {
  readonly parse: OrderParsing;
  readonly paidStatuses: readonly string[];
}

export async function mirrorSettings(services: Pick<JobServices, 'config' | 'site'>): Promise<MirrorSettings> {
  const { shop, reengagement } = services.config();
  return {
    parse: {
      defaultCountry: shop.default_country ?? (await services.site()).country,
      consentMetaKeys: reengagement.consent_meta_keys,
      languageMetaKeys: shop.language_meta_keys,
    },
    paidStatuses: reengagement.paid_statuses,
  };
}

/**
 * Has every order read anew when the mirror was made with other settings. The trash keeps its cursor: what was thrown away since the last
 * walk is found nowhere else.
 */
export async function adoptSettings(
  services: Pick<JobServices, 'database' | 'clock' | 'logger'>,
  settings: MirrorSettings,
): Promise<void> {
  const { database, clock, logger } = services;
  const stored = await readWatermark(database, SETTINGS_NAME);
  if (stored === fingerprint(settings)) return;
  const guard = { name: SETTINGS_NAME, value: fingerprint(settings) };
  await replaceGuard(database, guard, [cursorName('any'), ...WALKS.map(completedName)], clock.now());
  if (stored !== null) logger.info('The settings of the mirror have changed: every order is read anew');
}

/** Counted up when rows are made otherwise, so that those of an older release are read anew. */
const ROWS = 2;

function fingerprint(settings: MirrorSettings): string {
  return JSON.stringify({ ...settings, rows: ROWS });
}

type Planner = Pick<JobServices, 'database' | 'clock' | 'config' | 'site'>;

/**
 * Refuses to plan on a half-read or stale mirror, in which everyone looks inactive, and on one made with other settings. Returns when the walk
 * that it comes from was begun (ms): it has every purchase up to then.
 * @throws AppError MIRROR_NOT_READY
 */
export async function assertMirrorFresh(services: Planner): Promise<number> {
  const mirroredAt = await assertMirrorComplete(services);
  if (!isFresh(mirroredAt, services.clock.now()))
    throw new AppError('MIRROR_NOT_READY', "The shop's orders were last read more than an hour ago");
  return mirroredAt;
}

/** Whether it may be planned on what was read from the shop at `mirroredAt` (ms). */
export function isFresh(mirroredAt: number, now: number): boolean {
  return now - mirroredAt <= FRESH_MS;
}

/** The same for whoever only looks, and so takes a mirror of any age. */
export async function assertMirrorComplete(services: Planner): Promise<number> {
  const { database, clock } = services;
  const stored = await readWatermark(database, SETTINGS_NAME);
  if (stored === null) throw incomplete();
  if (stored !== fingerprint(await mirrorSettings(services)))
    throw new AppError('MIRROR_NOT_READY', "The shop's orders were last read with other settings");
  let since = clock.now();
  for (const walk of WALKS) {
    const completedAt = await readNumber(database, completedName(walk));
    if (completedAt === null) throw incomplete();
    since = Math.min(since, completedAt);
  }
  await assertAccountsRead(services);
  return since;
}

function incomplete(): AppError {
  return new AppError('MIRROR_NOT_READY', "The first walk through the shop's orders is not complete");
}
