import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { useCli, type CliWorld } from '../cli/support.js';
import { useDatabase } from '../support/database.js';

const ROOT = new URL('../../', import.meta.url).pathname;
const NOT_COPIED = new Set(['node_modules', 'dist', '.git', 'coverage']);
const CUSTOMER = '+34600111222';
const run = promisify(execFile);

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** The package as it would be published, installed into an empty folder beside nothing but what it depends on. */
describe('the package', function () {
  this.timeout(120_000);
  const database = useDatabase();
  const cli = useCli(database.options);
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  let folder = '';
  let installed = '';
  let packed: Packed;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'reengaged-pack-'));
    const source = join(folder, 'source');
    cpSync(ROOT, source, { recursive: true, filter: (path) => !NOT_COPIED.has(basename(path)) });
    symlinkSync(join(ROOT, 'node_modules'), join(source, 'node_modules'));
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: source });
    // What prepack prints comes before.
    [packed] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as [Packed];
    installed = join(folder, 'shop/node_modules/reengaged');
    mkdirSync(installed, { recursive: true });
    await run('tar', ['-xzf', join(folder, packed.filename), '--strip-components=1', '-C', installed]);
    for (const name of [...Object.keys(manifest.dependencies), '@types/node', 'undici-types']) {
      const link = join(folder, 'shop/node_modules', name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules', name), link);
    }
  });

  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const program = (...args: string[]) =>
    run(process.execPath, [join(installed, 'dist/cli/main.js'), ...args], { cwd: join(folder, 'shop') });

  it('contains what runs, and nothing else', () => {
    const kinds = new Set(packed.files.map(({ path }) => path.replace(/^dist\/.*\.(js|d\.ts)$/, 'dist/*.$1')));
    expect([...kinds].sort()).to.deep.equal([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'config/README.md',
      'config/ecosystem.config.cjs',
      'config/reengaged.example.json',
      'config/reengaged.schema.json',
      'config/reengaged.service',
      'dist/*.d.ts',
      'dist/*.js',
      'drizzle/0000_initial.sql',
      'drizzle/meta/0000_snapshot.json',
      'drizzle/meta/_journal.json',
      'package.json',
    ]);
    expect(packed.files.filter(({ path }) => /sandbox|demo|test|write-/.test(path))).to.deep.equal([]);
  });

  it('runs without anything that only its development needs', async () => {
    expect((await program('--version')).stdout).to.equal(`${manifest.version}\n`);
    const config = cli().config();
    expect((await program('migrate', '--config', config)).stdout).to.contain('Nothing to do');
    expect((await program('sync', '--config', config)).stdout).to.contain('read');
  });

  it("is embedded by the README's example, which compiles as it stands and does what it says", async () => {
    const shop = join(folder, 'shop');
    const config = cli().config({ reengagement: { ...quiet(cli()), enabled: false } });
    mkdirSync(join(shop, 'config'));
    cpSync(config, join(shop, 'config/reengaged.json'));
    cli().order(CUSTOMER, 90);
    await program('sync', '--config', config);
    writeFileSync(join(shop, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(shop, 'example.ts'), readmeExample());
    writeFileSync(
      join(shop, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: { target: 'es2023', module: 'nodenext', strict: true, types: ['node'], skipLibCheck: true },
        files: ['example.ts'],
      }),
    );
    await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', shop], { cwd: shop });
    const { stdout } = await run(process.execPath, ['example.js'], { cwd: shop });
    expect(stdout).to.match(/sent: 1/);
    expect(cli().whatsapp.accepted.map(({ to }) => to.replace(/^\+?/, '+'))).to.deep.equal([CUSTOMER]);
    const written = JSON.parse(readFileSync(join(shop, 'config/reengaged.json'), 'utf8')) as {
      reengagement: Record<string, unknown>;
    };
    expect(written.reengagement).to.include({ enabled: true, inactivity_threshold: 45 });
  });
});

/** The tests run at any hour. */
function quiet(world: CliWorld): object {
  return world.settings()['reengagement'] ?? {};
}

/** The one TypeScript example of the README. */
function readmeExample(): string {
  const [, code, more] = readFileSync(join(ROOT, 'README.md'), 'utf8').split(/^```ts$([^]*?)^```$/m);
  if (code === undefined || more?.includes('```ts') === true)
    throw new Error('The README has not exactly one example.');
  return code;
}
