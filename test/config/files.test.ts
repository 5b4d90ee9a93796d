import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import { configJsonSchema } from '../../src/config/json-schema.js';
import { loadConfig } from '../../src/config/load.js';
import { CATALOGUE } from '../../src/lib/errors.js';
import { EXAMPLE, SECRETS, temporaryFolder } from './support.js';

const root = new URL('../../', import.meta.url).pathname;
const read = (name: string): string => readFileSync(`${root}config/${name}`, 'utf8');

describe('the files in config/', () => {
  it('hold the JSON Schema of today', () => {
    expect(read('reengaged.schema.json')).to.equal(configJsonSchema());
  });

  it('hold a JSON Schema with descriptions and without our own marks', () => {
    const schema = JSON.parse(configJsonSchema()) as { properties: { shop: { properties: Record<string, object> } } };
    const shop = schema.properties.shop.properties;
    expect(shop['timeout_seconds']).to.deep.equal({
      default: 30,
      description: 'How long one request may take.',
      examples: [60],
      type: 'integer',
      minimum: 1,
      maximum: 600,
    });
    expect(shop['consumer_secret']).to.include({ writeOnly: true });
    expect(configJsonSchema()).not.to.match(/"(unit|wanted|placeholder)":/);
  });

  it('have a check that fails when one is stale, and a command that mends it', () => {
    const folder = temporaryFolder();
    const run = (...args: string[]) =>
      spawnSync(process.execPath, ['--import', 'tsx', `${root}src/config/write-generated.ts`, folder.path, ...args], {
        cwd: root,
        encoding: 'utf8',
      });
    expect(run().status).to.equal(0);
    expect(run('--check').status).to.equal(0);
    const names = ['reengaged.schema.json', 'README.md'];
    for (const name of names) folder.write('{}', name);
    const stale = run('--check');
    expect(stale.status).to.equal(1);
    const lines = names.map((name) => `${folder.path}/${name} is stale: run npm run schema and commit it.\n`);
    expect(stale.stderr).to.equal(lines.join(''));
    folder.remove();
  }).timeout(30_000);

  it('let systemd wait longer than the daemon drains, and not start a wrong configuration again', async () => {
    const unit = read('reengaged.service');
    const { config } = await loadConfig(EXAMPLE, SECRETS);
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).to.be.greaterThan(config.queue.drain_seconds);
    expect(unit).to.match(new RegExp(`^RestartPreventExitStatus=${CATALOGUE.CONFIG_INVALID.exit}$`, 'm'));
    expect(unit).to.match(/^ExecReload=\/bin\/kill -HUP \$MAINPID$/m);
  });

  it('let pm2 wait longer than the daemon drains, and not start a wrong configuration again', async () => {
    interface Pm2 {
      readonly apps: readonly {
        readonly kill_timeout: number;
        readonly stop_exit_codes: readonly number[];
        readonly instances: number;
      }[];
    }
    const [app] = (createRequire(import.meta.url)('../../config/ecosystem.config.cjs') as Pm2).apps;
    const { config } = await loadConfig(EXAMPLE, SECRETS);
    expect(app?.kill_timeout).to.be.greaterThan(config.queue.drain_seconds * 1_000);
    expect(app?.stop_exit_codes).to.include(CATALOGUE.CONFIG_INVALID.exit);
    expect(app?.instances).to.equal(1);
  });
});
