import type { OutgoingMessage, TemplateMessage } from '../../src/reengagement/message.js';
import {
  createPretendWhatsApp,
  type PretendWhatsApp,
  type PretendWhatsAppOptions,
} from '../../src/sandbox/whatsapp/pretend-whatsapp.js';
import { createWhatsAppClient, type WhatsAppClient } from '../../src/whatsapp/client.js';

export interface Pair {
  readonly meta: PretendWhatsApp;
  readonly client: WhatsAppClient;
}

/** A pretend WhatsApp and a client of it; the server is closed whatever the test does. */
export async function withWhatsApp(
  options: PretendWhatsAppOptions & { readonly timeoutMs?: number },
  test: (pair: Pair) => Promise<void>,
): Promise<void> {
  const meta = await createPretendWhatsApp(options);
  try {
    await test({ meta, client: createWhatsAppClient({ timeoutMs: 5_000, ...meta, ...options }) });
  } finally {
    await meta.close();
  }
}

export const missYou: TemplateMessage = {
  kind: 'template',
  to: '+34600111222',
  name: 'we_miss_you',
  language: 'en',
  body: [
    { name: 'first_name', text: 'Ana' },
    { name: 'shop_name', text: 'The Mug Shop' },
  ],
  buttons: [{ type: 'url', index: 0, suffix: 'shop/?utm_source=whatsapp' }],
};

export const priceDrop: TemplateMessage = {
  kind: 'template',
  to: '+34600111222',
  name: 'price_drop',
  language: 'en',
  body: [{ text: 'Ana' }, { text: 'Blue mug' }, { text: '9,00 €' }, { text: '12,00 €' }],
  buttons: [{ type: 'url', index: 0, suffix: 'product/blue-mug' }],
};

export const loyalty: TemplateMessage = {
  kind: 'template',
  to: '+34600111222',
  name: 'loyalty_reward',
  language: 'en',
  body: [
    { name: 'first_name', text: 'Ana' },
    { name: 'discount', text: '15%' },
    { name: 'coupon_expires', text: '1 May' },
  ],
  buttons: [
    { type: 'copy_code', index: 0, code: 'SAVE15' },
    { type: 'url', index: 1, suffix: 'shop/' },
  ],
};

export const text: OutgoingMessage = { kind: 'text', to: '+34600111222', body: 'We miss you, Ana ☕' };
