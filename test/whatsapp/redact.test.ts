import { expect } from 'chai';
import fc from 'fast-check';
import { redact } from '../../src/whatsapp/redact.js';

const TOKEN = 'a-token-of-any-form';

describe('redact', () => {
  it('lets no phone number through, however it is separated', () => {
    const separator = fc.constantFrom('', ' ', '-', '.', ') ', '\u00a0', '/');
    const digits = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), separator), { minLength: 7, maxLength: 15 });
    fc.assert(
      fc.property(fc.string(), digits, fc.string(), (before, phone, after) => {
        const number = phone.map(([digit, sign]) => `${digit}${sign}`).join('');
        const left = redact(`${before} +${number} ${after}`, TOKEN);
        expect(left.replace(/[^\d]/g, '')).to.not.include(number.replace(/\D/g, ''));
      }),
    );
  });

  it('lets no token through: its own, or what looks like one of Meta', () => {
    const left = redact(`Bad token ${TOKEN}, or EAAGm0PX4ZCpsBAKZCqZBaBcDeFgHiJ`, TOKEN);
    expect(left).to.equal('Bad token [token], or [token]');
  });

  it('keeps codes, and makes one short line of it', () => {
    expect(redact('(#131030)\n  not in allowed list', TOKEN)).to.equal('(#131030) not in allowed list');
    expect(redact('x'.repeat(2_000), TOKEN)).to.have.lengthOf(300);
  });
});
