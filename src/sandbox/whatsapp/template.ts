/** A template as Meta keeps it, in the JSON of the template endpoints. */
export interface Template {
  readonly name: string;
  /** With an underscore: `en_US`. */
  readonly language: string;
  readonly status: TemplateStatus;
  readonly category: string;
  readonly parameter_format: 'POSITIONAL' | 'NAMED';
  readonly components: readonly TemplateComponent[];
}

export type TemplateStatus = 'APPROVED' | 'PENDING' | 'REJECTED' | 'PAUSED' | 'DISABLED';

export interface TemplateComponent {
  readonly type: 'HEADER' | 'BODY' | 'FOOTER' | 'BUTTONS';
  readonly format?: string;
  readonly text?: string;
  readonly buttons?: readonly TemplateButton[];
  readonly example?: unknown;
}

export interface TemplateButton {
  readonly type: 'URL' | 'COPY_CODE' | 'QUICK_REPLY' | 'PHONE_NUMBER';
  readonly text?: string;
  readonly url?: string;
  readonly example?: unknown;
}

const VARIABLE = /\{\{\s*(\w+)\s*\}\}/g;

export function componentOf(template: Template, type: TemplateComponent['type']): TemplateComponent | undefined {
  return template.components.find((component) => component.type === type);
}

export function buttonsOf(template: Template): readonly TemplateButton[] {
  return componentOf(template, 'BUTTONS')?.buttons ?? [];
}

/** The names, or `1`, `2`, ..., each once. */
export function variablesOf(text: string): string[] {
  return [...new Set([...text.matchAll(VARIABLE)].map(([, name]) => name ?? ''))];
}

export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(VARIABLE, (whole, name: string) => values[name] ?? whole);
}
