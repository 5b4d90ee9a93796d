import { expect } from 'chai';
import fc from 'fast-check';
import {
  canonicalPhone,
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
