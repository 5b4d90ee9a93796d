import { expect } from 'chai';
import fc from 'fast-check';
import { consentOf, type ConsentFacts, type ProfileConsent } from '../../src/reengagement/consent.js';

const profile = (changes: Partial<ProfileConsent> = {}): ProfileConsent => ({
  optInMarketing: false,
  notificationOptOut: false,
  preferences: null,
  ...changes,
});
const facts = (changes: Partial<ConsentFacts> = {}): ConsentFacts => ({
  profiles: [],
  ledger: null,
  orderConsent: null,
  accountConsent: null,
  ...changes,
});
const grant = { decision: 'grant', source: 'form' } as const;
const revoke = { decision: 'revoke', source: 'STOP' } as const;

describe('consent', () => {
  it('is not there when nobody was asked', () => {
    expect(consentOf(facts())).to.deep.equal({ granted: false, reason: 'no_consent', source: null });
  });

  it('is not there when a profile says nothing', () => {
    expect(consentOf(facts({ profiles: [profile()] }))).to.deep.include({ reason: 'no_consent' });
  });

  it("is a profile's opt-in", () => {
    expect(consentOf(facts({ profiles: [profile(), profile({ optInMarketing: true })] }))).to.deep.equal({
      granted: true,
      source: 'customer_profiles.opt_in_marketing',
    });
  });

  it("is the ledger's grant", () => {
    expect(consentOf(facts({ ledger: grant }))).to.deep.equal({ granted: true, source: 'form' });
  });

  it("is the newest order's ticked box", () => {
    expect(consentOf(facts({ orderConsent: true }))).to.deep.equal({ granted: true, source: 'order' });
  });

  it("is not the newest order's empty box", () => {
    expect(consentOf(facts({ orderConsent: false }))).to.deep.equal({
      granted: false,
      reason: 'no_consent',
      source: 'order',
    });
  });

  it("is an account's yes where no order says anything", () => {
    expect(consentOf(facts({ accountConsent: true }))).to.deep.equal({ granted: true, source: 'account' });
    expect(consentOf(facts({ accountConsent: true, orderConsent: false }))).to.deep.include({ reason: 'no_consent' });
  });

  it('is withdrawn in an account, whatever ledger, profile and order say: nobody knows which is newer', () => {
    const profiles = [profile({ optInMarketing: true })];
    expect(consentOf(facts({ accountConsent: false, ledger: grant, profiles, orderConsent: true }))).to.deep.equal({
      granted: false,
      reason: 'opted_out',
      source: 'account',
    });
  });

  it('is withdrawn by the ledger, whatever an account says', () => {
    expect(consentOf(facts({ accountConsent: true, ledger: revoke }))).to.deep.include({ source: 'STOP' });
  });

  it("is withdrawn by the ledger's newest entry, whatever profile and order say", () => {
    expect(
      consentOf(facts({ ledger: revoke, profiles: [profile({ optInMarketing: true })], orderConsent: true })),
    ).to.deep.equal({ granted: false, reason: 'opted_out', source: 'STOP' });
  });

  it('is withdrawn by the opt-out of one profile of several, with and without the plus', () => {
    const profiles = [profile({ optInMarketing: true }), profile({ notificationOptOut: true })];
    expect(consentOf(facts({ profiles }))).to.deep.equal({
      granted: false,
      reason: 'opted_out',
      source: 'customer_profiles.notification_opt_out',
    });
  });

  for (const yes of [true, 1, '1', 'yes', 'true', 'TRUE', ' Yes ']) {
    it(`is withdrawn by notifications_opt_out ${JSON.stringify(yes)} in the preferences (fault 5)`, () => {
      const preferences = { notifications_opt_out: yes };
      for (const form of [preferences, JSON.stringify(preferences), JSON.stringify(JSON.stringify(preferences))]) {
        expect(consentOf(facts({ profiles: [profile({ preferences: form })], ledger: grant }))).to.deep.equal({
          granted: false,
          reason: 'opted_out',
          source: 'customer_profiles.preferences',
        });
      }
    });
  }

  for (const no of [false, 0, '0', 'no', '', null, [], {}]) {
    it(`stands beside notifications_opt_out ${JSON.stringify(no)}`, () => {
      expect(
        consentOf(facts({ profiles: [profile({ preferences: { notifications_opt_out: no } })], ledger: grant }))
          .granted,
      ).to.equal(true);
    });
  }

  it('is not decided by preferences that are garbage', () => {
    fc.assert(
      fc.property(fc.anything(), fc.string(), (value, text) => {
        for (const preferences of [value, text, `{${text}`]) {
          expect(consentOf(facts({ profiles: [profile({ preferences })], ledger: grant })).granted).to.equal(true);
        }
      }),
    );
  });

  it('is never there against an opt-out, wherever the opt-out stands', () => {
    const optOut = fc.constantFrom(
      profile({ notificationOptOut: true, optInMarketing: true }),
      profile({ preferences: '{"notifications_opt_out":true}', optInMarketing: true }),
    );
    const ledger = fc.constantFrom(null, grant, revoke);
    fc.assert(
      fc.property(optOut, fc.nat(3), ledger, fc.option(fc.boolean()), (row, place, entry, orderConsent) => {
        const profiles: ProfileConsent[] = Array.from({ length: 3 }, () => profile({ optInMarketing: true }));
        profiles.splice(place, 0, row);
        expect(
          consentOf(facts({ profiles, ledger: entry, orderConsent, accountConsent: orderConsent })),
        ).to.deep.include({ reason: 'opted_out' });
      }),
    );
  });
});
