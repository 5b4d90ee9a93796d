import type { ActionRow } from '../db/actions.js';
import { maskPhone } from '../lib/phone.js';
import { createRedactor } from '../lib/redact.js';

export type ShownAction = ReturnType<typeof shownAction>;

/** What may be seen of an action: every phone in it is masked, wherever it stands, also inside WhatsApp's message ids. */
export function shownAction(row: ActionRow) {
  const redactor = createRedactor();
  return {
    id: row.id,
    hook: row.hook,
    group: row.group,
    status: row.status,
    priority: row.priority,
    attempts: row.attempts,
    phone: row.phone === null ? null : maskPhone(row.phone),
    created_at: iso(row.createdAt),
    scheduled_at: iso(row.scheduledAt),
    started_at: isoOrNull(row.startedAt),
    ended_at: isoOrNull(row.endedAt),
    args: redactor.value(withoutBarePhones(row.args), false),
    result: redactor.value(row.result, false),
    reason: row.reason,
    error: row.error === null ? null : redactor.text(row.error),
  };
}

/** A payload from outside may hold a phone without its plus anywhere, also in the place of a name. */
function withoutBarePhones(args: unknown): unknown {
  return JSON.parse(JSON.stringify(args).replace(/"(\d{9,15})"/g, (_, digits: string) => `"${maskPhone(digits)}"`));
}

/** A sentence of the journal or a message id, without phones. */
export function shownText(text: string): string {
  return createRedactor().text(text);
}

export function iso(at: number): string {
  return new Date(at).toISOString();
}

export function isoOrNull(at: number | null): string | null {
  return at === null ? null : iso(at);
}

/** The arguments in a payload, however it is wrapped. */
export function innerArguments(args: unknown): Readonly<Record<string, unknown>> {
  if (Array.isArray(args) && args.length === 1) return innerArguments(args[0]);
  if (typeof args !== 'object' || args === null) return {};
  return 'args' in args ? innerArguments(args.args) : (args as Record<string, unknown>);
}
