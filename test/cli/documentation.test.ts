import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect } from 'chai';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.js';
import { systemClock } from '../../src/lib/clock.js';
import { useDatabase } from '../support/database.js';
import { builtProgram } from '../support/program.js';
import { commandLineHere } from './in-process.js';
import { recordingTerminal } from './recording-terminal.js';
import { useCli } from './support.js';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
/** Every command that does something, by its full name, with its help. */
function commands(
  of: Command = createProgram({ terminal: recordingTerminal().terminal, clock: systemClock }),
  path = '',
): Map<string, string> {
  const found = new Map<string, string>();
  for (const command of of.commands) {
    const name = `${path} ${command.name()}`.trim();
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) });
    command.outputHelp();
    found.set(name, help);
    for (const [inner, text] of commands(command, name)) found.set(inner, text);
  }
  return found;
}

/** The lines under `Example:`, as one would paste them into a shell. */
function examples(help: string): string[] {
  const [, shown = ''] = help.split(/\nExamples?:\n/);
  return shown.split(/\n(?= {2}reengaged )/).map((example) => example.replace(/^ {2}/, '').trim());
}

describe('help', () => {
  for (const [name, help] of commands())
    it(`of ${name} says what it does, has an example of it and fits 80 columns`, () => {
      expect(help).to.match(new RegExp(`^Usage: reengaged ${name}`));
      expect(help.split('\n')[2]).to.match(/^[A-Z].{20}/);
      expect(examples(help)[0]).to.match(new RegExp(`^reengaged ${name}( |$)`));
      expect(help.split('\n').filter((line) => line.length > 80)).to.deep.equal([]);
    });
});

describe('the README', () => {
  const table = [...README.matchAll(/^\| `reengaged ([^`]+)`/gm)].map(([, usage = '']) => usage);

  it('lists every command, and none that does not exist', () => {
    const documented = table.flatMap((usage) => {
      const [first = '', second = ''] = usage.split(' ');
      return /^[a-z\\|-]+$/.test(second) && second.length > 1
        ? second.split('\\|').map((word) => `${first} ${word}`)
        : [first];
    });
    const leaves = [...commands().keys()].filter(
      (name, _index, all) => !all.some((other) => other.startsWith(`${name} `)) || documented.includes(name),
    );
    expect(documented.sort()).to.deep.equal(leaves.sort());
  });
});

describe('every command that the README or a help page shows', function () {
  this.timeout(240_000);
  const database = useDatabase();
  const cli = useCli(database.options);
  let folder = '';

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'reengaged-docs-'));
    const bin = join(folder, 'reengaged');
    writeFileSync(bin, `#!/bin/sh\nexec "${process.execPath}" "${await builtProgram()}" "$@"\n`);
    chmodSync(bin, 0o755);
    mkdirSync(join(folder, 'config'));
    writeFileSync(join(folder, 'config/reengaged.json'), JSON.stringify(cli().settings(), null, 2));
    cli().order('+34600111222', 90);
    cli().order('+12345678900', 90);
    writeFileSync(join(folder, 'consent.csv'), 'phone,decision,source\n+34600111222,grant,paper form\n');
    writeFileSync(join(folder, 'newsletter.csv'), 'phone,decision,source\n+34600111222,grant,newsletter\n');
    writeFileSync(
      join(folder, 'views.csv'),
      `phone,product,time\n+34600111222,${cli().product},2026-02-10T11:00:00Z\n`,
    );
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** In this process: starting the program takes longer than most commands. For lines that need no shell to be read. */
  const here = async (line: string) => {
    const cwd = process.cwd();
    process.chdir(folder);
    try {
      const [, ...args] = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
      const { code, out, err } = await commandLineHere(args, systemClock);
      return { code, text: `${out}\n${err}` };
    } finally {
      process.chdir(cwd);
    }
  };
  const shell = async (line: string) => {
    const env = { ...process.env, PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}` };
    const child = spawn('bash', ['-euc', line], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, text };
  };

  /** The daemon runs until it is stopped, and has tests of its own. */
  const endless = (line: string) => /^reengaged start/.test(line);
  const fromReadme = [...README.matchAll(/^ *```sh\n([^]*?)^ *```$/gm)]
    .flatMap(([, block = '']) => block.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line.startsWith('reengaged') && !endless(line));
  const fromHelp = [...commands().values()].flatMap(examples).filter((line) => line !== '' && !endless(line));

  for (const line of [...new Set(fromReadme)])
    it(`README: ${line}`, async () => {
      const { code, text } = await shell(line.replace(/\s+#.*$/, ''));
      expect(code, text).to.be.oneOf([0]);
    });

  for (const line of [...new Set(fromHelp)])
    it(`help: ${line.replaceAll(/\s+/g, ' ')}`, async () => {
      const meant = line.replace(/--config \S+/, '').replace(/\b1042\b/g, String(cli().product));
      const { code, text } = await (/[|<>;&$`*'\\]/.test(meant) ? shell(meant) : here(meant));
      // An example may name an action that is not there, or a message that may not go.
      expect(code, text).to.be.oneOf([0, 1, 66]);
    });
});
