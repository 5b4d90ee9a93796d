import { expect } from 'chai';
import { dump } from '../jobs/explain-support.js';
import { ANA, plan, profile, sees, sendDue, whileTimePasses } from '../jobs/support.js';
import { DAY, MINUTE } from '../../src/lib/clock.js';
import { NOON, useWorld } from '../support/world.js';
import { runHere } from './in-process.js';
import { wholePhones } from './support.js';

const WIDEST = (text: string) => Math.max(...text.split('\n').map((line) => line.length));

describe('reengaged explain', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000 } });
  const run = (...args: string[]) => runHere(world(), world().settings(), 'explain', ...args);

  async function ready() {
    const w = world();
    w.order(ANA, 70, { total: '1234.50' });
    await w.app.sync();
    await w.app.tick();
    const name = `A very long name of a product, ${'which goes on and on '.repeat(5)}`;
    await sees(w, ANA, w.shop.addProduct({ name, price: '9', stockStatus: 'outofstock', createdAt: NOON - 90 * DAY }));
    return w;
  }

  it('begins with the verdict, then says the facts, within 80 columns and with the phone masked', async () => {
    await ready();
    const { code, out, err } = await run(ANA);
    expect({ code, err }).to.deep.equal({ code: 0, err: '' });
    expect(out.split('\n').slice(0, 6)).to.deep.equal([
      "***001 on February 10, 2026, 12:00 (times are the shop's, Europe/Madrid)",
      '',
      'Nothing stands in the way: the daily run sends a message on February 11, 2026,',
      '09:00: loyalty_reward, with the template loyalty_reward (en).',
      '',
      'Customer',
    ]);
    expect(out).to.contain('  - 1 purchase that counts, lifetime value 1,234.50 USD.');
    expect(WIDEST(out)).to.be.at.most(80);
    expect(wholePhones(out)).to.deep.equal([]);
  });

  it('takes the number in any spelling, and writes nothing, not even what the shop says of itself', async () => {
    const w = await ready();
    w.clock.set(NOON + MINUTE);
    const before = await dump(w);
    expect((await run(`0034 ${ANA.slice(3, 6)} ${ANA.slice(6)}`)).out).to.contain('Nothing stands in the way');
    const spain = w.settings({ shop: { default_country: 'ES' } });
    expect((await runHere(w, spain, 'explain', ANA.slice(3))).out).to.contain('***001 on');
    expect((await run('(212) 555-0123')).out, "the shop's own country").to.contain('***123 on');
    expect(await dump(w)).to.deep.equal(before);
  });

  it('gives the same facts as JSON: keys in snake_case, moments in UTC, no whole phone', async () => {
    const w = await ready();
    await plan(w);
    await sendDue(w);
    await profile(w, ANA);
    const { out } = await run(ANA, '--json');
    const found = JSON.parse(out) as Record<string, object>;
    expect(found['phone']).to.equal('***001');
    expect(found['at']).to.equal('2026-02-10T11:00:00.000Z');
    expect(found['verdict']).to.deep.include({ outcome: 'later', reason: 'frequency_cap', by: 'daily' });
    expect(found['verdict']).to.deep.include({
      free_at: '2026-02-17T11:00:00.000Z',
      send_at: '2026-02-18T08:00:00.000Z',
    });
    expect(found['orders']).to.deep.include({ paid: 1, lifetime_values: { USD: '1234.5' } });
    expect(Object.keys(found)).to.include.members([
      'summary',
      'sections',
      'mirror',
      'daemon',
      'consent',
      'cap',
      'messages',
      'refused_until_at',
      'country',
      'views',
      'window',
      'quiet_hours',
      'campaigns',
      'waiting',
      'ended',
      'unasked',
    ]);
    expect(out).not.to.match(/"[a-z]+[A-Z]\w*":/);
    expect(out).not.to.match(/_at": \d/);
    expect(wholePhones(out)).to.deep.equal([]);
    const id = w.whatsapp.accepted[0]?.id ?? '';
    expect(out).to.contain(id.slice(-8)).and.not.to.contain(id);
  });

  it('masks a phone in the source of a decision, with or without its plus', async () => {
    const w = await ready();
    for (const decision of ['grant', 'revoke'] as const) {
      await w.app.recordConsent([{ phone: ANA, decision, source: 'call from 34600111222', decidedAt: w.clock.now() }]);
      for (const flags of [[], ['--json']]) {
        const { out } = await run(ANA, ...flags);
        expect(out.replaceAll(/\s+/g, ' ')).to.contain('call from ***222').and.not.to.contain('34600111222');
      }
    }
  });

  it('says of a number that is none how to write it', async () => {
    const { code, err } = await run('12');
    expect(code).to.equal(64);
    expect(err).to.contain('this is no phone number; write it with plus and country code');
  });

  it('says of an empty database that the orders have to be read first', async () => {
    const { code, out } = await run(ANA);
    expect(code).to.equal(0);
    expect(out).to.contain('To read them: reengaged sync.');
    world().shop.faults.next('reset', { times: Infinity });
    const unasked = await whileTimePasses(world().clock, run(ANA));
    expect(unasked.out.replaceAll(/\s+/g, ' ')).to.contain('(times are UTC, the shop has not been asked yet)');
  });
});
