import { isOutage } from '../lib/errors.js';
import type { TemplateMessage } from '../reengagement/message.js';
import type { TemplateTexts } from '../reengagement/rendered-message.js';
import type { TemplateFact } from '../whatsapp/template-fact.js';
import { checkTemplate, findTemplate } from '../whatsapp/templates.js';
import type { JobServices } from './services.js';
import type { TemplateBook } from './template-book.js';

/** A TemplateBook that goes on without Meta, and tells of problems instead of logging them. */
export interface PreviewTemplates extends Pick<TemplateBook, 'problem'> {
  /** Null when Meta could not be asked, or has no such template. */
  texts(message: TemplateMessage): Promise<TemplateTexts | null>;
  /** Why Meta could not be asked; null when it was, or was not needed. */
  unread(): string | null;
  problems(): string[];
}

export function createPreviewTemplates({ whatsapp }: Pick<JobServices, 'whatsapp'>): PreviewTemplates {
  let read: Promise<readonly TemplateFact[] | null> | null = null;
  let unread: string | null = null;
  const known = new Map<string, string | null>();

  const facts = () =>
    (read ??= whatsapp()
      .listTemplates()
      .catch((error: unknown) => {
        if (!isOutage(error)) throw error;
        unread = error.message;
        return null;
      }));

  return {
    problem: async (template) => {
      const key = JSON.stringify(template);
      const found = known.get(key);
      if (found !== undefined) return found;
      const all = await facts();
      const check = all === null ? null : checkTemplate(all, template);
      const problem = check?.ok === false ? check.problem : null;
      known.set(key, problem);
      return problem;
    },
    texts: async (message) => findTemplate((await facts()) ?? [], message)?.texts ?? null,
    unread: () => unread,
    problems: () => [...known.values()].filter((problem) => problem !== null),
  };
}
