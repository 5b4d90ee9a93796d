import { expect } from 'chai';
import { runCommandLine } from '../../src/cli/program.js';
import { systemClock } from '../../src/lib/clock.js';
import { recordingTerminal } from './recording-terminal.js';

/** In this process: what is typed wrong is found before anything is opened. */
async function typed(...args: string[]) {
  const { terminal, out, err } = recordingTerminal();
  const before = process.exitCode;
  try {
    await runCommandLine(args, { terminal, clock: systemClock });
    return { code: process.exitCode, out: out(), err: err() };
  } finally {
    process.exitCode = before;
  }
}

describe('a command that was typed wrong ends with 64 and says', () => {
  const SEND = 'wch_send_reengagement_message';
  const cases: [name: string, args: string[], words: string][] = [
    ['which command was meant', ['migrat'], 'Did you mean migrate?'],
    ['which hook was meant', ['do', 'wch_send_reengagment_message'], `did you mean ${SEND}?`],
    ['which hook there is not', ['run', '--hooks=wch_check_back_in_stock,nonsense'], 'There is no hook nonsense.'],
    ['that a hook stands twice', ['run', `--hooks=${SEND},${SEND}`], 'A hook stands twice in --hooks.'],
    ['that the hooks are missing', ['run'], "required option '--hooks <names>' not specified"],
    [
      'where JSON ends to be JSON',
      ['do', SEND, '{"customer_phone": "+34600111222",}'],
      'not JSON, in line 1, column 35',
    ],
    ['that arguments are an object', ['do', SEND, '5'], 'The arguments have to be a JSON object'],
    ['which statuses there are', ['actions', '--status', 'done'], 'Allowed choices are pending, in-progress, complete'],
    ['that a limit is a number', ['actions', '--limit', 'all'], '--limit has to be a whole number above zero.'],
    ['that a product is a number', ['track-view', '7', '+34600111222'], 'The product has to be a whole number'],
    ['that the source is missing', ['consent', 'grant', '+34600111222'], "required option '--source <text>'"],
    ['that the source is empty', ['consent', 'grant', '1', '--source', ' '], '--source has to say where they said so.'],
  ];
  for (const [name, args, words] of cases)
    it(name, async () => {
      const { code, out, err } = await typed(...args);
      expect({ code, out }).to.deep.equal({ code: 64, out: '' });
      expect(err).to.contain(words).and.not.to.contain('34600111222');
    });
});

describe('a file that cannot be read', () => {
  it('is named, with an exit code of its own', async () => {
    const config = await typed('actions', '--config', '/nowhere/reengaged.json');
    expect(config.code).to.equal(78);
    expect(config.err).to.match(
      /^error: The configuration file \/nowhere\/reengaged.json does not exist\.\nCheck the path/,
    );
    const list = await typed('consent', 'import', '/nowhere/list.csv');
    expect(list.code).to.equal(66);
    expect(list.err).to.equal('error: /nowhere/list.csv does not exist.\nCheck the path and its permissions.');
  });

  it('is told with the place in the code with --debug only', async () => {
    const { err } = await typed('actions', '--debug', '--config', '/nowhere/reengaged.json');
    expect(err)
      .to.match(/\n +at .*load\.ts:\d+/)
      .and.to.contain('caused by: Error: ENOENT');
  });
});

describe('help', () => {
  it('lists the commands, and --version is that of the package', async () => {
    expect((await typed('--help')).out).to.contain('track-view');
    expect((await typed('--version')).out).to.match(/^\d+\.\d+\.\d+$/);
  });
});
