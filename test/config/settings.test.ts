import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { loadConfig } from '../../src/config/load.js';
import { typedValue } from '../../src/config/settings-key.js';
import { listSettings, readSetting, viewSettings } from '../../src/config/settings-view.js';
import { writeSetting } from '../../src/config/settings-write.js';
import { isAppError, type AppError } from '../../src/lib/errors.js';
import { EXAMPLE, exampleWith, SECRETS, temporaryFolder, type Folder } from './support.js';

const example = readFileSync(EXAMPLE, 'utf8');
const ENABLED = 'reengagement.enabled';
const THRESHOLD = 'reengagement.inactivity_threshold';

describe('settings', () => {
  let folder: Folder;
  let path: string;
  beforeEach(() => {
    folder = temporaryFolder();
    path = folder.write(example);
  });
  afterEach(() => {
    folder.remove();
  });

  const content = () => readFileSync(path, 'utf8');
  const set = (key: string, value: unknown, env = {}) => writeSetting(path, key, value, env);
  const shown = async (env = {}) => (await viewSettings(path, env)).shown;
  async function refusal(action: () => unknown): Promise<AppError> {
    try {
      await action();
    } catch (error) {
      if (isAppError(error)) return error;
      throw error;
    }
    throw new Error('It was accepted.');
  }

  describe('are read', () => {
    it('by dotted keys: values, sections, places in lists', async () => {
      const settings = await shown();
      expect(readSetting(settings, THRESHOLD)).to.equal(60);
      expect(readSetting(settings, 'reengagement.weekly_cap')).to.equal(1);
      expect(readSetting(settings, 'reengagement.quiet_hours')).to.deep.equal({ from: '20:00', until: '09:00' });
      expect(readSetting(settings, 'whatsapp.templates.we_miss_you.0.name')).to.equal('we_miss_you');
      expect(readSetting(settings, 'whatsapp.templates.we_miss_you[0].body[1]')).to.equal('shop_name');
      expect(readSetting(settings, 'whatsapp.templates.price_drop.7.name')).to.equal(undefined);
      expect(readSetting(settings, 'database.socket')).to.equal(undefined);
    });

    const unknown: [key: string, instead: string][] = [
      ['reengagement.inactivity_treshold', THRESHOLD],
      ['inactivity_threshold', THRESHOLD],
      ['log.poll_seconds', 'queue.poll_seconds'],
      ['reengagment.enabled', 'reengagement'],
      ['whatsapp.templates.price_drops', 'whatsapp.templates.price_drop'],
      ['whatsapp.templates.price_drop.0.nmae', 'whatsapp.templates.price_drop.0.name'],
    ];
    for (const [key, instead] of unknown)
      it(`and ${key} is unknown: did you mean ${instead}?`, async () => {
        const error = await refusal(() => readSetting({}, key));
        expect(error).to.include({ code: 'UNKNOWN_SETTING', exitCode: 64 });
        expect(error.message).to.equal(`There is no setting ${key}: did you mean ${instead}?`);
      });

    it('with the place that each one comes from', async () => {
      const env = {
        REENGAGED_REENGAGEMENT__WEEKLY_CAP: '2',
        REENGAGED_WHATSAPP__TEMPLATES__PRICE_DROP__0__NAME: 'drop',
      };
      const listed = Object.fromEntries(listSettings(await viewSettings(path, env)).map((each) => [each.key, each]));
      expect(listed[THRESHOLD]).to.include({ value: 60, source: 'file' });
      expect(listed['queue.poll_seconds']).to.include({ value: 5, source: 'default' });
      expect(listed['database.socket']).to.include({ value: undefined, source: 'default' });
      expect(listed['reengagement.weekly_cap']).to.include({
        value: 2,
        source: 'environment',
        variable: 'REENGAGED_REENGAGEMENT__WEEKLY_CAP',
      });
      expect(listed['whatsapp.templates']).to.include({ source: 'environment' });
      expect(listed).not.to.have.property('$schema');
    });

    it('without their secrets: a reference stays, plain text and a login in an address do not', async () => {
      path = folder.write(
        exampleWith({ 'shop.consumer_secret': 'cs_plain', 'shop.url': 'https://me:hunter2@shop.example.com' }),
      );
      const env = { REENGAGED_DATABASE__PASSWORD: 'hunter2' };
      const settings = await shown(env);
      expect(readSetting(settings, 'shop.consumer_key')).to.equal('env:WOOCOMMERCE_KEY');
      expect(readSetting(settings, 'shop')).to.include({
        consumer_secret: '[redacted]',
        url: 'https://...@shop.example.com',
      });
      expect(readSetting(settings, 'database.password')).to.equal('[redacted]');
      expect(JSON.stringify([settings, listSettings(await viewSettings(path, env))])).not.to.match(/cs_plain|hunter2/);
    });

    const logins: [address: string, shown: string][] = [
      ['https://user:hunter2@h.example/x', 'https://...@h.example/x'],
      ['https://user:pa/hunter2@h.example', 'https://...@h.example'],
      ['https://user:p@hunter2@h.example', 'https://...@h.example'],
      ['https://user:p"hunter2@h.example', 'https://...@h.example'],
      ['https://user:p hunter2@h.example', 'https://...@h.example'],
      ['ftp://user:pa/hunter2@h.example', 'ftp://...@h.example'],
      ['user:hunter2@h.example', 'user:...@h.example'],
      ['//user:p@hunter2@h.example', '//...@h.example'],
    ];
    for (const [address, instead] of logins)
      it(`without the login in ${address}, also where it is refused`, async () => {
        expect(readSetting({ shop: { url: address } }, 'shop.url')).to.equal(instead);
        const told = await set('shop.url', address).then(JSON.stringify, (error: unknown) => (error as Error).message);
        expect(told).to.contain(instead).and.not.to.contain('hunter2');
        const refused = await refusal(() => set('log.level', address));
        expect(refused.message).to.contain(instead).and.not.to.contain('hunter2');
      });

    it('and what is no login stays: a mail address, a time', () => {
      const text = 'Escribe a ana@shop.example, 9:00 a 17:00: https://shop.example/x';
      expect(readSetting({ whatsapp: { unnamed_customer: text } }, 'whatsapp.unnamed_customer')).to.equal(text);
    });

    it('from a file without a fault only', async () => {
      path = folder.write(exampleWith({ 'reengagement.weekly_cap': 'many', 'log.level': 'loud' }));
      const error = await refusal(shown);
      expect(error).to.include({ code: 'CONFIG_INVALID', exitCode: 78 });
      expect(error.message).to.contain('2 faults');
    });
  });

  describe('that are typed', () => {
    const cases: [key: string, typed: string, value: unknown][] = [
      [THRESHOLD, '45', 45],
      [THRESHOLD, '"45"', '45'],
      [ENABLED, 'true', true],
      [ENABLED, 'yes', 'yes'],
      ['whatsapp.phone_number_id', '12345', '12345'],
      ['whatsapp.unnamed_customer', 'dear friend', 'dear friend'],
      ['whatsapp.unnamed_customer', '"dear \\u0041"', 'dear A'],
      ['whatsapp.unnamed_customer', '"a" and "b"', '"a" and "b"'],
      ['reengagement.paid_statuses', '["completed"]', ['completed']],
      ['whatsapp.templates.price_drop.0.body', '{"who": "first_name"}', { who: 'first_name' }],
      ['reengagement.quiet_hours', '{"from": "21:00", "until": "08:00"}', { from: '21:00', until: '08:00' }],
    ];
    for (const [key, typed, value] of cases)
      it(`as ${typed} become what ${key} wants`, () => {
        expect(typedValue(key, typed)).to.deep.equal(value);
      });
  });

  describe('are written', () => {
    it('and nothing else of the file changes', async () => {
      const change = await set(THRESHOLD, 45);
      expect(change).to.deep.include({ changed: true, before: 60, after: 45, overriddenBy: [], atNextStart: false });
      expect(content()).to.equal(example.replace('"inactivity_threshold": 60', '"inactivity_threshold": 45'));
    });

    it('into their section, which is added where it is missing', async () => {
      await set('reengagement.weekly_cap', 2);
      await set('queue.poll_seconds', 10);
      expect(content()).to.equal(
        example
          .replace('_consent"]\n', '_consent"],\n    "weekly_cap": 2\n')
          .replace('"json" }\n', '"json" },\n  "queue": {\n    "poll_seconds": 10\n  }\n'),
      );
    });

    it('behind a byte order mark, with line ends and the missing last one as they were', async () => {
      const before = `\uFEFF${example.trimEnd().replaceAll('\n', '\r\n')}`;
      writeFileSync(path, before);
      await set(ENABLED, true);
      expect(content()).to.equal(before.replace('"enabled": false', '"enabled": true'));
    });

    it('in places of lists, also the one after the end', async () => {
      await set('whatsapp.templates.price_drop.1', { name: 'price_drop', language: 'es' });
      await set('whatsapp.templates.price_drop.1.language', 'fr');
      expect((await loadConfig(path, SECRETS)).config.whatsapp.templates.price_drop?.[1]?.language).to.equal('fr');
      const error = await refusal(() => set('whatsapp.templates.price_drop.3', { name: 'x', language: 'es' }));
      expect(error.message).to.contain('found no such place in the list');
    });

    it('not at all when the value is the same', async () => {
      const change = await set(THRESHOLD, 60);
      expect(change).to.include({ changed: false, after: 60 });
      expect(content()).to.equal(example);
    });

    it('and taken out again, so that the default holds', async () => {
      expect(await set(THRESHOLD, undefined)).to.deep.include({ changed: true, before: 60, after: undefined });
      expect(content()).to.equal(example.replace('    "inactivity_threshold": 60,\n', ''));
      expect(await set(THRESHOLD, undefined)).to.include({ changed: false });
    });

    const refused: [key: string, value: unknown, line: string][] = [
      [THRESHOLD, '45', `${THRESHOLD}: found "45" (string); wanted a whole number of days, 1 to 3650`],
      [ENABLED, null, `${ENABLED}: found null; wanted true or false`],
      [
        'reengagement.send_time',
        '21:30',
        'reengagement.send_time: found "21:30" (string); wanted a time outside quiet_hours',
      ],
      ['shop.url', undefined, 'shop.url: found nothing; wanted an address'],
      ['reengagement', 5, 'reengagement: found a number; wanted an object'],
      [ENABLED, () => true, `${ENABLED}: found a function; wanted a value that JSON can hold`],
      ['shop.consumer_secret', 90_210_777, 'shop.consumer_secret: found a number; wanted a secret'],
    ];
    for (const [key, value, line] of refused)
      it(`and the change of ${key} to ${typeof value === 'function' ? 'a function' : JSON.stringify(value)} is refused`, async () => {
        const error = await refusal(() => set(key, value));
        expect(error).to.include({ code: 'SETTING_REFUSED', exitCode: 64 });
        expect(error.message).to.contain('has a fault:').and.to.contain(`\n  ${line}`);
        expect(content()).to.equal(example);
      });

    it('only when the file is without a fault afterwards: those of before are told too', async () => {
      path = folder.write(exampleWith({ 'reengagement.weekly_cap': 'many', 'log.level': 'loud' }));
      const before = content();
      const error = await refusal(() => set('queue.poll_seconds', 100));
      expect(error).to.include({ code: 'CONFIG_INVALID', exitCode: 78 });
      expect(
        error.message
          .split('\n')
          .slice(1)
          .map((line) => line.trim().split(':')[0]),
      ).to.have.members(['reengagement.weekly_cap', 'log.level', 'queue.poll_seconds']);
      expect(content()).to.equal(before);
    });

    it('where a change takes the only fault away', async () => {
      path = folder.write(exampleWith({ 'reengagement.weekly_cap': 'many' }));
      expect(await set('reengagement.weekly_cap', 2)).to.deep.include({ changed: true, before: 'many', after: 2 });
    });

    it('although the environment wins, which is told', async () => {
      const env = { REENGAGED_REENGAGEMENT__INACTIVITY_THRESHOLD: '30' };
      const change = await set(THRESHOLD, 45, env);
      expect(change).to.deep.include({ changed: true, overriddenBy: ['REENGAGED_REENGAGEMENT__INACTIVITY_THRESHOLD'] });
      expect(readSetting(await shown(env), THRESHOLD)).to.equal(30);
      expect(readSetting(await shown(), THRESHOLD)).to.equal(45);
    });

    it('and a wrong value is refused although the environment hides it', async () => {
      const error = await refusal(() => set(THRESHOLD, 'x', { REENGAGED_REENGAGEMENT__INACTIVITY_THRESHOLD: '30' }));
      expect(error.message).to.contain(`${THRESHOLD}: found "x" (string)`);
      expect(content()).to.equal(example);
    });

    it('for the next start in database and http', async () => {
      expect(await set('http.port', 9000)).to.include({ changed: true, atNextStart: true });
    });

    it('with a word about secrets in plain text and references that lead nowhere, and no secret in it', async () => {
      const plain = await set('shop.consumer_key', 'ck_hunter2');
      expect(plain).to.deep.include({ after: '[redacted]', plainSecrets: ['shop.consumer_key'], lostSecrets: [] });
      const lost = await set('shop', {
        url: 'https://b.example',
        consumer_key: 'env:NONE',
        consumer_secret: 'cs_hunter2',
      });
      expect(lost.plainSecrets).to.deep.equal(['shop.consumer_secret']);
      expect(lost.lostSecrets.map((fault) => fault.path)).to.deep.equal(['shop.consumer_key']);
      expect(JSON.stringify([plain, lost])).not.to.contain('hunter2');
    });

    it('eight at once, and none is lost', async () => {
      const keys = [
        'claim_size',
        'lease_seconds',
        'poll_seconds',
        'drain_seconds',
        'outage_delay_seconds',
        'keep_complete_days',
      ];
      await Promise.all([...keys.map((key) => set(`queue.${key}`, 17)), set(ENABLED, true), set('log.level', 'debug')]);
      const { queue, reengagement, log } = JSON.parse(content()) as Record<string, Record<string, unknown>>;
      expect(queue).to.deep.equal(Object.fromEntries(keys.map((key) => [key, 17])));
      expect(reengagement?.['enabled']).to.equal(true);
      expect(log?.['level']).to.equal('debug');
    });

    it('under no name that would change every object', async () => {
      const places = ['whatsapp.texts.__proto__', 'whatsapp.texts.__proto__.we_miss_you', '__proto__.x'];
      for (const key of [...places, 'whatsapp.templates.we_miss_you.0.body.__proto__'])
        expect(await refusal(() => set(key, 'first_name'))).to.include({ code: 'UNKNOWN_SETTING' });
      const named = JSON.parse('{"__proto__":"first_name"}') as unknown;
      for (const [key, value] of [
        ['whatsapp.templates.we_miss_you.0.body', named],
        ['whatsapp.texts', { es: named }],
      ] as const) {
        const error = await refusal(() => set(key, value));
        expect(error).to.include({ code: 'SETTING_REFUSED' });
        expect(error.message).to.contain('__proto__: found this name; wanted another name');
      }
      expect(content()).to.equal(example);
      expect(Object.prototype).not.to.have.any.keys('we_miss_you', 'x', 'first_name');
    });

    it('no value that is nested deeper than any setting', async () => {
      const deep = JSON.parse('['.repeat(100) + ']'.repeat(100)) as unknown;
      const error = await refusal(() => set('reengagement.paid_statuses', deep));
      expect(error).to.include({ code: 'SETTING_REFUSED' });
      expect(error.message).to.contain('found a value that is nested too deep');
      const typed = typedValue('reengagement.paid_statuses', '['.repeat(5_000));
      expect(await refusal(() => set('reengagement.paid_statuses', typed))).to.include({ code: 'SETTING_REFUSED' });
    });

    it('not into what is no UTF-8', async () => {
      writeFileSync(path, Buffer.from(example.replace('there', 'Jos\u00e9'), 'latin1'));
      expect((await refusal(() => set(ENABLED, true))).message).to.contain('is not UTF-8');
    });

    it('not where something else stands above it that the environment hides', async () => {
      path = folder.write(exampleWith({ 'reengagement.quiet_hours': 'none' }));
      const env = { REENGAGED_REENGAGEMENT__QUIET_HOURS: '{"from":"21:00"}' };
      const error = await refusal(() => set('reengagement.quiet_hours.from', '22:00', env));
      expect(error).to.include({ code: 'SETTING_REFUSED' });
      expect(error.message).to.contain('reengagement.quiet_hours.from: found a value above it');
    });
  });
});
