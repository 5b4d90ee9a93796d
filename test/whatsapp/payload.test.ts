import { expect } from 'chai';
import { toPayload } from '../../src/whatsapp/payload.js';
import { text } from './setup.js';

const envelope = {
  messaging_product: 'whatsapp',
  recipient_type: 'individual',
  to: '+34600111222',
  biz_opaque_callback_data: 'job:42:1',
};

describe('payload', () => {
  it('writes a template with named parameters, a coupon and a URL button as Meta documents it', () => {
    const payload = toPayload(
      {
        kind: 'template',
        to: '+34600111222',
        name: 'winback_10',
        language: 'es_ES',
        body: [{ name: 'first_name', text: 'Ana' }],
        buttons: [
          { type: 'copy_code', index: 0, code: 'SAVE10' },
          { type: 'url', index: 1, suffix: 'r/abc123' },
        ],
      },
      'job:42:1',
    );
    expect(payload).to.deep.equal({
      ...envelope,
      type: 'template',
      template: {
        name: 'winback_10',
        language: { code: 'es_ES' },
        components: [
          { type: 'body', parameters: [{ type: 'text', parameter_name: 'first_name', text: 'Ana' }] },
          {
            type: 'button',
            sub_type: 'copy_code',
            index: 0,
            parameters: [{ type: 'coupon_code', coupon_code: 'SAVE10' }],
          },
          { type: 'button', sub_type: 'url', index: 1, parameters: [{ type: 'text', text: 'r/abc123' }] },
        ],
      },
    });
  });

  it('drops parameter_name and keeps the order for positional parameters', () => {
    const { template } = toPayload(
      {
        kind: 'template',
        to: '+34600111222',
        name: 'drop',
        language: 'en',
        body: [{ text: 'Ana' }, { text: '1 May' }],
        buttons: [],
      },
      'c',
    ) as { template: unknown };
    expect(template).to.deep.equal({
      name: 'drop',
      language: { code: 'en' },
      components: [
        {
          type: 'body',
          parameters: [
            { type: 'text', text: 'Ana' },
            { type: 'text', text: '1 May' },
          ],
        },
      ],
    });
  });

  it('sends no components at all for a template without parameters, and writes en-US as en_US', () => {
    const { template } = toPayload(
      { kind: 'template', to: '+34600111222', name: 'plain', language: 'en-US', body: [], buttons: [] },
      'c',
    ) as { template: unknown };
    expect(template).to.deep.equal({ name: 'plain', language: { code: 'en_US' } });
  });

  it('writes a text without a link preview', () => {
    expect(toPayload(text, 'job:42:1')).to.deep.equal({
      ...envelope,
      type: 'text',
      text: { preview_url: false, body: 'We miss you, Ana ☕' },
    });
  });

  it('puts a plus before a number that lacks it', () => {
    expect(toPayload({ kind: 'text', to: '34600111222', body: 'a' }, 'c')).to.include({ to: '+34600111222' });
  });
});
