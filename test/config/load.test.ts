import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { loadConfig, secretValues } from '../../src/config/load.js';
import { EXAMPLE, exampleWith, loadError, SECRETS, temporaryFolder, type Folder } from './support.js';

describe('loadConfig', () => {
  let folder: Folder;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => {
    folder.remove();
  });

  it('loads the shipped example without a warning', async () => {
    const { config, warnings } = await loadConfig(EXAMPLE, SECRETS);
    expect(config.shop.consumer_key).to.equal('ck_5ec7e7');
    expect(config.http.port).to.equal(8787);
    expect(Object.keys(config.whatsapp.templates)).to.have.length(5);
    expect(warnings).to.deep.equal([]);
  });

  it('fills in the defaults', async () => {
    const { config } = await loadConfig(
      folder.write(exampleWith({ reengagement: undefined, http: undefined, log: undefined })),
      SECRETS,
    );
    expect(config.reengagement.enabled).to.equal(false);
    expect(config.reengagement.inactivity_threshold).to.equal(60);
    expect(config.reengagement.quiet_hours).to.deep.equal({ from: '20:00', until: '09:00' });
    expect(config.http).to.deep.equal({ host: '127.0.0.1' });
    expect(config.whatsapp.unnamed_customer).to.equal('there');
  });

  it('freezes the configuration to its depths', async () => {
    const { config } = await loadConfig(EXAMPLE, SECRETS);
    expect(() => {
      (config.reengagement.quiet_hours as { from: string }).from = '00:00';
    }).to.throw(TypeError);
    expect(() => {
      (config.whatsapp.templates.we_miss_you as unknown[]).push({});
    }).to.throw(TypeError);
  });

  it('takes a file that begins with a byte order mark', async () => {
    const path = folder.write(`\uFEFF${JSON.stringify(exampleWith())}`);
    expect((await loadConfig(path, SECRETS)).config.database.port).to.equal(3306);
  });

  it('says that a missing file is missing', async () => {
    const error = await loadError(`${folder.path}/none.json`);
    expect(error.code).to.equal('CONFIG_UNREADABLE');
    expect(error.exitCode).to.equal(78);
    expect(error.message).to.equal(`The configuration file ${folder.path}/none.json does not exist.`);
  });

  for (const [what, text] of [
    ['lists', `{"a": ${'['.repeat(5_000)}${']'.repeat(5_000)}}`],
    ['objects', `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`],
    ['lists that do not end', '['.repeat(200_000)],
  ] as const)
    it(`says that a file of ${what} inside of each other is nested too deep`, async () => {
      const path = folder.write(text);
      const error = await loadError(path);
      expect(error.code).to.equal('CONFIG_UNREADABLE');
      expect(error.message).to.equal(
        `The configuration file ${path} has lists or objects inside of each other more than 64 deep; no setting needs that.`,
      );
    });

  it('counts no brackets that stand in texts', async () => {
    const text = `${'[{'.repeat(100)} \\" [`;
    const path = folder.write(exampleWith({ 'whatsapp.unnamed_customer': text }));
    expect((await loadConfig(path, SECRETS)).config.whatsapp.unnamed_customer).to.equal(text);
  });

  it('says why a file cannot be read', async () => {
    const error = await loadError(folder.path);
    expect(error.code).to.equal('CONFIG_UNREADABLE');
    expect(error.message).to.include('cannot be read (EISDIR)');
  });

  it('tells line and column where the file stops being JSON', async () => {
    const error = await loadError(
      folder.write('{\n  "shop": {\n    "url": "https://shop.example.com"\n    "timeout_seconds": 3\n'),
    );
    expect(error.code).to.equal('CONFIG_UNREADABLE');
    expect(error.message).to.include('is not JSON in line 4, column 5: a comma or } should stand here');
  });

  it('asks to take comments out', async () => {
    const error = await loadError(folder.write('{\n  // the shop\n  "shop": {}\n}'));
    expect(error.message).to.include('line 2, column 3: JSON knows no comments; take this one out');
  });

  it('quotes nothing of a file that is not JSON, not even in the cause', async () => {
    const error = await loadError(folder.write('{"shop": {"consumer_secret": "cs_verysecret" oops}}'));
    expect(error.message).not.to.include('verysecret');
    expect(error.cause).to.equal(undefined);
  });

  it('wants an object', async () => {
    const error = await loadError(folder.write('[1]'));
    expect(error.code).to.equal('CONFIG_INVALID');
    expect(error.message).to.include('the whole file: found a list; wanted an object with shop, database, whatsapp');
  });

  it('lists the secrets of a configuration, for the logger', async () => {
    const { config } = await loadConfig(EXAMPLE, SECRETS);
    expect(secretValues(config)).to.have.members(Object.values(SECRETS));
    expect(readFileSync(EXAMPLE, 'utf8')).to.match(/"env:[A-Z_]+"/);
  });
});
