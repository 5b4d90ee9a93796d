import type { AxiosInstance } from 'axios';
import { z } from 'zod';
import { AppError } from '../lib/errors.js';
import { ruleFor } from './error-table.js';
import { failureDetail, innerCause } from './failure.js';
import { graphError, type GraphAnswer, type GraphError } from './graph-answer.js';
import { templateFact, type TemplateFact } from './template-fact.js';

export interface TemplateListOptions {
  readonly baseUrl: string;
  readonly apiVersion: string;
  readonly businessAccountId: string;
  readonly accessToken: string;
  readonly timeoutMs: number;
}

const FIELDS = 'name,language,status,category,components,parameter_format';
const PAGE_SIZE = 100;

const page = z.object({
  data: z.array(templateFact),
  paging: z.object({ cursors: z.object({ after: z.string() }).optional(), next: z.string().optional() }).optional(),
});

/** Follows the cursor and never the `next` address: that one carries the token, and may lead elsewhere. */
export async function listTemplates(http: AxiosInstance, options: TemplateListOptions): Promise<TemplateFact[]> {
  const templates: TemplateFact[] = [];
  const seen = new Set<string>();
  for (let after: string | undefined; ; seen.add(after)) {
    const { data, paging } = await fetchPage(http, options, after);
    templates.push(...data);
    after = paging?.next === undefined ? undefined : paging.cursors?.after;
    if (after === undefined) return templates;
    if (seen.has(after)) throw new AppError('WHATSAPP_BAD_ANSWER', 'The list of templates came back to a page it had.');
  }
}

async function fetchPage(http: AxiosInstance, options: TemplateListOptions, after: string | undefined) {
  const answer = await fetchAnswer(http, options, { fields: FIELDS, limit: PAGE_SIZE, ...(after && { after }) });
  const error = graphError(answer, options.accessToken);
  if (error !== undefined) throw refusal(error);
  const parsed = page.safeParse(answer.data);
  if (answer.status === 200 && parsed.success) return parsed.data;
  const what = parsed.success || typeof answer.data === 'object' ? 'an unexpected JSON' : 'something that is no JSON';
  throw new AppError(
    'WHATSAPP_BAD_ANSWER',
    `The list of templates was answered with HTTP ${answer.status} and ${what}.`,
    {
      cause: parsed.error,
    },
  );
}

async function fetchAnswer(http: AxiosInstance, options: TemplateListOptions, params: object): Promise<GraphAnswer> {
  try {
    return await http.get<unknown>(`/${options.apiVersion}/${options.businessAccountId}/message_templates`, {
      params,
      signal: AbortSignal.timeout(options.timeoutMs),
    });
  } catch (error) {
    throw new AppError('WHATSAPP_UNREACHABLE', `${failureDetail(error, options)} when asked for the templates.`, {
      cause: innerCause(error),
    });
  }
}

function refusal({ code, detail, retryAfterMs }: GraphError): AppError {
  const rule = ruleFor(code);
  const passing = rule.class === 'retry' || rule.class === 'slow_down';
  // Under this address 100 means an id that the token cannot see, which the table's words for a message do not say.
  const advice =
    code === 100 ? 'Check whatsapp.business_account_id and that the token may see that account.' : rule.advice;
  return new AppError(
    passing ? 'WHATSAPP_BUSY' : 'WHATSAPP_REFUSED',
    `Meta refused to list the templates (code ${code}): ${detail}. ${advice}`,
    { retryAfterMs: retryAfterMs ?? undefined },
  );
}
