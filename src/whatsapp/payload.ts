import type { OutgoingMessage, TemplateButton, TemplateMessage } from '../reengagement/message.js';

type Component = Readonly<Record<string, unknown>>;

/** The JSON of `POST /{phone_number_id}/messages`. `callbackData` comes back with every status (at most 512 characters). */
export function toPayload(message: OutgoingMessage, callbackData: string): Readonly<Record<string, unknown>> {
  const envelope = {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    // Without the plus Meta puts the business's own country code in front, and a stranger gets the message.
    to: message.to.startsWith('+') ? message.to : `+${message.to}`,
    type: message.kind,
    biz_opaque_callback_data: callbackData,
  };
  return message.kind === 'text'
    ? { ...envelope, text: { preview_url: false, body: message.body } }
    : { ...envelope, template: toTemplate(message) };
}

function toTemplate(message: TemplateMessage) {
  const components = [...bodyComponent(message), ...message.buttons.map(buttonComponent)];
  return {
    name: message.name,
    // Meta's webhooks write en-US where its templates are called en_US.
    language: { code: message.language.replace('-', '_') },
    ...(components.length > 0 && { components }),
  };
}

function bodyComponent(message: TemplateMessage): Component[] {
  if (message.body.length === 0) return [];
  const parameters = message.body.map(({ name, text }) => ({
    type: 'text',
    ...(name !== undefined && { parameter_name: name }),
    text,
  }));
  return [{ type: 'body', parameters }];
}

/** A URL button's suffix is positional even in a template with named parameters. */
function buttonComponent(button: TemplateButton): Component {
  const parameter =
    button.type === 'url' ? { type: 'text', text: button.suffix } : { type: 'coupon_code', coupon_code: button.code };
  return { type: 'button', sub_type: button.type, index: button.index, parameters: [parameter] };
}
