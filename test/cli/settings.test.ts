import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { runCommandLine } from '../../src/cli/program.js';
import { systemClock } from '../../src/lib/clock.js';
import { useDatabase } from '../support/database.js';
import { useCli } from './support.js';
import { recordingTerminal } from './recording-terminal.js';

const EXAMPLE = readFileSync(new URL('../../config/reengaged.example.json', import.meta.url), 'utf8');
const THRESHOLD = 'reengagement.inactivity_threshold';
const VARIABLE = 'REENGAGED_REENGAGEMENT__INACTIVITY_THRESHOLD';

describe('reengaged settings', () => {
  let folder: string;
  let config: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'reengaged-settings-'));
    config = join(folder, 'reengaged.json');
    writeFileSync(config, EXAMPLE);
  });
  afterEach(() => {
    Reflect.deleteProperty(process.env, VARIABLE);
    rmSync(folder, { recursive: true, force: true });
  });

  /** In this process: nothing but the file is needed, no database, no shop and none of the example's secrets. */
  async function settings(...args: string[]) {
    const { terminal, out, err } = recordingTerminal();
    const before = process.exitCode;
    process.exitCode = 0;
    try {
      await runCommandLine(['settings', ...args, '--config', config], { terminal, clock: systemClock });
      return { code: process.exitCode, out: out(), err: err() };
    } finally {
      process.exitCode = before;
    }
  }
  const json = async (...args: string[]): Promise<unknown> => JSON.parse((await settings(...args, '--json')).out);
  const content = () => readFileSync(config, 'utf8');

  describe('get', () => {
    it('prints a value bare, and what is no value as JSON', async () => {
      expect(await settings('get', 'reengagement.send_time')).to.deep.equal({ code: 0, out: '09:00', err: '' });
      expect((await settings('get', THRESHOLD)).out).to.equal('60');
      expect((await settings('get', 'http')).out).to.equal('{\n  "host": "127.0.0.1",\n  "port": 8787\n}');
      expect((await settings('get', 'database.socket')).out).to.equal('');
    });

    it('prints JSON with --json', async () => {
      expect(await json('get', 'reengagement.send_time')).to.equal('09:00');
      expect(await json('get', 'database.socket')).to.equal(null);
    });

    it('prints where a secret is kept, and no secret', async () => {
      expect((await settings('get', 'shop.consumer_key')).out).to.equal('env:WOOCOMMERCE_KEY');
      writeFileSync(config, EXAMPLE.replace('env:WOOCOMMERCE_KEY', 'ck_hunter2'));
      expect((await settings('get', 'shop.consumer_key')).out).to.equal('[redacted]');
      expect((await settings('get', 'shop')).out).not.to.contain('hunter2');
    });

    it('tells the nearest neighbour of an unknown key, and ends with 64', async () => {
      expect(await settings('get', 'reengagement.inactivity_treshold')).to.deep.equal({
        code: 64,
        out: '',
        err: `error: There is no setting reengagement.inactivity_treshold: did you mean ${THRESHOLD}?\nSee reengaged settings list, or config/README.md.`,
      });
    });

    it('tells the faults of a file, and ends with 78', async () => {
      writeFileSync(config, EXAMPLE.replace('"inactivity_threshold": 60', '"inactivity_threshold": "sixty"'));
      const { code, out, err } = await settings('get', 'reengagement.enabled');
      expect({ code, out }).to.deep.equal({ code: 78, out: '' });
      expect(err).to.contain(`${THRESHOLD}: found "sixty" (string)`);
    });

    it('without a key is list', async () => {
      expect(await settings('get')).to.deep.equal(await settings('list'));
    });
  });

  describe('list', () => {
    it('prints a line a setting in 80 columns, those that are set first', async () => {
      process.env[VARIABLE] = '30';
      const { out } = await settings('list');
      const lines = out.split('\n');
      expect(lines.filter((line) => line.length > 80 && !line.includes(folder))).to.deep.equal([]);
      const at = (pattern: RegExp) => lines.findIndex((line) => pattern.test(line));
      expect(at(/^reengagement\.enabled +false +file$/)).to.be.greaterThan(0);
      expect(at(/^queue\.poll_seconds +5 +default$/)).to.be.greaterThan(at(/^reengagement\.enabled /));
      expect(at(/^reengagement\.inactivity_threshold +30 +environment$/)).to.be.greaterThan(0);
      expect(at(new RegExp(`^ {2}${VARIABLE}$`))).to.equal(lines.length - 1);
      expect(out).to.match(/^whatsapp\.access_token +"env:WHATSAPP_TOKEN" +file$/m);
    });

    it('prints the value and the source of each with --json', async () => {
      process.env[VARIABLE] = '30';
      expect(await json('list')).to.deep.include({
        'reengagement.enabled': { value: false, source: 'file' },
        'queue.poll_seconds': { value: 5, source: 'default' },
        'database.socket': { value: null, source: 'default' },
        [THRESHOLD]: { value: 30, source: 'environment', variable: VARIABLE },
      });
    });
  });

  describe('set', () => {
    it('writes a value of the kind that is wanted, and says so', async () => {
      expect(await settings('set', THRESHOLD, '45')).to.deep.equal({
        code: 0,
        out: `${THRESHOLD} is now 45; it was 60.\nA daemon that runs takes it up now.`,
        err: '',
      });
      expect(content()).to.equal(EXAMPLE.replace('"inactivity_threshold": 60', '"inactivity_threshold": 45'));
      expect(await json('set', 'whatsapp.unnamed_customer', 'dear friend')).to.deep.equal({
        key: 'whatsapp.unnamed_customer',
        changed: true,
        before: 'there',
        value: 'dear friend',
        overridden_by: [],
        at_next_start: false,
      });
    });

    it('refuses a value of another kind with 64, and writes nothing', async () => {
      expect(await settings('set', THRESHOLD, '"45"')).to.deep.equal({
        code: 64,
        out: '',
        err: `error: ${config}, with this change, has a fault:\n  ${THRESHOLD}: found "45" (string); wanted a whole number of days, 1 to 3650\nNothing was written; config/README.md says what each setting may be.`,
      });
      expect(content()).to.equal(EXAMPLE);
    });

    it('says that a value is the same already', async () => {
      expect((await settings('set', THRESHOLD, '60')).out).to.equal(`${THRESHOLD} is 60 already; nothing was written.`);
    });

    it('says which variable wins, and what waits for the next start', async () => {
      process.env[VARIABLE] = '30';
      expect((await settings('set', THRESHOLD, '45')).out).to.equal(
        `${THRESHOLD} is now 45; it was 60.\nThe environment wins over it until this is taken away:\n  ${VARIABLE}`,
      );
      expect((await settings('set', 'http.port', '9000')).out).to.equal(
        'http.port is now 9000; it was 8787.\nThe daemon takes it at its next start.',
      );
    });

    it('warns of a secret in plain text, and says it to nobody', async () => {
      const { code, out, err } = await settings('set', 'shop.consumer_key', 'ck_hunter2');
      expect({ code, out }).to.deep.equal({
        code: 0,
        out: 'shop.consumer_key is changed; secrets are not shown.\nA daemon that runs takes it up now.',
      });
      expect(err).to.contain('warning: shop.consumer_key stands as plain text').and.not.to.contain('hunter2');
      expect(content()).to.contain('ck_hunter2');
      expect((await settings('set', 'shop.consumer_key', 'env:WOOCOMMERCE_KEY')).out).not.to.contain('hunter2');
    });

    it('is undone by unset, after which the default holds', async () => {
      await settings('set', 'reengagement.weekly_cap', '2');
      expect((await settings('unset', 'reengagement.weekly_cap')).out).to.equal(
        'reengagement.weekly_cap is back at its default, 1.\nA daemon that runs takes it up now.',
      );
      expect(content()).to.equal(EXAMPLE);
      expect((await settings('unset', 'reengagement.weekly_cap')).out).to.equal(
        'reengagement.weekly_cap is not in the file; nothing was written.',
      );
    });
  });
});

describe('reengaged settings, beside a daemon', function () {
  this.timeout(60_000);
  const database = useDatabase();
  const cli = useCli(database.options);

  it('has a change taken up at once', async () => {
    const config = cli().config({ reengagement: { enabled: false } });
    const daemon = cli().start(config);
    await daemon.logged('Started');
    const { code, out, err } = await cli().run(config, 'settings', 'set', 'reengagement.enabled', 'true');
    expect({ code, err }).to.deep.equal({ code: 0, err: '' });
    expect(out).to.equal('reengagement.enabled is now true; it was false.\nA daemon that runs takes it up now.\n');
    expect(await daemon.logged('The configuration has changed')).to.deep.include({ changed: ['reengagement.enabled'] });
    daemon.child.kill('SIGTERM');
    expect((await daemon.ended).code).to.equal(0);
  });

  it('shows no secret, neither bare nor as JSON', async () => {
    const config = cli().config();
    for (const args of [['list', '--json'], ['get', 'shop'], ['list']]) await cli().run(config, 'settings', ...args);
    const { text, secrets } = cli.written();
    expect(text).to.contain('[redacted]');
    for (const secret of secrets) expect(text).not.to.contain(secret);
  });
});
