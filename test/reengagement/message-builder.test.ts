import { expect } from 'chai';
import fc from 'fast-check';
import { CAMPAIGN_TYPES } from '../../src/reengagement/campaign-type.js';
import type { OutgoingMessage } from '../../src/reengagement/message.js';
import {
  buildMessage,
  chooseTemplate,
  type MessageFacts,
  type MessageSettings,
  type TemplateChoice,
} from '../../src/reengagement/message-builder.js';
import { DEFAULT_TEXTS, TEXT_VARIABLES } from '../../src/reengagement/message-texts.js';
import type { TemplateVariable } from '../../src/reengagement/template-variables.js';
import { priceFormat, site } from './facts.js';

const template = (changes: Partial<TemplateChoice> = {}): TemplateChoice => ({
  name: 'winback',
  language: 'en',
  body: [],
  urlButton: null,
  couponButton: null,
  ...changes,
});
const settings = (changes: Partial<MessageSettings> = {}): MessageSettings => ({
  mode: 'auto',
  defaultLanguage: 'en',
  unnamedCustomer: 'there',
  templates: {},
  texts: {},
  utm: { source: 'whatsapp', medium: 'reengagement' },
  maxProducts: 2,
  ...changes,
});
const withTemplate = (choice: Partial<TemplateChoice>, changes: Partial<MessageSettings> = {}) =>
  settings({
    templates: Object.fromEntries(CAMPAIGN_TYPES.map((type) => [type, [template(choice)]])),
    ...changes,
  });
const product = (name: string, changes: Partial<MessageFacts['products'][number]> = {}) => ({
  id: 1,
  name,
  price: '8.00',
  oldPrice: '10.00',
  permalink: 'https://shop.example/product/mug/',
  ...changes,
});
const facts = (changes: Partial<MessageFacts> = {}): MessageFacts => ({
  to: '+34600111222',
  campaignType: 'price_drop',
  firstName: 'Ana',
  language: 'en',
  shop: site(),
  products: [product('Blue mug')],
  coupon: null,
  discountPercent: 15,
  inWindow: false,
  ...changes,
});
const coupon = { code: 'LOYALABCDEFGHJK', expiresAt: Date.UTC(2026, 10, 29, 14) };
const MARKS = 'utm_source=whatsapp&utm_medium=reengagement&utm_campaign=price_drop';

function parameters(message: OutgoingMessage | null): readonly string[] | null {
  return message?.kind === 'template' ? message.body.map(({ text }) => text) : null;
}
function text(message: OutgoingMessage | null): string | null {
  return message?.kind === 'text' ? message.body : null;
}
const valueOf = (variable: TemplateVariable, changes: Partial<MessageFacts> = {}, language = 'en') =>
  parameters(buildMessage(facts(changes), withTemplate({ body: [variable], language })))?.[0] ?? null;

describe('message builder: template or text', () => {
  const kind = (mode: MessageSettings['mode'], inWindow: boolean) =>
    buildMessage(facts({ inWindow }), withTemplate({}, { mode }))?.kind ?? null;

  it('is a text only inside the window (fault 6)', () => {
    expect([kind('auto', true), kind('auto', false)]).to.deep.equal(['text', 'template']);
  });

  it('is a template always in mode template', () => {
    expect([kind('template', true), kind('template', false)]).to.deep.equal(['template', 'template']);
  });

  it('is nothing outside the window in mode text', () => {
    expect([kind('text', true), kind('text', false)]).to.deep.equal(['text', null]);
  });

  it('is nothing where no template is configured', () => {
    expect(buildMessage(facts(), settings())).to.equal(null);
  });

  for (const campaignType of ['back_in_stock', 'price_drop', 'new_arrivals'] as const) {
    it(`is nothing in ${campaignType} without a product`, () => {
      for (const inWindow of [true, false]) {
        expect(buildMessage(facts({ campaignType, products: [], inWindow }), withTemplate({}))).to.equal(null);
      }
    });
  }

  it('is nothing in loyalty_reward without a coupon', () => {
    expect(buildMessage(facts({ campaignType: 'loyalty_reward', inWindow: true }), withTemplate({}))).to.equal(null);
  });

  it('is nothing where the template names what the message has not', () => {
    expect(valueOf('coupon_code')).to.equal(null);
    expect(valueOf('old_price', { products: [product('Mug', { oldPrice: null })] })).to.equal(null);
    expect(buildMessage(facts(), withTemplate({ couponButton: 0 }))).to.equal(null);
  });

  it('is the template where the text names what the message has not', () => {
    const own = withTemplate({}, { texts: { en: { price_drop: 'Use {coupon_code}' } } });
    expect(buildMessage(facts({ inWindow: true }), own)?.kind).to.equal('template');
  });
});

describe('message builder: the language of a template', () => {
  const chosen = (language: string | null, languages: readonly string[], defaultLanguage = 'fr') =>
    chooseTemplate(
      'we_miss_you',
      language,
      settings({ defaultLanguage, templates: { we_miss_you: languages.map((l) => template({ language: l })) } }),
    )?.language ?? null;

  it("is the customer's, exactly", () => {
    expect(chosen('es_MX', ['fr', 'es', 'es_ES', 'es_MX'])).to.equal('es_MX');
  });

  it('is found however it is spelled', () => {
    expect(chosen('ES-mx', ['fr', 'es_MX'])).to.equal('es_MX');
  });

  it("is else the customer's without the country", () => {
    expect(chosen('es_AR', ['fr', 'es_ES', 'es'])).to.equal('es');
  });

  it("is else the customer's in another country", () => {
    expect(chosen('es_AR', ['fr', 'es_ES', 'es_MX'])).to.equal('es_ES');
    expect(chosen('de_DE_formal', ['fr', 'de'])).to.equal('de');
  });

  it('is else the default language, exactly or without the country', () => {
    expect(chosen('it', ['es', 'fr', 'fr_CA'], 'fr_CA')).to.equal('fr_CA');
    expect(chosen('it', ['es', 'fr'], 'fr_CA')).to.equal('fr');
  });

  it('is the default language for a customer of whom none is known', () => {
    expect(chosen(null, ['es', 'fr'])).to.equal('fr');
  });

  it('is else the first', () => {
    expect(chosen('it', ['es', 'nl'])).to.equal('es');
  });

  it('is none where no template is configured', () => {
    expect(chosen('es', [])).to.equal(null);
    expect(chooseTemplate('price_drop', 'es', settings())).to.equal(null);
  });
});

describe('message builder: a template', () => {
  it('has positional parameters in their order', () => {
    const message = buildMessage(facts(), withTemplate({ body: ['first_name', 'product', 'price', 'old_price'] }));
    expect(message).to.deep.equal({
      kind: 'template',
      to: '+34600111222',
      name: 'winback',
      language: 'en',
      body: [{ text: 'Ana' }, { text: 'Blue mug' }, { text: '$8.00' }, { text: '$10.00' }],
      buttons: [],
    });
  });

  it('has named parameters with their names', () => {
    const message = buildMessage(facts(), withTemplate({ body: { who: 'first_name', shop: 'shop_name' } }));
    expect(message).to.have.deep.property('body', [
      { name: 'who', text: 'Ana' },
      { name: 'shop', text: 'Mug Shop' },
    ]);
  });

  it("has the product's path in its button", () => {
    expect(buildMessage(facts(), withTemplate({ urlButton: 1 }))).to.have.deep.property('buttons', [
      { type: 'url', index: 1, suffix: `product/mug/?${MARKS}` },
    ]);
  });

  it('has the home page in its button where the campaign has no product', () => {
    const message = buildMessage(facts({ campaignType: 'we_miss_you', products: [] }), withTemplate({ urlButton: 0 }));
    expect(message).to.have.deep.property('buttons', [
      { type: 'url', index: 0, suffix: '?utm_source=whatsapp&utm_medium=reengagement&utm_campaign=we_miss_you' },
    ]);
  });

  it('has the coupon code in its button', () => {
    expect(
      buildMessage(facts({ campaignType: 'loyalty_reward', coupon }), withTemplate({ couponButton: 0 })),
    ).to.have.deep.property('buttons', [{ type: 'copy_code', index: 0, code: 'LOYALABCDEFGHJK' }]);
  });
});

describe('message builder: variables', () => {
  it('greets a customer without a name', () => {
    expect([valueOf('first_name', { firstName: null }), valueOf('first_name', { firstName: ' ' })]).to.deep.equal([
      'there',
      'there',
    ]);
  });

  it("has the shop's address for a shop without a name", () => {
    expect(valueOf('shop_name', { shop: site({ name: '' }) })).to.equal('https://shop.example');
  });

  it('writes prices as the shop does, in plain text (fault 7)', () => {
    const shop = site({ priceFormat: priceFormat({ symbol: '€', position: 'right_space', decimalSeparator: ',' }) });
    expect(valueOf('price', { shop })).to.equal('8,00\u00a0€');
  });

  it("has the coupon's percentage for the discount", () => {
    expect(valueOf('discount', { campaignType: 'loyalty_reward', coupon, discountPercent: 12.5 })).to.equal('12.5%');
  });

  it('has the drop for the discount of a price drop, never more than it is', () => {
    expect(valueOf('discount')).to.equal('20%');
    expect(valueOf('discount', { products: [product('Mug', { price: '8.01' })] })).to.equal('19%');
  });

  it('promises no discount where there is none', () => {
    expect(valueOf('discount', { campaignType: 'we_miss_you', products: [] })).to.equal(null);
    expect(valueOf('discount', { products: [product('Mug', { price: '11.00' })] })).to.equal(null);
  });

  it("says until when a coupon holds in the template's language and the shop's zone: the last whole day", () => {
    const loyal = { campaignType: 'loyalty_reward', coupon } as const;
    expect(valueOf('coupon_expires', loyal)).to.equal('November 28, 2026');
    expect(valueOf('coupon_expires', loyal, 'es')).to.equal('28 de noviembre de 2026');
    const wholeDay = { ...coupon, expiresAt: Date.parse('2026-11-30T04:59:59Z') };
    expect(valueOf('coupon_expires', { ...loyal, coupon: wholeDay })).to.equal('November 29, 2026');
  });
});

describe('message builder: the product list', () => {
  const list = (names: readonly string[], language = 'en') =>
    valueOf('products', { products: names.map((name) => product(name)) }, language);

  it('is one line, with no more than the set number named', () => {
    expect(list(['Blue mug'])).to.equal('Blue mug');
    expect(list(['Blue mug', 'Red mug'])).to.equal('Blue mug and Red mug');
    expect(list(['Blue mug', 'Red mug', 'c', 'd', 'e'])).to.equal('Blue mug, Red mug and 3 more');
  });

  it("is in the template's language", () => {
    expect(list(['Taza', 'Vaso', 'c'], 'es_ES')).to.equal('Taza, Vaso y 1 más');
  });

  it('has signs for words in a language that we have no words of', () => {
    expect(list(['Muki', 'Lasi', 'c'], 'fi')).to.equal('Muki, Lasi, +1');
    expect(list(['Muki', 'Lasi'], 'fi')).to.equal('Muki, Lasi');
  });

  it('names fewer where the names are long', () => {
    expect(list(['a'.repeat(110), 'b'.repeat(110), 'c'])).to.equal(`${'a'.repeat(110)} and 2 more`);
  });

  it('cuts a name that is too long by itself', () => {
    expect(list(['a'.repeat(500), 'b', 'c'])).to.match(/^a{119}…, b and 1 more$/);
  });
});

describe('message builder: a text', () => {
  const inside = (changes: Partial<MessageFacts> = {}, own: Partial<MessageSettings> = {}) =>
    text(buildMessage(facts({ inWindow: true, ...changes }), settings(own)));

  it('shows the whole address and plain prices (fault 7: links computed and not shown, prices as HTML)', () => {
    const body = inside() ?? '';
    expect(body).to.include(`\nhttps://shop.example/product/mug/?${MARKS}\n`);
    expect(body).to.include('Blue mug is now $8.00 instead of $10.00');
    expect(body).not.to.match(/[<>]/);
  });

  for (const campaignType of CAMPAIGN_TYPES) {
    it(`is built in for ${campaignType}, complete, and says how to opt out`, () => {
      const body = inside({ campaignType, coupon: campaignType === 'loyalty_reward' ? coupon : null }) ?? '';
      expect(body).to.match(/^Hi Ana, /);
      expect(body).to.match(/\n\nReply STOP to opt out\.$/);
      expect(body).not.to.match(/[{}]/);
    });

    it(`names only variables that exist in the built-in ${campaignType}`, () => {
      const named = [...DEFAULT_TEXTS[campaignType].matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(TEXT_VARIABLES).to.include.members(named);
    });
  }

  const texts = { es: { price_drop: 'Hola {first_name}' }, en: { we_miss_you: 'Own' } };

  it("is the shop's own in the customer's language", () => {
    expect(inside({ language: 'es_MX' }, { texts })).to.equal('Hola Ana');
  });

  it("is the shop's own before the built-in one of the same language", () => {
    expect(inside({ campaignType: 'we_miss_you' }, { texts })).to.equal('Own');
  });

  it('is the built-in one for an English customer of a shop that wrote none in English', () => {
    expect(inside({ language: 'en_GB' }, { texts, defaultLanguage: 'es' })).to.match(/^Hi Ana/);
  });

  it('is in the default language for a customer of another', () => {
    expect(inside({ language: 'it' }, { texts, defaultLanguage: 'es' })).to.equal('Hola Ana');
  });

  it('keeps braces that a name holds, and those that name no variable', () => {
    const own = { en: { price_drop: '{product} {constructor} {nothing}' } };
    expect(inside({ products: [product('{price} $& mug')] }, { texts: own })).to.equal(
      '{price} $& mug {constructor} {nothing}',
    );
  });

  it('is at most 4,096 characters long', () => {
    const own = { en: { price_drop: '{product} '.repeat(100) } };
    expect(inside({ products: [product('a'.repeat(100))] }, { texts: own })).to.have.length.at.most(4_096);
  });
});

describe("message builder: Meta's rules for parameters", () => {
  const wild = fc.string({
    unit: fc.oneof(fc.constantFrom(' ', '\n', '\t', '\u202e', '\ud83d', '🍵'), fc.string({ maxLength: 1 })),
    maxLength: 300,
  });
  const amount = fc.nat(10_000_000).map((cents) => (cents / 100).toFixed(2));

  it('hold whatever the shop and the customer are called', () => {
    const products = fc.array(
      fc.record({
        id: fc.nat(),
        name: wild,
        price: amount,
        oldPrice: amount,
        permalink: wild.map((slug) => `https://shop.example/product/${slug}`),
      }),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(
        wild,
        fc.option(wild),
        products,
        fc.constantFrom(...CAMPAIGN_TYPES),
        (name, firstName, list, campaignType) => {
          const everything = withTemplate({
            body: ['first_name', 'shop_name', ...(list.length > 0 ? (['products', 'product', 'price'] as const) : [])],
            urlButton: 0,
          });
          const message = buildMessage(
            facts({ campaignType, firstName, products: list, shop: site({ name }), coupon }),
            everything,
          );
          if (message?.kind !== 'template') return;
          for (const { text: line } of message.body) {
            expect(line).not.to.match(/[\n\r\t]| {5}|\p{Cs}/u);
            expect(line.length).to.be.within(1, 200);
          }
          expect(message.body.map(({ text: line }) => line).join('').length).to.be.below(600);
          expect(message.buttons).to.have.length(1);
          expect(message.buttons[0])
            .to.have.property('suffix')
            .that.matches(/^[\x21-\x7e]+$/);
        },
      ),
    );
  });
});
