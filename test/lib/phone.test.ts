import { expect } from 'chai';
import fc from 'fast-check';
import {
  canonicalPhone,
  firstPhoneIn,
  isE164,
  maskPhone,
  normalisePhone,
  phoneCountry,
  phoneSpellings,
} from '../../src/lib/phone.js';

describe('phone: a number as typed', () => {
  const cases: readonly (readonly [rule: string, typed: string, country: string | null, expected: string | null])[] = [
    ['takes the country given for a number written without one', '0170 1234567', 'DE', '+491701234567'],
    ['takes a country in small letters', '0170 1234567', 'de', '+491701234567'],
    ['keeps the country that stands in it', '+49 (170) 123-45 67', 'US', '+491701234567'],
    ['reads 00 as a plus', '0049 170 1234567', 'DE', '+491701234567'],
    ['reads 00 as a plus where the country dials otherwise', '0049 170 1234567', 'US', '+491701234567'],
    ['reads 00 as a plus without a country', '0049 170 1234567', null, '+491701234567'],
    ['reads the 011 of the United States', '011 49 170 1234567', 'US', '+491701234567'],
    ['drops an extension', '+49 30 123456 ext. 12', null, '+4930123456'],
    ['reads digits of other scripts', '٠١٧٠١٢٣٤٥٦٧', 'DE', '+491701234567'],
    ['reads full-width digits', '＋４９１７０１２３４５６７', null, '+491701234567'],
    ['keeps the zero of an Italian landline', '06 12345678', 'IT', '+390612345678'],
    ['supplies the plus that was left out before the own country', '491701234567', 'DE', '+491701234567'],
    ['leaves an Italian mobile that starts like the country code', '393 1234567', 'IT', '+393931234567'],
    ['drops the 1 of Mexican mobiles, which WhatsApp still writes', '+5215512345678', null, '+525512345678'],
    ['adds the 9 of Brazilian mobiles, which WhatsApp still leaves out', '+555198765432', null, '+5551998765432'],
    ['refuses a national number without a country', '0170 1234567', null, null],
    ['refuses a national number of a country that has none', '415 555 2671', 'UK', null],
    ['refuses a possible number that nobody can have', '+1234567890', null, null],
    ['refuses a number that is too long', '+49170123456700000', 'DE', null],
    ['refuses a number that is too short', '123', 'DE', null],
    ['refuses an empty field', ' ', 'DE', null],
    ['refuses a dash', '-', 'DE', null],
  ];
  for (const [rule, typed, country, expected] of cases) {
    it(rule, () => {
      expect(normalisePhone(typed, country)).to.equal(expected);
    });
  }

  it('never throws, and what it gives looks like E.164 and stays as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('+0123456789 ()-/.x;')) }), (typed) => {
        const phone = normalisePhone(typed, 'DE');
        if (phone === null) return;
        expect(isE164(phone)).to.equal(true);
        expect(normalisePhone(phone, null)).to.equal(phone);
      }),
    );
  });
});

/** As they stand in the phone field of old orders: the billing country, what was typed, whose number it is. */
const TYPED: readonly (readonly [country: string, typed: string, phone: string | null])[] = [
  ['ES', '600 11 22 33', '+34600112233'],
  ['ES', '600-112-233', '+34600112233'],
  ['ES', '(+34) 600.112.233', '+34600112233'],
  ['ES', '+34 (0) 600 112 233', '+34600112233'],
  ['ES', '0034-600112233', '+34600112233'],
  ['ES', '+0034600112233', '+34600112233'],
  ['ES', '34600112233', '+34600112233'],
  ['ES', 'Móvil: 600 112 233', '+34600112233'],
  ['ES', '600112233 (Ana)', '+34600112233'],
  ['ES', '\u202a+34 600 112 233\u202c', '+34600112233'],
  ['ES', '600112233 / 911234567', '+34600112233'],
  ['ES', '600112233, 600332211', '+34600112233'],
  ['ES', '600 112 233 (casa) 911 234 567', '+34600112233'],
  ['ES', 'Calle 5, 600112233', '+34600112233'],
  ['ES', '6OO112233', null],
  ['ES', '600112233600332211', null],
  ['ES', '3.46001122E+10', null],
  ['DE', '0170/1234567', '+491701234567'],
  ['DE', '+49 (0)170 1234567', '+491701234567'],
  ['DE', '004901701234567', '+491701234567'],
  ['DE', '0170 1234567 oder 030 123456', '+491701234567'],
  ['DE', '4.91701235E+10', null],
  ['DE', 'Hauptstr. 7, 01644 Coswig', null],
  ['GB', '07911 123456', '+447911123456'],
  ['GB', '+44(0)7911-123456', '+447911123456'],
  ['GB', '7911123456', '+447911123456'],
  ['US', '1-415-555-2671', '+14155552671'],
  ['US', '(415)555-2671 x12', '+14155552671'],
  ['US', '+1 (415) 555\u20112671', '+14155552671'],
  ['US', '415-555-CUPS', null],
  ['FR', '06.12.34.56.78', '+33612345678'],
  ['FR', '+33 (0)6 12 34 56 78', '+33612345678'],
  ['FR', '612345678', '+33612345678'],
  ['IT', '347/1234567', '+393471234567'],
  ['IT', '0039 347 1234567', '+393471234567'],
  ['BR', '(11) 98765-4321', '+5511987654321'],
  ['BR', '0 11 98765 4321', '+5511987654321'],
  ['BR', '11 8765-4321', '+5511987654321'],
  ['MX', '55 1234 5678', '+525512345678'],
  ['MX', '044 55 1234 5678', '+525512345678'],
  ['MX', '01 (55) 1234-5678', '+525512345678'],
  ['MX', '521 55 1234 5678', '+525512345678'],
  ['IN', '098765 43210', '+919876543210'],
  ['IN', '91-98765-43210', '+919876543210'],
];

describe('phone: as people type it', () => {
  it('is read in 44 ways of 9 countries', () => {
    const read = TYPED.map(([country, typed]) => [country, typed, firstPhoneIn(typed, country)]);
    expect(read).to.deep.equal(TYPED);
  });

  it('is one number in a list of consent: the second one would be lost without a word', () => {
    expect(normalisePhone('600112233 / 600332211', 'ES')).to.equal(null);
  });

  it('is the same when it is read again, whatever the country', () => {
    const country = fc.constantFrom('ES', 'DE', 'GB', 'US', 'FR', 'IT', 'BR', 'MX', 'IN', null);
    const typed = fc.oneof(
      fc.constantFrom(...TYPED.map(([, text]) => text)),
      fc.string({ unit: fc.constantFrom(...Array.from('+0123456789 ()-/.x,;o'), ' y ') }),
      fc.string({ unit: 'grapheme' }),
    );
    fc.assert(
      fc.property(typed, country, country, (text, first, second) => {
        const phone = firstPhoneIn(text, first);
        if (phone === null) return;
        expect(isE164(phone)).to.equal(true);
        expect(firstPhoneIn(phone, second)).to.equal(phone);
        expect(canonicalPhone(phone)).to.equal(phone);
      }),
    );
  });
});

describe('phone: a number as stored', () => {
  it("accepts the contract's own example", () => {
    expect(isE164('+1234567890')).to.equal(true);
  });

  for (const bad of ['1234567890', '+1', '+1234567890123456', '+12 34', '+0123456', '', '+', '+12a', '+123\n']) {
    it(`finds that ${JSON.stringify(bad)} is not E.164`, () => {
      expect(isE164(bad)).to.equal(false);
    });
  }

  it('accepts 2 and 15 digits', () => {
    expect([isE164('+12'), isE164('+123456789012345')]).to.deep.equal([true, true]);
  });

  it('puts a plus in front only where it is missing', () => {
    expect([canonicalPhone('123'), canonicalPhone('+123')]).to.deep.equal(['+123', '+123']);
  });

  for (const [stored, key] of [
    ['5215512345678', '+525512345678'],
    ['+5215512345678', '+525512345678'],
    ['525512345678', '+525512345678'],
    ['555198765432', '+5551998765432'],
    ['5551998765432', '+5551998765432'],
  ] as const) {
    it(`has one key for what WhatsApp calls ${stored}`, () => {
      expect(canonicalPhone(stored)).to.equal(key);
    });
  }

  for (const other of ['+1234567890', '+521234567890', '+551133334444', '+551178765432', '+4407911123456', '+12 34']) {
    it(`leaves ${other} as it is`, () => {
      expect(canonicalPhone(other)).to.equal(other);
    });
  }

  it('knows both spellings of the plugin, whichever it is given', () => {
    expect(phoneSpellings('+123')).to.deep.equal(['+123', '123']);
    expect(phoneSpellings('123')).to.deep.equal(['+123', '123']);
  });

  it('knows the spellings of WhatsApp as well', () => {
    for (const mexican of ['+525512345678', '5215512345678'])
      expect(phoneSpellings(mexican)).to.have.members([
        '+525512345678',
        '525512345678',
        '+5215512345678',
        '5215512345678',
      ]);
    for (const brazilian of ['+5551998765432', '555198765432'])
      expect(phoneSpellings(brazilian)).to.have.members([
        '+5551998765432',
        '5551998765432',
        '+555198765432',
        '555198765432',
      ]);
  });

  it('does not take another number for a spelling: Brazilian trunked radios have eight digits', () => {
    expect(phoneSpellings('+5511978765432')).to.deep.equal(['+5511978765432', '5511978765432']);
  });

  it('has one key for all spellings, and typed and stored numbers have the same', () => {
    const digits = fc.stringMatching(/^(521?\d{10}|55\d{10,11}|[1-9]\d{5,13})$/);
    fc.assert(
      fc.property(digits, (stored) => {
        const key = canonicalPhone(stored);
        for (const spelling of phoneSpellings(stored)) expect(canonicalPhone(spelling)).to.equal(key);
        expect(phoneSpellings(stored)).to.include.members([key, stored]);
        const typed = normalisePhone(key, null);
        if (typed !== null) expect(canonicalPhone(typed)).to.equal(typed);
      }),
    );
  });

  it('shows three digits in logs', () => {
    expect(maskPhone('+491701234567')).to.equal('***567');
  });

  it('tells the United States from Canada', () => {
    expect([phoneCountry('+14155552671'), phoneCountry('+16135550123')]).to.deep.equal(['US', 'CA']);
  });

  it('tells no country for a number that nobody can have', () => {
    expect(phoneCountry('+1234567890')).to.equal(null);
  });
});
