import { z } from 'zod';
import type { TemplateTexts } from '../reengagement/rendered-message.js';

/** What a message has to fill in, as Meta's list of templates tells it. */
export interface TemplateFact {
  readonly name: string;
  readonly language: string;
  /** APPROVED, PENDING, REJECTED, PAUSED, DISABLED, ... Only APPROVED can be sent. */
  readonly status: string;
  readonly category: string;
  readonly parameterFormat: 'POSITIONAL' | 'NAMED';
  /** Names, or `1`, `2`, ... in order. */
  readonly bodyParameters: readonly string[];
  /** Indexes of the URL buttons that hold a variable. */
  readonly urlButtons: readonly number[];
  readonly copyCodeButtons: readonly number[];
  /** What else the template wants filled in and this program cannot, in words: `an IMAGE header`. */
  readonly unsupported: readonly string[];
  readonly texts: TemplateTexts;
}

const button = z.object({
  type: z.string(),
  text: z.string().optional().catch(undefined),
  url: z.string().optional().catch(undefined),
});
const component = z.object({
  type: z.string(),
  format: z.string().optional().catch(undefined),
  text: z.string().optional().catch(undefined),
  buttons: z.array(button).default([]),
});
type Component = z.output<typeof component>;

/** One entry of `GET /{waba}/message_templates`. */
export const templateFact = z
  .object({
    name: z.string(),
    language: z.string(),
    status: z.string(),
    category: z.string().default(''),
    parameter_format: z.string().optional(),
    components: z.array(component).default([]),
  })
  .transform(({ parameter_format: format, components, ...template }): TemplateFact => {
    const body = components.find(({ type }) => type === 'BODY');
    const names = variables(body?.text ?? '');
    const buttons = components.flatMap((part) => part.buttons);
    const indexes = (fits: (one: z.output<typeof button>) => boolean) =>
      buttons.flatMap((one, index) => (fits(one) ? [index] : []));
    return {
      ...template,
      parameterFormat: format === 'NAMED' || names.some((name) => !/^\d+$/.test(name)) ? 'NAMED' : 'POSITIONAL',
      bodyParameters: names,
      urlButtons: indexes(({ type, url }) => type === 'URL' && url?.includes('{{') === true),
      copyCodeButtons: indexes(({ type }) => type === 'COPY_CODE'),
      unsupported: components.flatMap(unsupportedParts),
      texts: {
        header: textOf(components, 'HEADER'),
        body: body?.text ?? '',
        footer: textOf(components, 'FOOTER'),
        buttons: buttons.map(({ text, url }) => ({ label: text ?? null, url: url ?? null })),
      },
    };
  });

function textOf(components: readonly Component[], wanted: string): string | null {
  return components.find(({ type }) => type === wanted)?.text ?? null;
}

function variables(text: string): string[] {
  const found = new Set([...text.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, name]) => name ?? ''));
  return [...found].sort((a, b) => (/^\d+$/.test(a + b) ? Number(a) - Number(b) : 0));
}

function unsupportedParts({ type, format, text, buttons }: Component): string[] {
  if (type === 'HEADER' && format === 'TEXT') return text?.includes('{{') === true ? ['a header with a variable'] : [];
  if (type === 'HEADER') return [`a header of the kind ${format ?? 'unknown'}`];
  if (type === 'LIMITED_TIME_OFFER') return ['a limited-time offer'];
  if (type === 'CAROUSEL') return ['a carousel'];
  return buttons.some((one) => one.type === 'MPM') ? ['a product list button'] : [];
}
