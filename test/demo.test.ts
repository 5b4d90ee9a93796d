import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { runChild } from './support/child.js';

const DEMO = '../../src/demo.ts';
const CAMPAIGN_TYPES = ['back_in_stock', 'price_drop', 'loyalty_reward', 'new_arrivals', 'we_miss_you'];

describe('the demo', function () {
  this.timeout(60_000);
  const { REENGAGED_TEST_DATABASE_URL: named, TMPDIR: temporary } = process.env;
  let folder: string;

  /** With a database of its own: that it leaves none behind is part of what is tried. */
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'demo-'));
    process.env['TMPDIR'] = folder;
    delete process.env['REENGAGED_TEST_DATABASE_URL'];
  });
  after(() => {
    restore('TMPDIR', temporary);
    restore('REENGAGED_TEST_DATABASE_URL', named);
    rmSync(folder, { recursive: true });
  });

  function expectNothingLeft(): void {
    // tsx keeps what it has compiled.
    expect(readdirSync(folder).filter((name) => !name.startsWith('tsx-'))).to.deep.equal([]);
    const processes = execFileSync('ps', ['-A', '-ww', '-o', 'args='], { encoding: 'utf8' }).split('\n');
    expect(processes.filter((args) => args.includes(folder))).to.deep.equal([]);
  }

  it('shows a whole day in 80 columns, ends well and leaves nothing behind', async () => {
    const { code, lines, errors } = await runChild(DEMO, []);
    expect({ code, errors }).to.deep.equal({ code: 0, errors: '' });
    const text = lines.join('\n');

    for (const type of CAMPAIGN_TYPES) {
      expect(lines.filter((line) => line.includes(`╭─ ${type} ─`))).to.have.length.of.at.least(1);
      expect(countIn(lines, type), `planned as ${type}`).to.be.above(0);
    }
    const planned = CAMPAIGN_TYPES.reduce((sum, type) => sum + countIn(lines, type), 0);
    const skipped = ['no_consent', 'opted_out', 'us_number', 'frequency_cap'].map((reason) => countIn(lines, reason));
    expect(Math.min(...skipped)).to.be.above(0);
    const inactive = Number(/(\d+) of \d+ customers have bought nothing/.exec(text)?.[1]);
    expect(planned + skipped.reduce((sum, count) => sum + count)).to.equal(inactive);

    expect(text).to.match(/14:00 ✓/);
    expect(text).to.contain('{"success":false, "error":"Frequency cap reached"}');
    expect(text).to.match(/\b0 failed\b/);
    expect(text).not.to.match(/\u001b|\+\d{7}/);
    expect(lines.filter((line) => line.length > 80)).to.deep.equal([]);
    expectNothingLeft();
  });

  it('cleans up when it is interrupted', async () => {
    const end = await runChild(DEMO, [], (line, child) => {
      if (line.includes('orders')) child.kill('SIGINT');
    });
    expect(end.code).to.equal(130);
    expect(end.lines.join('\n')).not.to.contain('Left behind');
    expectNothingLeft();
  });
});

/** The number of the first row with this name. */
function countIn(lines: readonly string[], name: string): number {
  const row = lines.map((line) => new RegExp(`^ {2}${name} +(\\d+) `).exec(line)).find((match) => match !== null);
  return Number(row?.[1]);
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) Reflect.deleteProperty(process.env, name);
  else process.env[name] = value;
}
