import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { assertNoFaults, importedInWords, readListFile, readPhones, type Fault } from '../../src/cli/list-file.js';
import { reportFailure } from '../../src/cli/failure.js';
import { runCommandLine } from '../../src/cli/program.js';
import { createPhoneReader } from '../../src/cli/typed-phone.js';
import { systemClock } from '../../src/lib/clock.js';
import { AppError } from '../../src/lib/errors.js';

function terminalInto(err: string[]) {
  const said = (text: string) => err.push(text);
  return { out: said, err: said, rewrite: () => undefined, redact: () => undefined, isWatched: false };
}

describe('the file of a list', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'reengaged-list-'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });
  const write = (content: string | Buffer) => {
    const path = join(folder, 'list.csv');
    writeFileSync(path, content);
    return path;
  };

  it('may carry a byte order mark and CRLF', async () => {
    expect(await readListFile(write('\ufeffphone\r\n1\r\n'))).to.equal('phone\r\n1\r\n');
  });

  /** Found before the configuration is looked for. */
  async function imported(list: 'consent' | 'views', path: string) {
    const err: string[] = [];
    const before = process.exitCode;
    try {
      const args = [list, 'import', path, '--config', '/nowhere/reengaged.json'];
      await runCommandLine(args, { terminal: terminalInto(err), clock: systemClock });
      return { code: process.exitCode, err: err.join('\n') };
    } finally {
      process.exitCode = before;
    }
  }

  const UTF16 = Buffer.from('\ufeffphone,product,time', 'utf16le');
  const unusable: [name: string, make: () => string, code: number, words: string][] = [
    ['does not exist', () => join(folder, 'nothing.csv'), 66, 'nothing.csv does not exist.'],
    [
      'is a folder',
      () => {
        mkdirSync(join(folder, 'lists'), { recursive: true });
        return join(folder, 'lists');
      },
      66,
      'lists is a folder.',
    ],
    ['cannot be read', () => join(write('phone'), 'list.csv'), 66, 'list.csv cannot be read (ENOTDIR).'],
    ['is UTF-16', () => write(UTF16), 65, 'is UTF-16 or no text at all; save it as CSV in UTF-8.'],
    ['is UTF-16 the other way round', () => write(Buffer.from(UTF16).swap16()), 65, 'is UTF-16 or no text at all'],
    ['is UTF-16 without its mark', () => write(UTF16.subarray(2)), 65, 'is UTF-16 or no text at all'],
    ['is Latin-1', () => write(Buffer.from('phone,decision,source\n1,grant,caf\u00e9', 'latin1')), 65, 'is not UTF-8'],
    ['is empty', () => write(''), 65, 'line 1: the file is empty; the header has to be phone,'],
    ['has semicolons', () => write('phone;product;time\n1;2;3'), 65, 'line 1: the'],
  ];
  for (const list of ['consent', 'views'] as const)
    for (const [name, make, code, words] of unusable)
      it(`of ${list} that ${name} is refused in a sentence`, async () => {
        const done = await imported(list, make());
        expect(done.code).to.equal(code);
        expect(done.err).to.contain(words).and.not.to.contain('/nowhere');
      });
});

describe('the phones of a list', () => {
  const spain = { phoneCountry: () => Promise.resolve('ES') };

  it('are read each once, and the wrong ones named by their lines', async () => {
    const lines = ['600 111 222', '12', '+34600111333'].map((phone, index) => ({ line: index + 2, phone }));
    const heard: number[] = [];
    const { lines: read, faults } = await readPhones(lines, createPhoneReader(spain), (count) => heard.push(count));
    expect(read).to.deep.equal([
      { line: 2, phone: '+34600111222' },
      { line: 4, phone: '+34600111333' },
    ]);
    expect(faults.map(([line]) => line)).to.deep.equal([3]);
    expect(heard).to.deep.equal([1, 2, 3]);
  });

  it('let others have their turn', async () => {
    const lines = Array.from({ length: 5_000 }, (_, index) => ({ line: index + 2, phone: '600111222' }));
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 0);
    await readPhones(lines, createPhoneReader(spain), () => undefined);
    clearInterval(timer);
    expect(turns).to.be.greaterThan(0);
  });
});

describe('the faults of a list', () => {
  const many = (count: number): Fault[] =>
    Array.from({ length: count }, (_, index) => [count + 1 - index, 'x'.repeat(90)]);

  it('are told in the order of their lines, fifty of them by name', () => {
    const err: string[] = [];
    try {
      assertNoFaults('list.csv', many(1_234));
    } catch (error) {
      expect(reportFailure(error, terminalInto(err), false)).to.equal(65);
    }
    expect(err.slice(0, 2)).to.deep.equal(['error: list.csv has 1,234 faults:', `  line 2: ${'x'.repeat(90)}`]);
    expect(err.slice(-3)).to.deep.equal([
      `  line 51: ${'x'.repeat(90)}`,
      '  and 1,184 more',
      'Nothing was written: correct the file and import it again.',
    ]);
  });

  it('are none where there are none', () => {
    expect(() => {
      assertNoFaults('list.csv', []);
    }).not.to.throw(AppError);
  });
});

describe('the report of an import', () => {
  it('says what was new and what was known', () => {
    expect(importedInWords(1, 0, 'view')).to.equal('1 view noted.');
    expect(importedInWords(1_200, 1, 'view')).to.equal('1,200 views noted; 1 was known already.');
    expect(importedInWords(0, 2_000, 'view')).to.equal('0 views noted; 2,000 were known already.');
    expect(importedInWords(0, 0, 'view')).to.equal('The list holds nothing but its header: there is nothing to note.');
  });
});
