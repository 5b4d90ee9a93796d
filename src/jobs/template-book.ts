import { HOUR, MINUTE, type Clock } from '../lib/clock.js';
import type { Logger } from '../lib/logger.js';
import type { TemplateChoice } from '../reengagement/message-builder.js';
import type { WhatsAppClient } from '../whatsapp/client.js';
import type { TemplateFact } from '../whatsapp/template-fact.js';
import { checkTemplate } from '../whatsapp/templates.js';

export interface TemplateBook {
  /** What is wrong with a configured template, in a sentence that says what to do; null when it can be sent. WHATSAPP_* errors pass. */
  problem(template: TemplateChoice): Promise<string | null>;
  /** Asks Meta anew at the next question. */
  forget(): void;
}

const FRESH_MS = HOUR;
/** A refusal holds so long for all the messages that wait: Meta counts these calls too, some 200 an hour. */
const REFUSED_MS = MINUTE;

/** Meta's templates, fetched once an hour for all messages together. A problem is said once, until it is another. */
export function createTemplateBook(clock: Clock, logger: Logger, whatsapp: () => WhatsAppClient): TemplateBook {
  let fetched: { until: number; templates: Promise<TemplateFact[]> } | null = null;
  const said = new Map<string, string | null>();

  async function current(): Promise<TemplateFact[]> {
    if (fetched === null || clock.now() >= fetched.until)
      fetched = { until: clock.now() + FRESH_MS, templates: whatsapp().listTemplates() };
    const asked = fetched;
    try {
      return await asked.templates;
    } catch (error) {
      asked.until = Math.min(asked.until, clock.now() + REFUSED_MS);
      throw error;
    }
  }

  return {
    problem: async (template) => {
      const check = checkTemplate(await current(), template);
      const problem = check.ok ? null : check.problem;
      const key = `${template.name}/${template.language}`;
      if (problem !== null && said.get(key) !== problem) logger.error(problem, { template: key });
      said.set(key, problem);
      return problem;
    },
    forget: () => {
      fetched = null;
    },
  };
}
