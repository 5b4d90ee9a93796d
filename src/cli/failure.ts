import { CommanderError } from 'commander';
import { AppError, CATALOGUE, errorMessage } from '../lib/errors.js';
import type { Terminal } from './terminal.js';

/** Says what went wrong and what to do about it, and returns the process's exit code. Stacks only with `debug`. */
export function reportFailure(thrown: unknown, terminal: Terminal, debug: boolean): number {
  // commander has said already what is wrong, or has printed the help that was asked for.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : CATALOGUE.USAGE.exit;
  const error = toAppError(thrown);
  // Line by line: a long list of faults would be cut as one text.
  for (const line of `error: ${sentence(error.message)}\n${error.advice}`.split('\n')) terminal.err(line);
  if (debug) terminal.err(stacks(thrown).join('\ncaused by: '));
  return error.exitCode;
}

/** Where both the start and what was to be undone after it failed, the first failure stands as the cause (lifecycle.ts). */
function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof AggregateError) return toAppError(thrown.cause ?? thrown.errors[0]);
  return new AppError('INTERNAL', errorMessage(thrown), { cause: thrown });
}

function sentence(text: string): string {
  return text.includes('\n') || /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Never the error object itself: an AxiosError carries the request with its token. */
function stacks(thrown: unknown): string[] {
  if (!(thrown instanceof Error)) return [String(thrown)];
  const own = thrown.stack ?? thrown.message;
  return thrown.cause === undefined ? [own] : [own, ...stacks(thrown.cause)];
}
