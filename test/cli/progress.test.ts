import { expect } from 'chai';
import { createProgress } from '../../src/cli/progress.js';
import { SECOND } from '../../src/lib/clock.js';
import { createDrivenClock } from '../../src/sandbox/driven-clock.js';

function watched(isWatched: boolean) {
  const written: string[] = [];
  const terminal = {
    out: () => undefined,
    err: (text: string) => written.push(`${text}\n`),
    rewrite: (text: string) => written.push(text),
    redact: () => undefined,
    isWatched,
  };
  const clock = createDrivenClock(0);
  return { written, clock, progress: createProgress(terminal, clock, 'Read', 'order') };
}

describe('the progress of what takes over two seconds', () => {
  it('is one line on a terminal, with the time left, ended before what follows', async () => {
    const { written, clock, progress } = watched(true);
    progress.show({ read: 0, total: null });
    await clock.advance(2 * SECOND);
    progress.show({ read: 2_400, total: null });
    progress.show({ read: 2_400, total: 10_000 });
    progress.show({ read: 2_400, total: 220_000 });
    progress.show({ read: 2_400, total: 20_000_000 });
    progress.show({ read: 10_000, total: 10_000 });
    progress.end();
    expect(written).to.deep.equal([
      'Read 2,400 orders, 1,200 a second',
      'Read 2,400 of 10,000 orders, 1,200 a second, less than a minute left',
      'Read 2,400 of 220,000 orders, 1,200 a second, about 3 minutes left',
      'Read 2,400 of 20,000,000 orders, 1,200 a second, about 4 hours left',
      'Read 10,000 of 10,000 orders, 5,000 a second',
      '\n',
    ]);
    for (const line of written) expect(line.length).to.be.at.most(80);
  });

  it('is a line after two seconds and then one a minute elsewhere', async () => {
    const { written, clock, progress } = watched(false);
    for (let second = 1; second <= 130; second++) {
      await clock.advance(SECOND);
      progress.show({ read: second * 100, total: null });
    }
    progress.end();
    expect(written).to.deep.equal([
      'Read 200 orders, 100 a second\n',
      'Read 6,200 orders, 100 a second\n',
      'Read 12,200 orders, 100 a second\n',
    ]);
  });

  it('shows the pace that the work tells of itself', async () => {
    const { written, clock, progress } = watched(true);
    await clock.advance(2 * SECOND);
    progress.show({ read: 600, total: 3_000, perSecond: 20, leftMs: 120 * SECOND });
    expect(written).to.deep.equal(['Read 600 of 3,000 orders, 20 a second, about 2 minutes left']);
  });
});
