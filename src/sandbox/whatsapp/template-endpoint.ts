import type { HttpAnswer } from '../http-faults.js';
import { GraphRefusal, jsonAnswer } from './graph-error.js';
import { listOf, objectOf } from './message-request.js';
import { variablesOf, type Template, type TemplateComponent, type TemplateStatus } from './template.js';

const FIRST_ID = 1_689_556_908_129_000;
const DEFAULT_LIMIT = 25;
const DEFAULT_FIELDS = 'name,parameter_format,components,language,status,category';

/** The templates of the pretend account. */
export interface TemplateStore {
  find(name: string, language: string): Template | undefined;
  /** What Meta would decide in its own time: approve, reject, pause. Throws for a template that is not there. */
  setStatus(name: string, language: string, status: TemplateStatus): void;
  /** `GET /{waba}/message_templates?fields=&limit=&after=`. */
  list(url: URL): HttpAnswer;
  /** `POST /{waba}/message_templates`: the new template is PENDING. */
  create(request: unknown): HttpAnswer;
}

export function createTemplateStore(initial: readonly Template[]): TemplateStore {
  const templates = new Map<string, Template & { readonly id: string }>();
  const add = (template: Template) => {
    const stored = { ...template, id: String(FIRST_ID + templates.size) };
    templates.set(keyOf(template), stored);
    return stored;
  };
  initial.forEach(add);
  return {
    find: (name, language) => templates.get(keyOf({ name, language })),
    setStatus(name, language, status) {
      const template = templates.get(keyOf({ name, language }));
      if (template === undefined) throw new Error(`The sandbox has no template ${name} in ${language}.`);
      templates.set(keyOf(template), { ...template, status });
    },
    list: (url) => listPage([...templates.values()], url),
    create(request) {
      const template = readTemplate(request);
      if (templates.has(keyOf(template))) {
        throw new GraphRefusal(100, 'There is already content in this language for this template.');
      }
      const { id, status, category } = add(template);
      return jsonAnswer({ id, status, category });
    },
  };
}

const keyOf = ({ name, language }: Pick<Template, 'name' | 'language'>) => `${name}/${language}`;

function listPage(templates: readonly Template[], url: URL): HttpAnswer {
  const query = url.searchParams;
  const fields = new Set([...(query.get('fields') ?? DEFAULT_FIELDS).split(','), 'id']);
  const limit = Number(query.get('limit') ?? DEFAULT_LIMIT);
  if (!Number.isInteger(limit) || limit < 1) throw new GraphRefusal(100, 'limit must be a positive number.');
  const start = readCursor(query.get('after'));
  const end = Math.min(start + limit, templates.length);
  const data = templates
    .slice(start, end)
    .map((template) => Object.fromEntries(Object.entries(template).filter(([field]) => fields.has(field))));
  if (data.length === 0) return jsonAnswer({ data });
  const cursors = { before: cursor(start), after: cursor(end) };
  const next = new URL(url);
  next.searchParams.set('after', cursors.after);
  return jsonAnswer({
    data,
    paging: { cursors, ...(end < templates.length && { next: next.href }) },
  });
}

const cursor = (position: number) => Buffer.from(`cursor:${position}`).toString('base64');

function readCursor(after: string | null): number {
  if (after === null) return 0;
  const position = /^cursor:(\d+)$/.exec(Buffer.from(after, 'base64').toString())?.[1];
  if (position === undefined) throw new GraphRefusal(100, 'Invalid cursor.');
  return Number(position);
}

function readTemplate(request: unknown): Template {
  const { name, language, category, parameter_format: format, components } = objectOf(request);
  if (typeof name !== 'string' || !/^[a-z0-9_]{1,512}$/.test(name)) {
    throw new GraphRefusal(100, 'name must be small letters, digits and underscores.');
  }
  if (typeof language !== 'string') throw new GraphRefusal(100, 'The parameter language is required.');
  if (typeof category !== 'string') throw new GraphRefusal(100, 'The parameter category is required.');
  const parts = listOf(components) as unknown as readonly TemplateComponent[];
  const text = parts.find(({ type }) => type === 'BODY')?.text;
  if (typeof text !== 'string') throw new GraphRefusal(100, 'The template needs a BODY component.');
  if (text.length > 1024) throw new GraphRefusal(2388040, 'The body is longer than 1024 characters.');
  if (/^\s*\{\{|\}\}\s*$/.test(text)) {
    throw new GraphRefusal(2388299, "Variables can't be at the start or end of the template.");
  }
  const named = format === 'NAMED';
  if (variablesOf(text).some((variable) => /^\d+$/.test(variable) === named)) {
    throw new GraphRefusal(100, 'The variables of the body do not fit parameter_format.');
  }
  return {
    name,
    language,
    category,
    status: 'PENDING',
    parameter_format: named ? 'NAMED' : 'POSITIONAL',
    components: parts,
  };
}
