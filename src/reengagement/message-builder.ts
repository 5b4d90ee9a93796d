import type { CampaignType } from './campaign-type.js';
import type { OutgoingMessage, TemplateButton, TemplateParameter } from './message.js';
import { messageLink, type MessageLink, type Utm } from './message-link.js';
import { DEFAULT_TEXT_LANGUAGE, DEFAULT_TEXTS } from './message-texts.js';
import { variableValues, type VariableFacts, type VariableSettings } from './message-variables.js';
import { cut } from './one-line.js';
import type { TemplateVariable } from './template-variables.js';

/** An approved template, and what its parameters are filled with. */
export interface TemplateChoice {
  readonly name: string;
  readonly language: string;
  /** A list for positional parameters, an object for named ones. */
  readonly body: readonly TemplateVariable[] | Readonly<Record<string, TemplateVariable>>;
  /** Index of the button whose address ends in a variable. */
  readonly urlButton: number | null;
  /** Index of the copy-code button. */
  readonly couponButton: number | null;
}

export interface MessageSettings extends VariableSettings {
  /** auto: text inside the window, else a template. text: only inside the window. */
  readonly mode: 'auto' | 'template' | 'text';
  readonly defaultLanguage: string;
  readonly templates: Partial<Record<CampaignType, readonly TemplateChoice[]>>;
  /** By language; they go before the built-in English ones. */
  readonly texts: Readonly<Record<string, Partial<Record<CampaignType, string>>>>;
  readonly utm: Utm;
}

export interface MessageFacts extends VariableFacts {
  /** E.164 with plus. */
  readonly to: string;
  readonly campaignType: CampaignType;
  readonly language: string | null;
  /** Inside a proven 24-hour window. */
  readonly inWindow: boolean;
}

/** Meta's limit for the body of a text message. */
const MAX_TEXT_LENGTH = 4_096;

const ABOUT_PRODUCTS: ReadonlySet<CampaignType> = new Set(['back_in_stock', 'price_drop', 'new_arrivals']);

/** The template in the customer's language, or the same language of another country, else in the default language, else the first; null when none is configured. */
export function chooseTemplate(
  campaignType: CampaignType,
  language: string | null,
  settings: MessageSettings,
): TemplateChoice | null {
  return byLanguage(settings.templates[campaignType] ?? [], language, settings.defaultLanguage);
}

function byLanguage<T extends { readonly language: string }>(
  choices: readonly T[],
  language: string | null,
  defaultLanguage: string,
): T | null {
  for (const wanted of [language, defaultLanguage]) {
    if (wanted === null) continue;
    const tag = languageTag(wanted);
    const primary = primarySubtag(tag);
    const found =
      choices.find((choice) => languageTag(choice.language) === tag) ??
      choices.find((choice) => languageTag(choice.language) === primary) ??
      choices.find((choice) => primarySubtag(languageTag(choice.language)) === primary);
    if (found !== undefined) return found;
  }
  return choices[0] ?? null;
}

/** Meta and WordPress write es_ES, the rest of the world es-ES. */
function languageTag(language: string): string {
  return language.replaceAll('_', '-').toLowerCase();
}

function primarySubtag(tag: string): string {
  return tag.split('-', 1)[0] ?? tag;
}

/**
 * The message, or null when there is nothing to say or no way to say it: no product, no coupon, no template, or a text or template
 * that names a variable which this message has not. A text goes only inside the window, where Meta takes one (else error 131047).
 */
export function buildMessage(facts: MessageFacts, settings: MessageSettings): OutgoingMessage | null {
  if (ABOUT_PRODUCTS.has(facts.campaignType) && facts.products.length === 0) return null;
  if (facts.campaignType === 'loyalty_reward' && facts.coupon === null) return null;
  const { home } = facts.shop;
  const link = messageLink(facts.products[0]?.permalink ?? null, home, settings.utm, facts.campaignType);
  const text = settings.mode !== 'template' && facts.inWindow ? buildText(facts, settings, link) : null;
  return text ?? (settings.mode === 'text' ? null : buildTemplate(facts, settings, link));
}

function buildText(facts: MessageFacts, settings: MessageSettings, link: MessageLink): OutgoingMessage | null {
  const { language, text } = chooseText(facts, settings);
  const values = { ...variableValues(facts, settings, language), link: link.address };
  const body = filled(text, new Map(Object.entries(values)));
  return body === null ? null : { kind: 'text', to: facts.to, body: cut(body, MAX_TEXT_LENGTH) };
}

/** Filled in one pass, so that braces in a product's name stay what they are; null when a variable has no value. */
function filled(text: string, values: ReadonlyMap<string, string | null>): string | null {
  const placeholder = /\{(\w+)\}/g;
  for (const [, name = ''] of text.matchAll(placeholder)) {
    if (values.get(name) === null) return null;
  }
  return text.replaceAll(placeholder, (whole, name: string) => values.get(name) ?? whole);
}

function chooseText(
  { campaignType, language }: MessageFacts,
  { texts, defaultLanguage }: MessageSettings,
): { readonly language: string; readonly text: string } {
  const builtIn = { language: DEFAULT_TEXT_LANGUAGE, text: DEFAULT_TEXTS[campaignType] };
  const configured = Object.entries(texts).flatMap(([language, { [campaignType]: text }]) =>
    text === undefined ? [] : [{ language, text }],
  );
  return byLanguage([...configured, builtIn], language, defaultLanguage) ?? builtIn;
}

function buildTemplate(facts: MessageFacts, settings: MessageSettings, link: MessageLink): OutgoingMessage | null {
  const template = chooseTemplate(facts.campaignType, facts.language, settings);
  if (template === null) return null;
  const body = bodyParameters(template, variableValues(facts, settings, template.language));
  const buttons = templateButtons(template, link, facts.coupon?.code ?? null);
  if (body === null || buttons === null) return null;
  return { kind: 'template', to: facts.to, name: template.name, language: template.language, body, buttons };
}

function bodyParameters(
  { body }: TemplateChoice,
  values: Readonly<Record<TemplateVariable, string | null>>,
): readonly TemplateParameter[] | null {
  const parameters: TemplateParameter[] = [];
  for (const [name, variable] of Object.entries(body)) {
    const text = values[variable];
    if (text === null) return null;
    parameters.push(Array.isArray(body) ? { text } : { name, text });
  }
  return parameters;
}

function templateButtons(
  { urlButton, couponButton }: TemplateChoice,
  link: MessageLink,
  code: string | null,
): readonly TemplateButton[] | null {
  const buttons: TemplateButton[] = [];
  if (urlButton !== null) buttons.push({ type: 'url', index: urlButton, suffix: link.suffix });
  if (couponButton === null) return buttons;
  return code === null ? null : [...buttons, { type: 'copy_code', index: couponButton, code }];
}
