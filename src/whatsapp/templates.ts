import type { TemplateFact } from './template-fact.js';

/** One entry of `whatsapp.templates`, as far as Meta can contradict it. */
export interface WantedTemplate {
  readonly name: string;
  readonly language: string;
  /** Positional parameters as a list, named ones as an object whose keys are the names. */
  readonly body: readonly string[] | Readonly<Record<string, string>>;
  readonly urlButton: number | null;
  readonly couponButton: number | null;
}

export type TemplateCheck = { readonly ok: true } | { readonly ok: false; readonly problem: string };

/** Whether Meta would take a message made from this entry; if not, one sentence says what to do. */
export function checkTemplate(templates: readonly TemplateFact[], wanted: WantedTemplate): TemplateCheck {
  const fact = findTemplate(templates, wanted);
  const problem =
    fact === undefined
      ? missing(templates, wanted)
      : (statusProblem(fact) ??
        unsupportedProblem(fact) ??
        bodyProblem(fact, wanted.body) ??
        buttonProblem(fact.urlButtons, wanted.urlButton, 'URL button with a variable', 'url_button') ??
        buttonProblem(fact.copyCodeButtons, wanted.couponButton, 'copy-code button', 'coupon_button'));
  if (problem === undefined) return { ok: true };
  return { ok: false, problem: `Template ${wanted.name} (${wanted.language}) ${problem}` };
}

/** What Meta holds under this name and language, the approved one first. */
export function findTemplate(
  templates: readonly TemplateFact[],
  { name, language }: Pick<WantedTemplate, 'name' | 'language'>,
): TemplateFact | undefined {
  const found = templates.filter((one) => one.name === name && sameLanguage(one.language, language));
  return found.find(({ status }) => status === 'APPROVED') ?? found[0];
}

/** Meta writes en_US in one place and en-US in another. */
function sameLanguage(a: string, b: string): boolean {
  const plain = (language: string) => language.replace('-', '_').toLowerCase();
  return plain(a) === plain(b);
}

function missing(templates: readonly TemplateFact[], wanted: WantedTemplate): string {
  const named = templates.filter(({ name }) => name === wanted.name);
  if (named.length === 0) return 'does not exist: create it in WhatsApp Manager, or correct its name.';
  const languages = named.map(({ language }) => language).join(', ');
  return `does not exist in this language, only in ${languages}: add ${wanted.language} in WhatsApp Manager, or correct the language.`;
}

function statusProblem({ status }: TemplateFact): string | undefined {
  switch (status) {
    case 'APPROVED':
      return undefined;
    case 'PENDING':
    case 'IN_APPEAL':
      return `is not approved yet (${status}): wait for Meta, or name another one.`;
    case 'PAUSED':
      return 'is paused by Meta because of bad feedback: wait until it is approved again, or name another one.';
    default:
      return `is ${status}: correct and submit it again in WhatsApp Manager, or name another one.`;
  }
}

function unsupportedProblem({ unsupported }: TemplateFact): string | undefined {
  if (unsupported.length === 0) return undefined;
  return `has ${unsupported.join(' and ')}, which cannot be filled in: name a template without it.`;
}

function bodyProblem(fact: TemplateFact, body: WantedTemplate['body']): string | undefined {
  const wanted: readonly string[] = isList(body) ? body : Object.keys(body);
  const expected = fact.bodyParameters;
  const list = expected.join(', ');
  if (expected.length === 0 && wanted.length === 0) return undefined;
  if (expected.length === 0) return 'has no parameters in its body: leave body out.';
  if (fact.parameterFormat === 'NAMED') {
    const same = expected.length === wanted.length && expected.every((name) => wanted.includes(name));
    if (isList(body) || !same)
      return `has the named parameters ${list}: write body as an object with exactly these keys.`;
    return undefined;
  }
  if (isList(body) && body.length === expected.length) return undefined;
  return `has ${expected.length} positional parameters: write body as a list of ${expected.length} variables.`;
}

function isList(body: WantedTemplate['body']): body is readonly string[] {
  return Array.isArray(body);
}

function buttonProblem(found: readonly number[], wanted: number | null, what: string, setting: string) {
  if (found.length > 1) return `has more than one ${what}: name a template with one.`;
  const index = found[0];
  if (index === undefined) return wanted === null ? undefined : `has no ${what}: leave ${setting} out.`;
  return wanted === index ? undefined : `has its ${what} at index ${index}: set ${setting} to ${index}.`;
}
