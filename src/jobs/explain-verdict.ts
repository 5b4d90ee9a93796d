import type { ActionRow } from '../db/actions.js';
import { isAppError } from '../lib/errors.js';
import type { Verdict, VerdictReason } from '../reengagement/explanation-facts.js';
import { ruleFor } from '../whatsapp/error-table.js';
import { foresee, nothing, PLAIN } from './explain-message.js';
import { decidePlanning, type Deciding } from './explain-runs.js';
import { orOutage } from './explain-shop.js';
import { loadInterests } from './interests.js';
import { servicesAt } from './preview-run.js';
import { loadRecipients } from './recipients.js';
import { sendArgumentsOf } from './send-arguments.js';

/** What comes of it for this person: of the message that waits for them, or else of the next runs, by the planners' own functions. */
export async function decide(deciding: Deciding): Promise<Verdict> {
  const { waiting } = deciding;
  const verdict = await orOutage(() =>
    waiting === null ? decidePlanning(deciding) : decideWaiting(deciding, waiting),
  );
  if (!isAppError(verdict)) return verdict;
  return nothing(verdict.code.startsWith('SHOP_') ? 'shop_out' : 'whatsapp_out', {
    detail: verdict.message,
    actionId: waiting?.id ?? null,
  });
}

/** What the send will decide about the message that waits, at the time when it is due. */
async function decideWaiting(deciding: Deciding, action: ActionRow): Promise<Verdict> {
  const about = { by: 'queue', actionId: action.id } as const;
  if (action.status === 'in-progress') return { ...PLAIN, ...about, outcome: 'later', reason: 'being_sent' };
  const args = sendArgumentsOf(action);
  if ('error' in args) return nothing('invalid', { ...about, detail: args.error });
  const at = Math.max(deciding.now, action.scheduledAt);
  const services = servicesAt(deciding.services, at);
  const recipient = (await loadRecipients(services.database, [args.phone], at)).get(args.phone) ?? deciding.recipient;
  if (!recipient.known) return nothing('unknown_customer', { ...about, campaignType: args.campaignType, sendAt: at });
  const putOff = putOffBy(action);
  const verdict = await orOutage(async () => {
    const interests = await loadInterests(services, [recipient], [], (_, id) => args.productIds?.includes(id) ?? true);
    return await foresee(services, at, { args, action, recipient, interests }, about);
  });
  if (putOff === null || (!isAppError(verdict) && verdict.outcome === 'nothing')) {
    if (isAppError(verdict)) throw verdict;
    return verdict;
  }
  const { campaignType } = args;
  return { ...PLAIN, ...about, campaignType, outcome: 'later', ...putOff, freeAt: at, sendAt: at };
}

/** What has stopped the message when it was last tried. Halts stand in the memory of the daemon, and nobody else sees them. */
function putOffBy({ reason, error }: ActionRow): Pick<Verdict, 'reason' | 'detail'> | null {
  const known = reason === null ? null : outageOf(reason);
  return known === null ? null : { reason: known, detail: error === null ? null : advised(error) };
}

function outageOf(reason: string): VerdictReason | null {
  if (reason === 'halted' || reason === 'slow_down' || reason === 'template_held') return reason;
  if (reason.startsWith('shop_')) return 'shop_out';
  return reason.startsWith('whatsapp_') ? 'whatsapp_out' : null;
}

/** With what to do about the code that Meta gave, where that does not stand there already. */
function advised(error: string): string {
  const code = /\((\d+)\)$/.exec(error)?.[1];
  if (code === undefined) return error;
  const { advice } = ruleFor(Number(code));
  return error.includes(advice) ? error : `${advice} Meta said: ${error}`;
}
