import { GraphRefusal } from './graph-error.js';
import { listOf, objectOf, type Json } from './message-request.js';
import type { TemplateStore } from './template-endpoint.js';
import { buttonsOf, componentOf, fill, variablesOf, type Template, type TemplateButton } from './template.js';

/** One filled parameter of a body, as it was sent. */
export interface BodyParameter {
  readonly name?: string;
  readonly text: string;
}

export type FilledButton =
  | { readonly type: 'url'; readonly index: number; readonly suffix: string; readonly url: string }
  | { readonly type: 'copy_code'; readonly index: number; readonly code: string };

export interface FilledTemplate {
  readonly template: string;
  readonly language: string;
  readonly bodyParameters: readonly BodyParameter[];
  readonly buttons: readonly FilledButton[];
  /** Header, body, footer and a line for each button. */
  readonly rendered: string;
}

const MAX_BODY = 1024;
const MAX_URL = 2000;
const MAX_COUPON = 15;

/** Checks a template message the way Meta does, in its order: the template, the body, the buttons. */
export function fillTemplate(request: unknown, templates: Pick<TemplateStore, 'find'>): FilledTemplate {
  const { name, language, components } = objectOf(request);
  const { code } = objectOf(language);
  if (typeof name !== 'string') throw new GraphRefusal(131008, "The parameter template['name'] is required.");
  if (typeof code !== 'string')
    throw new GraphRefusal(131008, "The parameter template['language']['code'] is required.");
  const template = sendable(templates.find(name, code), name, code);
  const sent = listOf(components);
  refuseStrangeComponents(sent);
  const bodyParameters = readBody(template, sent);
  const buttons = readButtons(template, sent);
  const rendered = render(template, bodyParameters, buttons);
  return { template: name, language: template.language, bodyParameters, buttons, rendered };
}

function sendable(template: Template | undefined, name: string, language: string): Template {
  if (template?.status === 'PAUSED') throw new GraphRefusal(132015, `template (${name}) is paused due to low quality`);
  if (template?.status === 'DISABLED') throw new GraphRefusal(132016, `template (${name}) is disabled`);
  if (template?.status === 'APPROVED') return template;
  throw new GraphRefusal(132001, `template name (${name}) does not exist in ${language}`);
}

function refuseStrangeComponents(sent: readonly Json[]): void {
  const strange = sent.find(({ type }) => type !== 'body' && type !== 'button');
  if (strange !== undefined)
    throw new GraphRefusal(132012, `${String(strange['type'])}: the template has no such part`);
}

function readBody(template: Template, sent: readonly Json[]): BodyParameter[] {
  const expected = variablesOf(componentOf(template, 'BODY')?.text ?? '');
  const parameters = listOf(sent.find(({ type }) => type === 'body')?.['parameters']);
  if (parameters.length !== expected.length) {
    throw new GraphRefusal(
      132000,
      `body: number of localizable_params (${parameters.length}) does not match the expected number of params (${expected.length})`,
    );
  }
  const read = parameters.map((parameter) => readParameter(parameter, template.parameter_format === 'NAMED'));
  const lacking = expected.filter((name) => !read.some((parameter) => parameter.name === name));
  if (template.parameter_format === 'NAMED' && lacking.length > 0) {
    throw new GraphRefusal(132012, `body: parameter_name ${lacking.join(', ')} is missing`);
  }
  return read;
}

function readParameter({ type, text, parameter_name: name }: Json, named: boolean): BodyParameter {
  if (type !== 'text') throw new GraphRefusal(132012, 'body: parameters must be of type text');
  if (typeof text !== 'string' || text === '') {
    throw new GraphRefusal(131008, 'Parameter of type text is missing text value');
  }
  if (/[\n\r\t]| {5}/.test(text)) {
    throw new GraphRefusal(132018, 'Param text cannot have new-line/tab characters or more than 4 consecutive spaces');
  }
  if (!named && name === undefined) return { text };
  if (named && typeof name === 'string') return { name, text };
  throw new GraphRefusal(132012, named ? 'body: parameter_name is missing' : 'body: the template is positional');
}

function readButtons(template: Template, sent: readonly Json[]): FilledButton[] {
  const buttons = buttonsOf(template);
  const filled = sent.filter(({ type }) => type === 'button');
  const strange = filled.find(({ index, sub_type: type }) => subType(buttons[Number(index)]) !== type);
  if (strange !== undefined) {
    throw new GraphRefusal(
      132012,
      `buttons: no ${String(strange['sub_type'])} parameter at index ${String(strange['index'])}`,
    );
  }
  return buttons.flatMap((button, index) => {
    const type = subType(button);
    if (type === undefined) return [];
    const parameters = listOf(filled.find((one) => Number(one['index']) === index)?.['parameters']);
    return [type === 'url' ? readUrl(button, index, parameters) : readCode(index, parameters)];
  });
}

/** What a button wants filled in; undefined where it wants nothing. */
function subType(button: TemplateButton | undefined): FilledButton['type'] | undefined {
  if (button?.type === 'URL' && variablesOf(button.url ?? '').length > 0) return 'url';
  return button?.type === 'COPY_CODE' ? 'copy_code' : undefined;
}

function readUrl(button: TemplateButton, index: number, parameters: readonly Json[]): FilledButton {
  const [parameter] = parameters;
  const suffix = parameter?.['text'];
  if (parameter?.['type'] !== 'text' || typeof suffix !== 'string' || suffix === '') {
    throw new GraphRefusal(131008, `buttons: Button at index ${index} of type Url requires a parameter`);
  }
  const url = fill(button.url ?? '', { '1': suffix });
  if (/[\s\p{Extended_Pictographic}]/u.test(suffix) || url.length > MAX_URL) {
    throw new GraphRefusal(131009, `buttons: the Url parameter at index ${index} makes no address`);
  }
  return { type: 'url', index, suffix, url };
}

function readCode(index: number, parameters: readonly Json[]): FilledButton {
  const [parameter] = parameters;
  const code = parameter?.['coupon_code'];
  if (parameter?.['type'] !== 'coupon_code' || typeof code !== 'string' || code === '') {
    throw new GraphRefusal(131008, `buttons: Button at index ${index} of type CopyCode requires a parameter`);
  }
  if (code.length > MAX_COUPON || !/^[A-Za-z0-9]+$/.test(code)) {
    throw new GraphRefusal(131009, `buttons: coupon_code must be at most ${MAX_COUPON} letters and digits`);
  }
  return { type: 'copy_code', index, code };
}

function render(template: Template, parameters: readonly BodyParameter[], filled: readonly FilledButton[]): string {
  const values = Object.fromEntries(parameters.map(({ name, text }, index) => [name ?? String(index + 1), text]));
  const body = fill(componentOf(template, 'BODY')?.text ?? '', values);
  if (body.length > MAX_BODY) throw new GraphRefusal(132005, `body: ${body.length} characters, at most ${MAX_BODY}`);
  const buttons = buttonsOf(template).map((button, index) => {
    const value = filled.find((one) => one.index === index);
    const label = button.text ?? 'Copy code';
    return value === undefined ? `[${label}]` : `[${label}: ${value.type === 'url' ? value.url : value.code}]`;
  });
  const lines = [componentOf(template, 'HEADER')?.text, body, componentOf(template, 'FOOTER')?.text, ...buttons];
  return lines.filter((line) => line !== undefined).join('\n');
}
