import { expect } from 'chai';
import fc from 'fast-check';
import type { TemplateMessage } from '../../src/reengagement/message.js';
import { renderMessage, type TemplateTexts } from '../../src/reengagement/rendered-message.js';

const TEXTS: TemplateTexts = {
  header: 'A thank you',
  body: 'Hi {{first_name}}, {{ discount }} off until {{until}}.',
  footer: 'Reply STOP to opt out',
  buttons: [
    { label: null, url: null },
    { label: 'Shop now', url: 'https://shop.example/{{1}}' },
    { label: 'Help', url: 'https://shop.example/help' },
    { label: 'No, thanks', url: null },
  ],
};

const MESSAGE: TemplateMessage = {
  kind: 'template',
  to: '+34600111222',
  name: 'loyalty_reward',
  language: 'en',
  body: [
    { name: 'first_name', text: 'Ana' },
    { name: 'discount', text: '15%' },
    { name: 'until', text: '1 May' },
  ],
  buttons: [
    { type: 'url', index: 1, suffix: '?utm_source=whatsapp' },
    { type: 'copy_code', index: 0, code: 'LOYAL**********' },
  ],
};

describe('a rendered message', () => {
  it('is header, body, footer and a line for each button, with its whole address or its code', () => {
    expect(renderMessage(MESSAGE, TEXTS)).to.equal(
      [
        'A thank you',
        'Hi Ana, 15% off until 1 May.',
        'Reply STOP to opt out',
        '[Copy code: LOYAL**********]',
        '[Shop now: https://shop.example/?utm_source=whatsapp]',
        '[Help: https://shop.example/help]',
        '[No, thanks]',
      ].join('\n'),
    );
  });

  it('fills positional parameters by their order, the tenth too', () => {
    const body = Array.from({ length: 10 }, (_, index) => ({ text: `p${index + 1}` }));
    const texts = { header: null, body: '{{1}} {{10}} {{2}} {{1}}', footer: null, buttons: [] };
    expect(renderMessage({ ...MESSAGE, body, buttons: [] }, texts)).to.equal('p1 p10 p2 p1');
  });

  it('leaves what is filled in as it is, braces too', () => {
    const texts = { header: null, body: '{{1}}|{{2}}', footer: null, buttons: [] };
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('{{1}}', '{{2}}', '$&', '$1'), (first, second) => {
        const message = { ...MESSAGE, body: [{ text: first + second }, { text: second }], buttons: [] };
        expect(renderMessage(message, texts)).to.equal(`${first}${second}|${second}`);
      }),
    );
  });

  it('of a text is the text', () => {
    expect(renderMessage({ kind: 'text', to: '+34600111222', body: 'Hi {{1}}' }, null)).to.equal('Hi {{1}}');
  });

  it('without its template is what the template would be filled with, and what that is', () => {
    expect(renderMessage(MESSAGE, null)).to.equal(
      [
        'first_name: Ana',
        'discount: 15%',
        'until: 1 May',
        '[button with the address ending in ?utm_source=whatsapp]',
        '[button that copies the code LOYAL**********]',
      ].join('\n'),
    );
    expect(renderMessage({ ...MESSAGE, body: [{ text: 'Ana' }], buttons: [] }, null)).to.equal('1: Ana');
  });
});
