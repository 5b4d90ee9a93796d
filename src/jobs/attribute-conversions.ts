import type { Config } from '../config/schema.js';
import { attributeSince } from '../db/conversions.js';
import { DAY } from '../lib/clock.js';
import type { Handler } from '../queue/handler.js';
import { HOOKS } from '../queue/hooks.js';
import type { AttributionRules } from '../reengagement/attribution.js';
import type { JobServices } from './services.js';

export function attributionRules({ reengagement }: Config): AttributionRules {
  return { paidStatuses: reengagement.paid_statuses, windowDays: reengagement.attribution_window_days };
}

/**
 * reengaged_attribute_conversions: once a day attributes anew whoever has a message whose window is open, because a message's status may
 * have settled after its order was mirrored. Returns how many conversions changed.
 */
export function attributeConversionsHandler(services: JobServices): Handler {
  return {
    hook: HOOKS.attributeConversions,
    exclusive: true,
    concurrency: () => 1,
    interrupted: null,
    exhausted: null,
    run: async () => {
      const rules = attributionRules(services.config());
      const since = services.clock.now() - (rules.windowDays + 1) * DAY;
      const changed = await attributeSince(services.database, since, rules);
      reportConversions(services, changed);
      return { name: 'done', result: changed };
    },
  };
}

export function reportConversions({ logger }: Pick<JobServices, 'logger'>, changed: number): void {
  if (changed > 0) logger.info('Conversions are attributed', { changed });
}
