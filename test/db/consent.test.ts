import { expect } from 'chai';
import { importConsent, newestConsent, recordConsent, type ConsentEntry } from '../../src/db/consent.js';
import { DAY, SECOND } from '../../src/lib/clock.js';
import { useDatabase } from '../support/database.js';
import { emptyTables, NOON } from '../queue/support.js';

const PHONE = '+34612345678';

describe('the consent ledger', () => {
  const database = useDatabase();
  beforeEach(() => emptyTables(database()));

  const entry = (decision: 'grant' | 'revoke', changes: Partial<ConsentEntry> = {}): ConsentEntry => ({
    phone: PHONE,
    decision,
    source: 'checkout',
    decidedAt: NOON,
    ...changes,
  });
  const decision = async () => (await newestConsent(database(), [PHONE])).get(PHONE)?.decision ?? null;
  const rows = () => database().query((orm) => orm.select().from(database().tables.consent));

  it('says nothing of who was never asked', async () => {
    await recordConsent(database(), [entry('grant', { phone: '+34600000001' })]);
    expect(await decision()).to.equal(null);
    expect(await newestConsent(database(), [])).to.deep.equal(new Map());
  });

  it('goes by the newest decision, and by the later written one of two at the same time', async () => {
    await recordConsent(database(), [entry('grant')]);
    await recordConsent(database(), [entry('revoke', { decidedAt: NOON + SECOND })]);
    expect(await decision()).to.equal('revoke');
    await recordConsent(database(), [entry('grant', { decidedAt: NOON + SECOND, source: 'START' })]);
    expect((await newestConsent(database(), [PHONE])).get(PHONE)).to.deep.equal({ decision: 'grant', source: 'START' });
  });

  it('is not undone by an older decision that is imported later', async () => {
    await recordConsent(database(), [entry('revoke')]);
    expect(await importConsent(database(), [{ ...entry('grant'), decidedAt: NOON - DAY }], NOON + DAY)).to.equal(1);
    expect(await decision()).to.equal('revoke');
  });

  it('takes an imported list once', async () => {
    const list = [
      { ...entry('grant'), decidedAt: null },
      { ...entry('grant', { phone: '+34600000001' }), decidedAt: NOON - DAY },
    ];
    expect(await importConsent(database(), list, NOON)).to.equal(2);
    await recordConsent(database(), [entry('revoke', { decidedAt: NOON + DAY })]);
    expect(await importConsent(database(), list, NOON + 2 * DAY)).to.equal(0);
    expect(await decision()).to.equal('revoke');
  });

  it('of a list without times is the last that it says, also where it says the same before', async () => {
    const list = (['revoke', 'grant', 'revoke'] as const).map((said) => ({ ...entry(said), decidedAt: null }));
    await importConsent(database(), list, NOON);
    expect(await decision()).to.equal('revoke');
  });

  it('only grows: what was said before stays', async () => {
    await recordConsent(database(), [entry('grant'), entry('revoke'), entry('grant')]);
    expect((await rows()).map((row) => row.decision)).to.deep.equal(['grant', 'revoke', 'grant']);
  });

  it('cuts a source that is too long, and takes an empty list', async () => {
    await recordConsent(database(), [entry('grant', { source: 'é'.repeat(400) })]);
    await recordConsent(database(), []);
    expect((await rows()).map((row) => row.source)).to.deep.equal(['é'.repeat(191)]);
  });
});
