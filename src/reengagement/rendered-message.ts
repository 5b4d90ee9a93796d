import type { OutgoingMessage, TemplateButton, TemplateMessage } from './message.js';

/** The words of a template, as Meta holds them: `{{1}}` or `{{name}}` stand where a message fills something in. */
export interface TemplateTexts {
  readonly header: string | null;
  readonly body: string;
  readonly footer: string | null;
  /** In the order of their indexes; null where Meta puts its own words, or where the button has no address. */
  readonly buttons: readonly { readonly label: string | null; readonly url: string | null }[];
}

/**
 * A message as its recipient sees it: header, body, footer and a line for each button, with the whole address or the code. Without the
 * template, which only Meta has, what it would be filled with.
 */
export function renderMessage(message: OutgoingMessage, template: TemplateTexts | null): string {
  if (message.kind === 'text') return message.body;
  if (template === null) return parameters(message);
  const values = new Map(message.body.map(({ name, text }, index) => [name ?? String(index + 1), text]));
  const buttons = template.buttons.map(({ label, url }, index) => {
    const filled = message.buttons.find((button) => button.index === index);
    const value = filled?.type === 'copy_code' ? filled.code : address(url, filled);
    return `[${[label ?? 'Copy code', value].filter((part) => part !== null).join(': ')}]`;
  });
  const lines = [template.header, fill(template.body, values), template.footer, ...buttons];
  return lines.filter((line) => line !== null).join('\n');
}

function address(url: string | null, button: TemplateButton | undefined): string | null {
  // A URL button's parameter is positional, whatever the body's are.
  return url !== null && button?.type === 'url' ? fill(url, new Map([['1', button.suffix]])) : url;
}

/** In one pass, so that braces in what is filled in stay what they are. */
function fill(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (whole, name: string) => values.get(name) ?? whole);
}

function parameters({ body, buttons }: TemplateMessage): string {
  const values = body.map(({ name, text }, index) => `${name ?? index + 1}: ${text}`);
  const endings = buttons.map((button) =>
    button.type === 'url'
      ? `[button with the address ending in ${button.suffix}]`
      : `[button that copies the code ${button.code}]`,
  );
  return [...values, ...endings].join('\n');
}
