import { expect } from 'chai';
import { loadConfig } from '../../src/config/load.js';
import { pathText, secretPaths } from '../../src/config/schema-tree.js';
import { exampleWith, faultLines, loadError, SECRETS, temporaryFolder, type Folder } from './support.js';

describe('secrets of the configuration', () => {
  let folder: Folder;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => {
    folder.remove();
  });

  it('are these', () => {
    expect(secretPaths().map(pathText)).to.have.members([
      'shop.consumer_key',
      'shop.consumer_secret',
      'database.password',
      'whatsapp.access_token',
    ]);
  });

  it('come out of a file, relative to the configuration, without its line break', async () => {
    folder.write('s3cret pass\n', 'password');
    const path = folder.write(exampleWith({ 'database.password': 'file:password' }));
    const { config, warnings } = await loadConfig(path, SECRETS);
    expect(config.database.password).to.equal('s3cret pass');
    expect(warnings).to.deep.equal([]);
  });

  it('come out of a file with an absolute path', async () => {
    const file = folder.write('absolute', 'token');
    const path = folder.write(exampleWith({ 'whatsapp.access_token': `file:${file}` }));
    expect((await loadConfig(path, SECRETS)).config.whatsapp.access_token).to.equal('absolute');
  });

  it('bring a warning when everybody can read their file', async () => {
    const file = folder.write('open', 'token', 0o644);
    const path = folder.write(exampleWith({ 'whatsapp.access_token': 'file:token' }));
    expect((await loadConfig(path, SECRETS)).warnings).to.deep.equal([
      `whatsapp.access_token comes from ${file}, which every user of this machine can read; chmod it to 600.`,
    ]);
  });

  it('bring a warning when they stand in the file itself', async () => {
    const path = folder.write(exampleWith({ 'shop.consumer_secret': 'cs_literal' }));
    const { config, warnings } = await loadConfig(path, SECRETS);
    expect(config.shop.consumer_secret).to.equal('cs_literal');
    expect(warnings).to.deep.equal([
      'shop.consumer_secret stands in the configuration file as plain text; write "env:NAME" or "file:PATH" instead.',
    ]);
  });

  it('bring no warning when they come from an overriding variable, which may point on', async () => {
    const path = folder.write(exampleWith());
    const { config, warnings } = await loadConfig(path, {
      ...SECRETS,
      OTHER: 'cs_other',
      REENGAGED_SHOP__CONSUMER_KEY: 'ck_direct',
      REENGAGED_SHOP__CONSUMER_SECRET: 'env:OTHER',
    });
    expect(config.shop).to.include({ consumer_key: 'ck_direct', consumer_secret: 'cs_other' });
    expect(warnings).to.deep.equal([]);
  });

  it('are all missed at once, each with its variable or its file', async () => {
    folder.write(' \n', 'blank');
    const path = folder.write(
      exampleWith({ 'shop.consumer_secret': 'file:none', 'database.password': 'file:blank', 'log.level': 'loud' }),
    );
    expect(await faultLines(path, { WOOCOMMERCE_KEY: 'ck_1', WHATSAPP_TOKEN: '' })).to.deep.equal([
      'log.level: found "loud" (string); wanted one of "error", "warn", "info", "debug"',
      `shop.consumer_secret: found the file ${folder.path}/none, which cannot be read (ENOENT); wanted a file with the secret in it`,
      `database.password: found the file ${folder.path}/blank, which is empty; wanted a file with the secret in it`,
      'whatsapp.access_token: found "env:WHATSAPP_TOKEN", which is empty; wanted the environment variable WHATSAPP_TOKEN with the secret in it',
    ]);
    expect(await faultLines(folder.write(exampleWith()), {})).to.have.length(4);
  });

  it('appear in no error', async () => {
    const path = folder.write(exampleWith({ 'log.level': 'loud', 'shop.consumer_secret': 'cs_literal', shopp: 1 }));
    const error = await loadError(path, {
      ...SECRETS,
      REENGAGED_DATABASE__PASSWORD: 'pw_override',
      REENGAGED_X__Y: 'zzz_value',
    });
    const everything = `${error.message} ${String(error.stack)} ${JSON.stringify(error)}`;
    for (const secret of [...Object.values(SECRETS), 'cs_literal', 'pw_override', 'zzz_value']) {
      expect(everything).not.to.include(secret);
    }
  });
});
