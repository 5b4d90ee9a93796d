import { expect } from 'chai';
import type { Config } from '../../src/config/schema.js';
import { DEFAULT_TEMPLATE_SETTINGS, DEFAULT_TEMPLATES } from '../../src/sandbox/whatsapp/default-templates.js';
import { CAMPAIGN_TYPES } from '../../src/reengagement/campaign-type.js';
import { templateFact, type TemplateFact } from '../../src/whatsapp/template-fact.js';
import { checkTemplate, type WantedTemplate } from '../../src/whatsapp/templates.js';

const facts = DEFAULT_TEMPLATES.map((template) => templateFact.parse(template));

const loyalty: WantedTemplate = {
  name: 'loyalty_reward',
  language: 'en',
  body: { first_name: 'first_name', discount: 'discount', coupon_expires: 'coupon_expires' },
  urlButton: 1,
  couponButton: 0,
};
const drop: WantedTemplate = {
  name: 'price_drop',
  language: 'en',
  body: ['first_name', 'product', 'price', 'old_price'],
  urlButton: 0,
  couponButton: null,
};

function problem(wanted: WantedTemplate, change: Partial<TemplateFact> = {}): string {
  const check = checkTemplate(
    facts.map((fact) => (fact.name === wanted.name ? { ...fact, ...change } : fact)),
    wanted,
  );
  return check.ok ? 'ok' : check.problem;
}

describe('template check', () => {
  it('finds every default setting in order, and has one for each campaign type', () => {
    const settings: Config['whatsapp']['templates'] = DEFAULT_TEMPLATE_SETTINGS;
    expect(Object.keys(settings)).to.have.members([...CAMPAIGN_TYPES]);
    for (const { url_button: url, coupon_button: coupon, ...rest } of Object.values(settings).flat()) {
      expect(problem({ ...rest, urlButton: url ?? null, couponButton: coupon ?? null })).to.equal('ok');
    }
  });

  it('tells a template that does not exist', () => {
    expect(problem({ ...drop, name: 'gone' })).to.match(/^Template gone \(en\) does not exist: create it/);
  });

  it('tells a language that does not exist, with those that do', () => {
    expect(problem({ ...drop, language: 'es' })).to.include('only in en: add es in WhatsApp Manager');
  });

  it('takes en-US and en_US for the same language, and en for another', () => {
    expect(problem({ ...drop, language: 'en-US' }, { language: 'en_US' })).to.equal('ok');
    expect(problem(drop, { language: 'en_US' })).to.include('only in en_US');
  });

  it('tells a template that is not approved', () => {
    for (const status of ['PENDING', 'IN_APPEAL', 'REJECTED', 'PAUSED', 'DISABLED', 'ARCHIVED', 'LIMIT_EXCEEDED']) {
      expect(problem(drop, { status }), status).to.match(/: .+\.$/);
    }
  });

  it('prefers the approved one of two with the same name and language', () => {
    const old = facts.map((fact) => ({ ...fact, status: 'PENDING_DELETION' }));
    expect(checkTemplate([...old, ...facts], drop)).to.deep.equal({ ok: true });
  });

  it('tells another number of positional parameters', () => {
    expect(problem({ ...drop, body: ['first_name'] })).to.include('a list of 4 variables');
    expect(problem({ ...drop, body: [] })).to.include('a list of 4 variables');
  });

  it('tells names where positions are wanted, and the other way round', () => {
    expect(problem({ ...drop, body: { '1': 'first_name' } })).to.include('write body as a list');
    expect(problem({ ...loyalty, body: ['first_name', 'discount', 'coupon_expires'] })).to.include('as an object');
  });

  it('tells a wrong, a missing and an extra name', () => {
    const two = { first_name: 'first_name', discount: 'discount' };
    const three = { ...two, coupon_expires: 'coupon_expires' };
    for (const body of [two, { ...two, expires: 'coupon_expires' }, { ...three, price: 'price' }]) {
      expect(problem({ ...loyalty, body })).to.include('first_name, discount, coupon_expires');
    }
  });

  it('tells parameters where the template has none', () => {
    expect(problem(drop, { bodyParameters: [] })).to.include('leave body out');
    expect(problem({ ...loyalty, body: [] }, { bodyParameters: [] })).to.equal('ok');
  });

  it('tells a button that is there and not filled in', () => {
    expect(problem({ ...drop, urlButton: null })).to.include('set url_button to 0');
    expect(problem({ ...loyalty, couponButton: null })).to.include('set coupon_button to 0');
  });

  it('tells a button that is filled in and not there, or elsewhere', () => {
    expect(problem({ ...drop, couponButton: 1 })).to.include('leave coupon_button out');
    expect(problem(drop, { urlButtons: [] })).to.include('leave url_button out');
    expect(problem({ ...loyalty, urlButton: 0 })).to.include('set url_button to 1');
  });

  it('tells two buttons where only one can be filled in', () => {
    expect(problem(drop, { urlButtons: [0, 1] })).to.include('more than one URL button');
  });

  it('tells a part that cannot be filled in', () => {
    expect(problem(drop, { unsupported: ['a header of the kind IMAGE'] })).to.include('name a template without it');
  });
});
