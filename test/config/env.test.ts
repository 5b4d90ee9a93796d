import { expect } from 'chai';
import { loadConfig } from '../../src/config/load.js';
import { settingPaths } from '../../src/config/schema-tree.js';
import { EXAMPLE, faultLines, SECRETS } from './support.js';

const load = async (env: Record<string, string>) => (await loadConfig(EXAMPLE, { ...SECRETS, ...env })).config;
const faults = (env: Record<string, string>) => faultLines(EXAMPLE, { ...SECRETS, ...env });

describe('environment variables over the configuration', () => {
  it('override text, numbers and booleans', async () => {
    const config = await load({
      REENGAGED_DATABASE__HOST: 'db.internal',
      REENGAGED_DATABASE__PORT: '3307',
      REENGAGED_REENGAGEMENT__ENABLED: 'true',
      REENGAGED_REENGAGEMENT__LOYALTY_DISCOUNT: '12.5',
    });
    expect(config.database).to.include({ host: 'db.internal', port: 3307 });
    expect(config.reengagement).to.include({ enabled: true, loyalty_discount: 12.5 });
  });

  it('reach nested settings and sections that the file lacks', async () => {
    const config = await load({
      REENGAGED_REENGAGEMENT__QUIET_HOURS__FROM: '21:30',
      REENGAGED_QUEUE__DRAIN_SECONDS: '5',
    });
    expect(config.reengagement.quiet_hours).to.deep.equal({ from: '21:30', until: '09:00' });
    expect(config.queue.drain_seconds).to.equal(5);
  });

  it('stay text where the setting is text, even if they look like a number', async () => {
    const config = await load({ REENGAGED_WHATSAPP__PHONE_NUMBER_ID: '123', REENGAGED_DATABASE__PASSWORD: '123456' });
    expect(config.whatsapp.phone_number_id).to.equal('123');
    expect(config.database.password).to.equal('123456');
  });

  it('give lists and objects as JSON', async () => {
    const config = await load({
      REENGAGED_REENGAGEMENT__PAID_STATUSES: '["completed"]',
      REENGAGED_WHATSAPP__TEXTS: '{"es_ES":{"we_miss_you":"Hola {first_name}"}}',
    });
    expect(config.reengagement.paid_statuses).to.deep.equal(['completed']);
    expect(config.whatsapp.texts['es_ES']).to.deep.equal({ we_miss_you: 'Hola {first_name}' });
  });

  it('reach places in lists and free names, which are taken as written', async () => {
    const config = await load({
      REENGAGED_WHATSAPP__TEMPLATES__WE_MISS_YOU__0__NAME: 'hello_again',
      REENGAGED_WHATSAPP__TEMPLATES__WE_MISS_YOU__1: '{"name":"hola","language":"es"}',
      REENGAGED_WHATSAPP__TEXTS__es_ES__PRICE_DROP: 'Baja',
    });
    expect(config.whatsapp.templates.we_miss_you?.map(({ name }) => name)).to.deep.equal(['hello_again', 'hola']);
    expect(config.whatsapp.texts['es_ES']?.price_drop).to.equal('Baja');
  });

  it('are refused under a name that would change every object, and when nested too deep', async () => {
    const named = await faults({ REENGAGED_WHATSAPP__TEXTS: '{"__proto__":{"we_miss_you":"x"}}' });
    expect(named).to.deep.equal(['whatsapp.texts.__proto__: found this name; wanted another name']);
    expect(Object.prototype).not.to.have.any.keys('we_miss_you');
    const [deep] = await faults({ REENGAGED_WHATSAPP__TEXTS: '['.repeat(5_000) + ']'.repeat(5_000) });
    expect(deep).to.match(/^whatsapp\.texts: found a string.*; wanted an object$/);
  });

  it('are refused past the end of a list', async () => {
    expect(await faults({ REENGAGED_WHATSAPP__TEMPLATES__WE_MISS_YOU__5__NAME: 'x' })).to.deep.equal([
      'REENGAGED_WHATSAPP__TEMPLATES__WE_MISS_YOU__5__NAME: found no such place in the list; wanted a place in it, or the one after its end',
    ]);
  });

  it('are named with their nearest neighbour when they are unknown', async () => {
    expect(await faults({ REENGAGED_DATABASE__HOTS: 'x', REENGAGED_SHOP__: 'x' })).to.deep.equal([
      'REENGAGED_DATABASE__HOTS: found a setting that does not exist; wanted another name: did you mean REENGAGED_DATABASE__HOST?',
      'REENGAGED_SHOP__: found a setting that does not exist; wanted another name: did you mean REENGAGED_SHOP__URL?',
    ]);
  });

  it('are named when the value they bring is wrong', async () => {
    expect(await faults({ REENGAGED_DATABASE__PORT: 'many' })).to.deep.equal([
      'database.port: found "many" (string), from REENGAGED_DATABASE__PORT; wanted a whole number, 1 to 65535',
    ]);
  });

  it('are no settings without a double underscore', async () => {
    expect(await load({ REENGAGED_CONFIG: 'elsewhere', OTHER__THING: '1' })).to.have.property('shop');
  });

  it('cannot reach what every object inherits', async () => {
    const lines = await faults({ REENGAGED___PROTO____POLLUTED: '1', REENGAGED_SHOP__CONSTRUCTOR: '1' });
    expect(lines).to.have.length(2);
    expect({}).not.to.have.property('polluted');
  });

  it('exist for every setting', async () => {
    const { config } = await loadConfig(EXAMPLE, SECRETS);
    for (const path of settingPaths().filter(([section]) => section !== '$schema')) {
      const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], config);
      if (value === undefined) continue;
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      const again = await load({ [`REENGAGED_${path.join('__').toUpperCase()}`]: text });
      expect(again, path.join('.')).to.deep.equal(config);
    }
  });
});
