import { expect } from 'chai';
import type { OutgoingMessage, TemplateMessage } from '../../src/reengagement/message.js';
import { createPretendWhatsApp, type PretendWhatsApp } from '../../src/sandbox/whatsapp/pretend-whatsapp.js';
import { toPayload } from '../../src/whatsapp/payload.js';
import { loyalty, missYou, priceDrop, text } from '../whatsapp/setup.js';

const START = Date.UTC(2026, 10, 22, 9);
const HOUR = 3_600_000;

describe('pretend WhatsApp, messages', () => {
  let meta: PretendWhatsApp;
  let now: number;

  beforeEach(async () => {
    now = START;
    meta = await createPretendWhatsApp({ clock: { now: () => now } });
  });
  afterEach(() => meta.close());

  async function post(body: unknown, token = meta.accessToken, phoneNumberId = meta.phoneNumberId) {
    const response = await fetch(`${meta.baseUrl}/v26.0/${phoneNumberId}/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const { error } = (await response.json()) as { error?: Record<string, unknown> & { code: number } };
    return { status: response.status, code: error?.code, error };
  }
  const send = (message: OutgoingMessage) => post(toPayload(message, 'c'));
  const withBody = (message: TemplateMessage, ...body: TemplateMessage['body']) => send({ ...message, body });

  it('remembers what it took, as it would arrive', async () => {
    await send(missYou);
    await send(loyalty);
    expect(meta.accepted[0]).to.deep.include({
      to: '+34600111222',
      type: 'template',
      template: 'we_miss_you',
      language: 'en',
      bodyParameters: missYou.body,
      callbackData: 'c',
      at: START,
      buttons: [
        {
          type: 'url',
          index: 0,
          suffix: 'shop/?utm_source=whatsapp',
          url: 'https://shop.example/shop/?utm_source=whatsapp',
        },
      ],
    });
    expect(meta.accepted[1]!.rendered).to.equal(
      [
        'A thank you',
        'Hi Ana, you are one of our best customers. As a thank you here is 15% off your next order, valid until 1 May. Copy the code below.',
        'Reply STOP to opt out',
        '[Copy code: SAVE15]',
        '[Shop now: https://shop.example/shop/]',
      ].join('\n'),
    );
    expect(meta.accepted[0]!.id).to.match(/^wamid\./);
    expect(meta.accepted[0]!.id).to.not.equal(meta.accepted[1]!.id);
  });

  it('fills a value in as it is, dollar signs and braces too', async () => {
    await withBody(priceDrop, { text: '$& {{2}}' }, { text: 'Mug' }, { text: "$'1" }, { text: '$$2' });
    expect(meta.accepted[0]!.rendered).to.include(
      "Hi $& {{2}}, the price has dropped: Mug now costs $'1 instead of $$2.",
    );
  });

  it('counts every POST, and lets a test wait for the accepted ones', async () => {
    const waiting = meta.waitForAccepted(2);
    const seen: string[] = [];
    meta.onAccepted(({ id }) => seen.push(id));
    await send({ ...missYou, name: 'gone' });
    await Promise.all([send(missYou), send(priceDrop), waiting]);
    await meta.waitForAccepted(1);
    expect(meta.attempts).to.equal(3);
    expect(seen).to.deep.equal(meta.accepted.map(({ id }) => id));
  });

  it("answers a refusal in Meta's form", async () => {
    const { status, error } = await send({ ...missYou, name: 'gone' });
    expect(status).to.equal(404);
    expect(error).to.deep.include({
      message: '(#132001) Template name does not exist in the translation',
      type: 'OAuthException',
      code: 132001,
      error_data: { messaging_product: 'whatsapp', details: 'template name (gone) does not exist in en' },
    });
    expect(error).to.have.property('fbtrace_id').that.is.a('string');
  });

  it('refuses a wrong token with 190 and 401', async () => {
    expect(await post(toPayload(missYou, 'c'), 'wrong')).to.include({ status: 401, code: 190 });
  });

  it('refuses an unknown phone number id, a missing messaging_product and a body that is no JSON with 100', async () => {
    expect(await post(toPayload(missYou, 'c'), meta.accessToken, '999')).to.include({ code: 100 });
    expect(await post({ ...toPayload(missYou, 'c'), messaging_product: undefined })).to.include({ code: 100 });
    expect(await post('{"messaging_product"')).to.include({ status: 400, code: 100 });
  });

  it('refuses a number without a plus with 131009, and says why', async () => {
    const { code, error } = await post({ ...toPayload(missYou, 'c'), to: '34600111222' });
    expect(code).to.equal(131009);
    expect(JSON.stringify(error)).to.include('has no plus');
    expect(await post({ ...toPayload(missYou, 'c'), to: '+346001112220000000' })).to.include({ code: 131009 });
    expect(await post({ ...toPayload(missYou, 'c'), to: undefined })).to.include({ code: 131008 });
  });

  it('refuses a type it does not know with 131051, and callback data over 512 characters with 131009', async () => {
    expect(await post({ ...toPayload(missYou, 'c'), type: 'image' })).to.include({ code: 131051 });
    expect(await post(toPayload(missYou, 'x'.repeat(513)))).to.include({ code: 131009 });
    expect(await post(toPayload(missYou, 'x'.repeat(512)))).to.include({ status: 200 });
  });

  it('refuses a template that is not approved with 132001, paused with 132015, disabled with 132016', async () => {
    for (const [status, code] of [
      ['PENDING', 132001],
      ['REJECTED', 132001],
      ['PAUSED', 132015],
      ['DISABLED', 132016],
    ] as const) {
      meta.templates.setStatus('we_miss_you', 'en', status);
      expect(await send(missYou), status).to.include({ code });
    }
    expect(await send({ ...priceDrop, language: 'es' })).to.include({ code: 132001 });
  });

  it('refuses a wrong number of parameters with 132000', async () => {
    expect(await withBody(missYou)).to.include({ code: 132000 });
    expect(await withBody(priceDrop, ...priceDrop.body, { text: 'more' })).to.include({ code: 132000 });
  });

  it('refuses wrong and missing names with 132012', async () => {
    const [first] = missYou.body;
    expect(await withBody(missYou, first!, { name: 'shop', text: 'x' })).to.include({ code: 132012 });
    expect(await withBody(missYou, first!, first!)).to.include({ code: 132012 });
    expect(await withBody(missYou, first!, { text: 'x' })).to.include({ code: 132012 });
    expect(await withBody(priceDrop, ...priceDrop.body.slice(1), { name: '4', text: 'x' })).to.include({
      code: 132012,
    });
  });

  it('refuses a newline, a tab and five spaces in a parameter with 132018, and takes four', async () => {
    for (const bad of ['a\nb', 'a\tb', 'a     b']) {
      expect(await withBody(priceDrop, ...priceDrop.body.slice(1), { text: bad })).to.include({ code: 132018 });
    }
    expect(await withBody(priceDrop, ...priceDrop.body.slice(1), { text: 'a    b' })).to.include({ status: 200 });
  });

  it('refuses an empty parameter with 131008, and a body that grows too long with 132005', async () => {
    expect(await withBody(priceDrop, ...priceDrop.body.slice(1), { text: '' })).to.include({ code: 131008 });
    expect(await withBody(priceDrop, ...priceDrop.body.slice(1), { text: 'x'.repeat(1024) })).to.include({
      code: 132005,
    });
  });

  it('refuses a missing or empty button parameter with 131008, and one for no such button with 132012', async () => {
    expect(await send({ ...missYou, buttons: [] })).to.include({ code: 131008 });
    expect(await send({ ...missYou, buttons: [{ type: 'url', index: 0, suffix: '' }] })).to.include({ code: 131008 });
    expect(await send({ ...loyalty, buttons: loyalty.buttons.slice(1) })).to.include({ code: 131008 });
    const extra = { type: 'url', index: 1, suffix: 'x' } as const;
    expect(await send({ ...missYou, buttons: [...missYou.buttons, extra] })).to.include({ code: 132012 });
  });

  it('refuses a coupon code over 15 characters or not alphanumeric, and an emoji in an address, with 131009', async () => {
    const [, url] = loyalty.buttons;
    for (const code of ['A'.repeat(16), 'SAVE-15', 'SÁVE']) {
      const buttons = [{ type: 'copy_code', index: 0, code } as const, url!];
      expect(await send({ ...loyalty, buttons }), code).to.include({ code: 131009 });
    }
    const buttons = [{ type: 'url', index: 0, suffix: 'product/☕' } as const];
    expect(await send({ ...missYou, buttons })).to.include({ code: 131009 });
  });

  it('takes text only in the 24 hours after the customer wrote, else refuses it with 131047', async () => {
    expect(await send(text)).to.include({ status: 400, code: 131047 });
    meta.openWindow(text.to);
    now = START + 24 * HOUR - 1;
    expect(await send(text)).to.include({ status: 200 });
    now = START + 24 * HOUR;
    expect(await send(text)).to.include({ code: 131047 });
  });

  it('refuses a text over 4096 characters or without any', async () => {
    meta.openWindow(text.to);
    expect(await send({ ...text, body: 'x'.repeat(4097) } as OutgoingMessage)).to.include({ code: 100 });
    expect(await send({ ...text, body: '' } as OutgoingMessage)).to.include({ code: 131008 });
    expect(await send({ ...text, body: 'x'.repeat(4096) } as OutgoingMessage)).to.include({ status: 200 });
  });

  it('meets a fault of one recipient and lets the others pass', async () => {
    meta.faults.next('html-500', { times: 2, when: ({ to }) => to === '+34600111333' });
    expect(await send(missYou)).to.include({ status: 200 });
    const response = await fetch(`${meta.baseUrl}/v26.0/${meta.phoneNumberId}/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${meta.accessToken}` },
      body: JSON.stringify(toPayload({ ...missYou, to: '+34600111333' }, 'c')),
    });
    expect(response.headers.get('content-type')).to.include('html');
    expect(meta.faults.pending).to.equal(1);
    await response.text();
  });
});
