import { expect } from 'chai';
import { exampleWith, faultLines, loadError, temporaryFolder, type Folder } from './support.js';

describe('faults of the configuration', () => {
  let folder: Folder;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => {
    folder.remove();
  });
  const faults = (changes: Record<string, unknown>) => faultLines(folder.write(exampleWith(changes)));

  it('are told all at once, one line each, with path, found and wanted', async () => {
    const error = await loadError(
      folder.write(
        exampleWith({
          'reengagement.inactivity_threshold': 'sixty',
          'database.port': 70_000,
          'shop.url': 'shop.example.com',
        }),
      ),
    );
    expect(error.code).to.equal('CONFIG_INVALID');
    expect(error.exitCode).to.equal(78);
    expect(error.message.split('\n')).to.deep.equal([
      `${folder.path}/reengaged.json has 3 faults:`,
      '  shop.url: found "shop.example.com" (string); wanted an address that begins with http:// or https://',
      '  database.port: found 70000 (number); wanted a whole number, 1 to 65535',
      '  reengagement.inactivity_threshold: found "sixty" (string); wanted a whole number of days, 1 to 3650',
    ]);
  });

  const cases: [string, Record<string, unknown>, string][] = [
    [
      'an unknown setting, with its nearest neighbour',
      { 'reengagement.inactivity_treshold': 45 },
      'reengagement.inactivity_treshold: found a setting that does not exist; wanted another name: did you mean inactivity_threshold?',
    ],
    [
      'a setting in the wrong section',
      { inactivity_threshold: 45 },
      'inactivity_threshold: found a setting that does not exist; wanted it elsewhere: did you mean reengagement.inactivity_threshold?',
    ],
    [
      'an unknown campaign type',
      { 'whatsapp.templates.price_drops': [{ name: 'x', language: 'en' }] },
      'whatsapp.templates.price_drops: found a setting that does not exist; wanted another name: did you mean price_drop?',
    ],
    [
      'a missing setting',
      { 'whatsapp.phone_number_id': undefined },
      'whatsapp.phone_number_id: found nothing; wanted digits in quotes: the id, not the number',
    ],
    [
      'a missing section, with what it needs',
      { database: undefined },
      'database: found nothing; wanted an object with user, name',
    ],
    [
      'a daily run inside the quiet hours, whose messages would all expire',
      { 'reengagement.send_time': '21:30' },
      'reengagement.send_time: found "21:30" (string); wanted a time outside quiet_hours: campaigns planned inside them would wait past the end of their day, and expire',
    ],
    [
      'a number that is not whole',
      { 'reengagement.weekly_cap': 1.5 },
      'reengagement.weekly_cap: found 1.5 (number); wanted a whole number of messages, 0 to 100',
    ],
    [
      'a share that is not above zero',
      { 'reengagement.loyalty_discount': 0 },
      'reengagement.loyalty_discount: found 0 (number); wanted a number of percent, more than 0, at most 100',
    ],
    [
      'text for a switch',
      { 'reengagement.enabled': 'yes' },
      'reengagement.enabled: found "yes" (string); wanted true or false',
    ],
    [
      'no time of day',
      { 'reengagement.quiet_hours.from': '24:00' },
      'reengagement.quiet_hours.from: found "24:00" (string); wanted a time of day as HH:MM',
    ],
    [
      'an unknown word',
      { 'log.level': 'verbose' },
      'log.level: found "verbose" (string); wanted one of "error", "warn", "info", "debug"',
    ],
    [
      'an empty list',
      { 'queue.retry_delays_seconds': [] },
      'queue.retry_delays_seconds: found a list; wanted a list, not empty, of: a whole number of seconds, 1 or more',
    ],
    [
      'the place inside a template',
      { 'whatsapp.templates.we_miss_you': [{ name: 'Hello', language: 'en' }] },
      'whatsapp.templates.we_miss_you[0].name: found "Hello" (string); wanted small letters, digits and underscores',
    ],
    [
      'a language that is none',
      { 'whatsapp.texts': { EN: { we_miss_you: 'Hello' } } },
      'whatsapp.texts.EN: found this name; wanted a language such as en or es_ES',
    ],
    ['null', { 'database.host': null }, 'database.host: found null; wanted text, not empty'],
  ];
  for (const [name, changes, line] of cases) {
    it(`name ${name}`, async () => {
      expect(await faults(changes)).to.deep.equal([line]);
    });
  }

  it('name the wrong variable of a list of parameters, not the whole list', async () => {
    const [line, ...others] = await faults({
      'whatsapp.templates.we_miss_you': [{ name: 'x', language: 'en', body: ['first_name', 'last_name'] }],
    });
    expect(others).to.deep.equal([]);
    expect(line).to.match(
      /^whatsapp\.templates\.we_miss_you\[0\]\.body\[1\]: found "last_name" \(string\); wanted one of "first_name", /,
    );
  });

  it('say both kinds where a list or an object may stand', async () => {
    const [line] = await faults({ 'whatsapp.templates.we_miss_you': [{ name: 'x', language: 'en', body: 7 }] });
    expect(line).to.match(/body: found 7 \(number\); wanted a list of: one of .*, or an object$/);
  });

  it('never show a secret of the wrong kind, nor what stands inside a list or an object', async () => {
    const error = await loadError(
      folder.write(
        exampleWith({
          'shop.consumer_secret': 90_210_777,
          'whatsapp.access_token': { is: 'hunter2' },
          'database.password': ['hunter2'],
          'whatsapp.acess_token': 'hunter2',
          reengagement: 'hunter2',
          'shop.url': 'ftp://me:hunter2@shop.example.com',
        }),
      ),
    );
    expect(error.message).not.to.match(/hunter2|90210777/);
    expect(error.message).to.include(
      'shop.consumer_secret: found a number; wanted a secret: "env:NAME", "file:PATH" or the text itself',
    );
    expect(error.message.split('\n')).to.have.length(7);
  });

  it('cut long texts short', async () => {
    const [line] = await faults({ 'log.level': 'x'.repeat(5_000) });
    expect(line).to.have.length.lessThan(200);
  });
});
