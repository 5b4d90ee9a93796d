import { takenKeys } from '../db/journal.js';
import { HOOKS, unfinishedKey } from '../queue/hooks.js';
import { planningObstacle, type PlannedPage } from './planning.js';
import type { Recipient } from './recipients.js';
import { sendAction, type PlannedMessage } from './send-arguments.js';
import type { JobServices } from './services.js';

/** Those of the messages whose action nothing in the journal refuses. */
export async function notQueued(
  { database }: Pick<JobServices, 'database'>,
  messages: readonly PlannedMessage[],
): Promise<PlannedMessage[]> {
  const actions = messages.map((message) => ({ message, ...sendAction(message) }));
  const taken = await takenKeys(database, {
    unique: given(actions.map((action) => action.uniqueKey)),
    unfinished: given(actions.map((action) => action.unfinishedKey)),
  });
  return actions
    .filter((action) => !taken.has(action.uniqueKey ?? '') && !taken.has(action.unfinishedKey ?? ''))
    .map(({ message }) => message);
}

/** How many people of a page the frequency cap stops only because a message to them waits already, and holds a slot for itself. */
export async function countStoppedByQueued(
  services: JobServices,
  { recipients }: Pick<PlannedPage, 'recipients'>,
): Promise<number> {
  const now = services.clock.now();
  const { zone } = await services.site();
  const isCapped = (recipient: Recipient) =>
    planningObstacle(services, recipient, 'back_in_stock', zone, now) === 'frequency_cap';
  const stopped = [...recipients.values()].filter((recipient) => {
    const ended = recipient.log.filter(({ status }) => status !== 'reserved' && status !== 'sending');
    return ended.length < recipient.log.length && isCapped(recipient) && !isCapped({ ...recipient, log: ended });
  });
  const keys = stopped.map(({ phone }) => unfinishedKey(HOOKS.sendMessage, { customer_phone: phone }));
  return (await takenKeys(services.database, { unique: [], unfinished: given(keys) })).size;
}

function given(keys: readonly (string | null)[]): string[] {
  return keys.filter((key) => key !== null);
}
