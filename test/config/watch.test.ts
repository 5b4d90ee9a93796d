import { once, EventEmitter } from 'node:events';
import { renameSync } from 'node:fs';
import { expect } from 'chai';
import { loadConfig } from '../../src/config/load.js';
import type { Config } from '../../src/config/schema.js';
import { watchConfig, type ConfigWatch } from '../../src/config/watch.js';
import type { AppError } from '../../src/lib/errors.js';
import { exampleWith, SECRETS, temporaryFolder, type Folder } from './support.js';

type Told = { change: [Config, string[]]; invalid: [AppError]; restart: [string[]] };

describe('watchConfig', () => {
  let folder: Folder;
  let path: string;
  let watch: ConfigWatch;
  let told: EventEmitter<Told>;
  let history: (keyof Told)[];

  beforeEach(async () => {
    folder = temporaryFolder();
    path = folder.write(exampleWith());
    told = new EventEmitter();
    history = [];
    const tell = <K extends keyof Told>(name: K, ...args: Told[K]): void => {
      history.push(name);
      (told as EventEmitter).emit(name, ...args);
    };
    watch = watchConfig({
      path,
      env: SECRETS,
      initial: (await loadConfig(path, SECRETS)).config,
      onChange: (next, paths) => {
        tell('change', next, paths);
      },
      onInvalid: (error) => {
        tell('invalid', error);
      },
      onRestartNeeded: (paths) => {
        tell('restart', paths);
      },
    });
  });
  afterEach(() => {
    watch.close();
    folder.remove();
  });

  const next = <K extends keyof Told>(name: K): Promise<Told[K]> =>
    once(told as EventEmitter, name) as Promise<Told[K]>;
  const change = (changes: Record<string, unknown>) => folder.write(exampleWith(changes));

  it('tells a change of the file, with the settings that changed', async () => {
    const changed = next('change');
    change({ 'reengagement.enabled': true, 'whatsapp.templates.we_miss_you': undefined });
    const [config, paths] = await changed;
    expect(config.reengagement.enabled).to.equal(true);
    expect(config).to.be.frozen;
    expect(paths).to.have.members(['reengagement.enabled', 'whatsapp.templates.we_miss_you']);
  });

  it('tells a change when another file is put in its place', async () => {
    const changed = next('change');
    renameSync(folder.write(exampleWith({ 'reengagement.enabled': true }), 'reengaged.json.tmp'), path);
    expect((await changed)[1]).to.deep.equal(['reengagement.enabled']);
  });

  it('tells each of several replacements', async () => {
    for (const threshold of [10, 20, 30]) {
      const changed = next('change');
      const file = folder.write(exampleWith({ 'reengagement.inactivity_threshold': threshold }), 'next');
      renameSync(file, path);
      expect((await changed)[0].reengagement.inactivity_threshold).to.equal(threshold);
    }
  });

  it('keeps the last good configuration when the new one is wrong, and takes the next good one', async () => {
    const invalid = next('invalid');
    change({ 'reengagement.enabled': 'maybe' });
    expect((await invalid)[0].code).to.equal('CONFIG_INVALID');
    expect(history).to.deep.equal(['invalid']);

    const changed = next('change');
    change({ 'reengagement.weekly_cap': 2 });
    const [config, paths] = await changed;
    expect(config.reengagement).to.include({ enabled: false, weekly_cap: 2 });
    expect(paths).to.deep.equal(['reengagement.weekly_cap']);
  });

  it('tells that a file which is gone or is not JSON cannot be read', async () => {
    const invalid = next('invalid');
    renameSync(path, `${path}.old`);
    expect((await invalid)[0].code).to.equal('CONFIG_UNREADABLE');
    const again = next('invalid');
    folder.write('{');
    expect((await again)[0].message).to.include('is not JSON');
  });

  it('has told everything when reload resolves', async () => {
    change({ 'reengagement.enabled': true });
    await watch.reload();
    expect(history).to.deep.equal(['change']);
  });

  it('tells an invalid file again at each reload', async () => {
    folder.write('no');
    await watch.reload();
    await watch.reload();
    expect(history).to.deep.equal(['invalid', 'invalid']);
  });

  it('tells nothing when nothing changed', async () => {
    folder.write(JSON.stringify(exampleWith(), null, 8));
    await watch.reload();
    await watch.reload();
    expect(history).to.deep.equal([]);
  });

  it('says what needs a restart, keeps it as it was, and puts the rest into effect', async () => {
    const restart = next('restart');
    const changed = next('change');
    change({ 'database.host': 'db2', 'http.port': 9999, 'log.level': 'debug' });
    expect((await restart)[0]).to.have.members(['database.host', 'http.port']);
    const [config, paths] = await changed;
    expect(config.database.host).to.equal('127.0.0.1');
    expect(config.http.port).to.equal(8787);
    expect(config.log.level).to.equal('debug');
    expect(paths).to.deep.equal(['log.level']);
  });

  it('says nothing of a restart any more once the old address is back', async () => {
    change({ 'http.port': 9999 });
    await watch.reload();
    change({});
    await watch.reload();
    change({ 'reengagement.enabled': true });
    await watch.reload();
    expect(history).to.deep.equal(['restart', 'change']);
  });

  it('tells nothing more after close', async () => {
    change({ 'reengagement.enabled': true });
    const reload = watch.reload();
    watch.close();
    await reload;
    expect(history).to.deep.equal([]);
  });

  it('rejects a reload whose change cannot be put into effect, and reads on at the next one', async () => {
    told.once('change', () => {
      throw new Error('no');
    });
    change({ 'reengagement.enabled': true });
    const error: unknown = await watch.reload().catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(Error).with.property('message', 'no');
    change({ 'reengagement.enabled': true, 'reengagement.weekly_cap': 2 });
    await watch.reload();
    expect(history).to.deep.equal(['change', 'change']);
  });

  it('says so when the folder cannot be watched', () => {
    const errors: AppError[] = [];
    const ignore = (): void => undefined;
    watchConfig({
      path: `${folder.path}/none/reengaged.json`,
      env: {},
      initial: {} as Config,
      onChange: ignore,
      onInvalid: (error) => errors.push(error),
      onRestartNeeded: ignore,
    }).close();
    expect(errors[0]?.message).to.match(/no longer watched; send SIGHUP after a change: ENOENT/);
  });
});
