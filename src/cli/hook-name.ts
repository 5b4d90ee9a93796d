import { ALL_HOOKS } from '../app.js';
import { nearest } from '../config/nearest.js';
import { AppError } from '../lib/errors.js';

/** For the help of the commands that take hooks. */
export const HOOKS_HELP = `\nHooks:\n${ALL_HOOKS.map((hook) => `  ${hook}`).join('\n')}`;

/** @throws AppError UNKNOWN_HOOK, with the nearest one */
export function assertHook(typed: string): void {
  const hooks: readonly string[] = ALL_HOOKS;
  if (hooks.includes(typed)) return;
  const meant = nearest(typed, hooks);
  const hint = meant === undefined ? '' : `: did you mean ${meant}?`;
  throw new AppError('UNKNOWN_HOOK', `There is no hook ${typed}${hint}`);
}
