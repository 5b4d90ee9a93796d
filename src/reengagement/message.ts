/** A message as the domain decides it; src/whatsapp turns it into Meta's JSON. */

export interface TemplateParameter {
  /** Only for templates with named parameters. */
  readonly name?: string;
  /** One line: no newline, no tab, at most four spaces in a row (Meta refuses others). */
  readonly text: string;
}

export type TemplateButton =
  /** `suffix` replaces the `{{1}}` at the end of the template's address. */
  | { readonly type: 'url'; readonly index: number; readonly suffix: string }
  /** At most 15 letters and digits. */
  | { readonly type: 'copy_code'; readonly index: number; readonly code: string };

export interface TemplateMessage {
  readonly kind: 'template';
  /** E.164 with plus: without it Meta puts the business's own country code in front. */
  readonly to: string;
  readonly name: string;
  readonly language: string;
  readonly body: readonly TemplateParameter[];
  readonly buttons: readonly TemplateButton[];
}

export interface TextMessage {
  readonly kind: 'text';
  readonly to: string;
  /** Plain text, at most 4096 characters. */
  readonly body: string;
}

export type OutgoingMessage = TemplateMessage | TextMessage;
