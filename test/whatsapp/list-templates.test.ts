import { expect } from 'chai';
import { AppError } from '../../src/lib/errors.js';
import { DEFAULT_TEMPLATES } from '../../src/sandbox/whatsapp/default-templates.js';
import { graphErrorAnswer } from '../../src/sandbox/whatsapp/graph-error.js';
import type { Template } from '../../src/sandbox/whatsapp/template.js';
import { createWhatsAppClient } from '../../src/whatsapp/client.js';
import { templateFact } from '../../src/whatsapp/template-fact.js';
import { withWhatsApp } from './setup.js';

async function failure(work: Promise<unknown>): Promise<AppError> {
  const error: unknown = await work.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(AppError);
  return error as AppError;
}

describe('list of templates', () => {
  it('says what each template wants filled in', () =>
    withWhatsApp({}, async ({ client }) => {
      const facts = await client.listTemplates();
      expect(facts.find(({ name }) => name === 'loyalty_reward')).to.deep.equal({
        name: 'loyalty_reward',
        language: 'en',
        status: 'APPROVED',
        category: 'MARKETING',
        parameterFormat: 'NAMED',
        bodyParameters: ['first_name', 'discount', 'coupon_expires'],
        urlButtons: [1],
        copyCodeButtons: [0],
        unsupported: [],
        texts: {
          header: 'A thank you',
          body: 'Hi {{first_name}}, you are one of our best customers. As a thank you here is {{discount}} off your next order, valid until {{coupon_expires}}. Copy the code below.',
          footer: 'Reply STOP to opt out',
          buttons: [
            { label: null, url: null },
            { label: 'Shop now', url: 'https://shop.example/{{1}}' },
          ],
        },
      });
      expect(facts.find(({ name }) => name === 'price_drop')).to.deep.include({
        parameterFormat: 'POSITIONAL',
        bodyParameters: ['1', '2', '3', '4'],
        urlButtons: [0],
        copyCodeButtons: [],
      });
    }));

  it('reads all pages, each template once and in order', () => {
    const templates = Array.from({ length: 250 }, (_, index): Template => ({
      ...DEFAULT_TEMPLATES[0]!,
      name: `template_${index}`,
    }));
    return withWhatsApp({ templates }, async ({ client }) => {
      expect((await client.listTemplates()).map(({ name }) => name)).to.deep.equal(templates.map(({ name }) => name));
    });
  });

  it('reads an account without templates', () =>
    withWhatsApp({ templates: [] }, async ({ client }) => {
      expect(await client.listTemplates()).to.deep.equal([]);
    }));

  it('names the setting to change when the token is expired or wrong', () =>
    withWhatsApp({}, async ({ meta }) => {
      const client = createWhatsAppClient({ ...meta, accessToken: 'old-token', timeoutMs: 2_000 });
      const error = await failure(client.listTemplates());
      expect(error.code).to.equal('WHATSAPP_REFUSED');
      expect(error.message).to.include('code 190').and.include('expired or wrong').and.include('whatsapp.access_token');
      expect(error.message).to.not.include('old-token');
    }));

  it('names the setting to change when the account is not found', () =>
    withWhatsApp({}, async ({ meta }) => {
      const client = createWhatsAppClient({ ...meta, businessAccountId: '999', timeoutMs: 2_000 });
      const error = await failure(client.listTemplates());
      expect(error.code).to.equal('WHATSAPP_REFUSED');
      expect(error.message).to.include('whatsapp.business_account_id');
    }));

  it('tells a passing refusal from a lasting one, with the wait that Meta asks for', () =>
    withWhatsApp({}, async ({ meta, client }) => {
      meta.templateFaults.next(graphErrorAnswer(80007, { headers: { 'retry-after': '60' } }));
      const error = await failure(client.listTemplates());
      expect(error).to.include({ code: 'WHATSAPP_BUSY', retryable: true, retryAfterMs: 60_000 });
    }));

  it('takes HTML, a bare 500 and a strange JSON for a bad answer', () =>
    withWhatsApp({}, async ({ meta, client }) => {
      const strange = { status: 200, headers: {}, body: '{"data":[{"name":1}]}' };
      for (const fault of ['html-200', { status: 500, headers: {}, body: '' }, strange] as const) {
        meta.templateFaults.next(fault);
        expect((await failure(client.listTemplates())).code).to.equal('WHATSAPP_BAD_ANSWER');
      }
    }));

  it('does not walk in circles when a page names itself as the next', () =>
    withWhatsApp({}, async ({ meta, client }) => {
      const body = JSON.stringify({ data: [], paging: { cursors: { after: 'again' }, next: 'https://elsewhere' } });
      meta.templateFaults.next({ status: 200, headers: {}, body }, { times: 3 });
      expect((await failure(client.listTemplates())).code).to.equal('WHATSAPP_BAD_ANSWER');
    }));

  it('answers unreachable for a lost connection, and keeps no header in the cause', () =>
    withWhatsApp({}, async ({ meta, client }) => {
      meta.templateFaults.next('reset');
      const error = await failure(client.listTemplates());
      expect(error.code).to.equal('WHATSAPP_UNREACHABLE');
      expect(error.cause).to.be.instanceOf(Error).and.not.have.property('config');
    }));

  it('names the parts that a message cannot fill in', () => {
    const fact = templateFact.parse({
      name: 'sale',
      language: 'en',
      status: 'APPROVED',
      category: 'MARKETING',
      components: [
        { type: 'HEADER', format: 'IMAGE', example: { header_handle: ['4::..'] } },
        { type: 'BODY', text: 'Hi {{2}} and {{10}} and {{1}}.' },
        { type: 'LIMITED_TIME_OFFER', limited_time_offer: { text: 'Now', has_expiration: true } },
      ],
    });
    expect(fact.unsupported).to.deep.equal(['a header of the kind IMAGE', 'a limited-time offer']);
    expect(fact.bodyParameters).to.deep.equal(['1', '2', '10']);
  });
});
