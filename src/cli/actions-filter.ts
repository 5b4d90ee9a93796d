import { Option, type Command } from 'commander';
import type { App } from '../app.js';
import type { ActionStatus } from '../db/actions.js';
import type { ActionFilter } from '../db/journal.js';
import { AppError } from '../lib/errors.js';
import { iso } from './action-view.js';
import { assertHook } from './hook-name.js';
import { createPhoneReader } from './typed-phone.js';
import { age } from './words.js';

export interface FilterOptions {
  readonly hook?: string;
  readonly status?: ActionStatus;
  readonly group?: string;
  readonly phone?: string;
  readonly reason?: string;
  readonly older?: string;
  readonly newer?: string;
}

const NAMES = ['hook', 'status', 'group', 'phone', 'reason', 'older', 'newer'] as const;

export function addFilterOptions(command: Command, statuses: readonly ActionStatus[]): Command {
  return command
    .option('--hook <name>', 'only of this hook')
    .addOption(new Option('--status <status>', 'only with this status').choices(statuses))
    .option('--group <name>', 'only of this group')
    .option('--phone <phone>', 'only messages to this number, best with plus and country code')
    .option('--reason <word>', 'only what ended or waits so, such as quiet_hours')
    .option('--older <age>', 'only what was due this long ago or longer: 30m, 12h, 7d; m is minutes')
    .option('--newer <age>', 'only what was due since then, or is not due yet; m is minutes');
}

export function hasFilter(options: FilterOptions): boolean {
  return NAMES.some((name) => options[name] !== undefined);
}

/**
 * The filter, but for the phone: what was typed wrong is told before anything is opened.
 * @throws AppError USAGE, UNKNOWN_HOOK
 */
export function readFilter(options: FilterOptions, now: number): Omit<ActionFilter, 'phone' | 'limit'> {
  const { hook, status, group, reason, older, newer } = options;
  if (hook !== undefined) assertHook(hook);
  if (reason !== undefined && !/^[a-z0-9_]{1,40}$/.test(reason))
    throw new AppError('USAGE', '--reason has to be a word of the journal, such as quiet_hours');
  return {
    ...{ hook, status, group, reason },
    scheduledBefore: older === undefined ? undefined : now - age('--older', older),
    scheduledAfter: newer === undefined ? undefined : now - age('--newer', newer),
  };
}

/** ` due before 2026-02-10 11:00 UTC`: what an age came to, for whoever meant months and typed minutes. Empty without an age. */
export function dueWords({ scheduledBefore, scheduledAfter }: ActionFilter): string {
  const bounds = [
    ...(scheduledAfter === undefined ? [] : [`since ${minuteOf(scheduledAfter)}`]),
    ...(scheduledBefore === undefined ? [] : [`before ${minuteOf(scheduledBefore)}`]),
  ];
  return bounds.length === 0 ? '' : ` due ${bounds.join(' and ')} UTC`;
}

function minuteOf(at: number): string {
  return iso(at).slice(0, 16).replace('T', ' ');
}

/** @throws AppError USAGE */
export async function readPhone(app: App, typed: string | undefined): Promise<string | undefined> {
  if (typed === undefined) return undefined;
  const read = await createPhoneReader(app)(typed);
  if ('problem' in read) throw new AppError('USAGE', `The number cannot be used: ${read.problem}`);
  return read.phone;
}
