import type { ActionRow } from '../db/actions.js';
import { DAY, MINUTE } from '../lib/clock.js';
import { decideEligibility, SKIP_SENTENCES, type SkipReason } from '../reengagement/eligibility.js';
import type { Ending } from '../reengagement/endings.js';
import { ruleFor } from '../whatsapp/error-table.js';
import { templateObstacle } from './planning.js';
import { eligibilityFacts, type Recipient } from './recipients.js';
import type { SendArguments } from './send-arguments.js';
import type { JobServices } from './services.js';
import { eligibilityRules } from './settings.js';

/** Why the message may not go, or not now; null when it may. */
export async function findObstacle(
  services: JobServices,
  recipient: Recipient,
  args: SendArguments,
  action: Pick<ActionRow, 'id'>,
): Promise<Ending | null> {
  const config = services.config();
  const now = services.clock.now();
  const { zone } = await services.site();
  const decision = decideEligibility(
    eligibilityFacts(recipient, {
      campaignType: args.campaignType,
      enabled: config.reengagement.enabled,
      now,
      actionId: action.id,
      plannedAt: args.plannedAt,
      expiresAt: args.expiresAt,
    }),
    eligibilityRules(config, zone, now),
  );
  if (decision.kind === 'skip') return skipped(decision.reason);
  if (isHeldBack(recipient, action, now)) return skipped('refused_recently');
  if (decision.kind === 'defer') {
    // Waiting would only keep tomorrow's campaign from being planned.
    if (args.expiresAt !== null && args.expiresAt <= decision.until) return skipped('expired');
    return { name: 'deferred', reason: decision.reason, until: decision.until };
  }
  const halt = services.halts.current('all');
  if (halt !== null) return { name: 'outage', reason: 'halted', error: halt.reason, until: halt.until };
  const template = await templateObstacle(services, recipient, args.campaignType, now);
  if (template === 'template_held') {
    return {
      name: 'outage',
      reason: template,
      error: SKIP_SENTENCES[template],
      until: now + config.whatsapp.halt_retry_minutes * MINUTE,
    };
  }
  return template === null ? null : skipped(template);
}

/** Whoever retries by hand what Meta wants no more of for a day (131049) would lengthen the lock. */
function isHeldBack(recipient: Recipient, { id }: Pick<ActionRow, 'id'>, now: number): boolean {
  const own = recipient.log.find((row) => row.actionId === id && row.status === 'failed');
  return own?.errorCode != null && ruleFor(own.errorCode).class === 'not_again' && own.sentAt > now - DAY;
}

export function skipped(reason: SkipReason): Ending {
  const error = SKIP_SENTENCES[reason];
  return { name: 'skipped', reason, error, result: { success: false, error } };
}

export function invalid(error: string): Ending {
  return { name: 'invalid', error, result: { success: false, error } };
}
