import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { createSettings } from '../../src/config/live-settings.js';
import { loadConfig } from '../../src/config/load.js';
import type { Config } from '../../src/config/schema.js';
import { createLogger } from '../../src/lib/logger.js';
import { EXAMPLE, SECRETS, temporaryFolder, type Folder } from './support.js';

const ENABLED = 'reengagement.enabled';

describe('the settings of a program that runs', () => {
  let folder: Folder;
  let path: string;
  let config: Config;
  let log: PassThrough;
  beforeEach(async () => {
    folder = temporaryFolder();
    path = folder.write(readFileSync(EXAMPLE, 'utf8'));
    ({ config } = await loadConfig(path, SECRETS));
    log = new PassThrough();
  });
  afterEach(() => {
    folder.remove();
  });

  const settings = (file?: string, env: Record<string, string> = SECRETS) =>
    createSettings({
      config: () => config,
      reconfigure: (next) => {
        config = next;
      },
      path: file,
      env,
      logger: createLogger({ level: 'warn', format: 'json', stream: log }),
    });
  const code = (change: Promise<void>) =>
    change.then(
      () => 'done',
      (error: unknown) => (error as { code: string }).code,
    );

  it('are set as in the job documentation, and written into the file', async () => {
    const { get, set } = settings(path);
    await set(ENABLED, true);
    await set('reengagement.inactivity_threshold', 45);
    await set('reengagement.loyalty_discount', 20);
    await set('reengagement.loyalty_min_ltv', 1000.0);
    expect(config.reengagement).to.include({
      enabled: true,
      inactivity_threshold: 45,
      loyalty_discount: 20,
      loyalty_min_ltv: 1000,
    });
    expect(get(ENABLED)).to.equal(true);
    expect((await loadConfig(path, SECRETS)).config).to.deep.equal(config);
  });

  it('are taken up in this process alone without a file', async () => {
    const before = config;
    const { get, set } = settings();
    await Promise.all([set(ENABLED, true), set('reengagement.weekly_cap', 2)]);
    expect(get(ENABLED)).to.equal(true);
    expect(config.reengagement).to.include({ enabled: true, weekly_cap: 2 });
    expect(before.reengagement.enabled).to.equal(false);
    expect(config).to.be.frozen;
    expect(config.shop).to.deep.equal(before.shop);
    expect((await loadConfig(path, SECRETS)).config).to.deep.equal(before);
  });

  it('are refused by the same schema with a file and without', async () => {
    const before = config;
    for (const file of [path, undefined]) {
      const { set } = settings(file);
      expect(await code(set('reengagement.inactivity_threshold', '45'))).to.equal('SETTING_REFUSED');
      expect(await code(set('reengagement.inactivity_treshold', 45))).to.equal('UNKNOWN_SETTING');
      expect(await code(set(ENABLED, true))).to.equal('done'); // after a failure the next one goes on
      config = before;
    }
  });

  it('are not written when this process could not take the file up', async () => {
    const before = readFileSync(path, 'utf8');
    expect(await code(settings(path).set('shop.consumer_key', 'env:NONE'))).to.equal('SETTING_REFUSED');
    const fewer = { ...SECRETS, WHATSAPP_TOKEN: '' };
    expect(await code(settings(path, fewer).set(ENABLED, true))).to.equal('CONFIG_INVALID');
    expect(readFileSync(path, 'utf8')).to.equal(before);
  });

  it('of database and http are written for the next start, and refused without a file', async () => {
    await settings(path).set('http.port', 9000);
    expect(config.http.port).to.equal(8787);
    expect((await loadConfig(path, SECRETS)).config.http.port).to.equal(9000);
    expect(await code(settings().set('http.port', 9001))).to.equal('SETTING_REFUSED');
  });

  it('never show a secret', async () => {
    const { get, set } = settings();
    await set('shop.consumer_key', 'env:WHATSAPP_TOKEN');
    expect(config.shop.consumer_key).to.equal(SECRETS.WHATSAPP_TOKEN);
    expect(get('shop.consumer_key')).to.equal('[redacted]');
    const all = JSON.stringify([get('shop'), get('database'), get('whatsapp')]);
    for (const secret of Object.values(SECRETS)) expect(all).not.to.contain(secret);
  });

  it('that the environment overrides are written, and the log says that it wins', async () => {
    const env = { ...SECRETS, REENGAGED_REENGAGEMENT__ENABLED: 'false' };
    await settings(path, env).set(ENABLED, true);
    expect(config.reengagement.enabled).to.equal(false);
    expect((await loadConfig(path, SECRETS)).config.reengagement.enabled).to.equal(true);
    expect(String(log.read())).to.contain('REENGAGED_REENGAGEMENT__ENABLED');
  });

  it('come back to their default when they are set to undefined', async () => {
    for (const file of [path, undefined]) {
      await settings(file).set('reengagement.inactivity_threshold', 45);
      await settings(file).set('reengagement.inactivity_threshold', undefined);
      expect(config.reengagement.inactivity_threshold).to.equal(60);
    }
  });
});
