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
  it('is one line on a terminal, ended before what follows', async () => {
    const { written, clock, progress } = watched(true);
    progress.show({ read: 0, total: null });
    await clock.advance(2 * SECOND);
    progress.show({ read: 2_400, total: null });
    progress.show({ read: 2_400, total: 10_000 });
    progress.end();
    expect(written).to.deep.equal([
      'Read 2,400 orders, 1,200 a second',
      'Read 2,400 of 10,000 orders, 1,200 a second',
      '\n',
    ]);
  });

  it('is a line after two seconds and then every ten elsewhere', async () => {
    const { written, clock, progress } = watched(false);
    for (let second = 1; second <= 25; second++) {
      await clock.advance(SECOND);
      progress.show({ read: second * 100, total: 10_000 });
    }
    progress.end();
    expect(written).to.deep.equal([
      'Read 200 of 10,000 orders, 100 a second\n',
      'Read 1,200 of 10,000 orders, 100 a second\n',
      'Read 2,200 of 10,000 orders, 100 a second\n',
    ]);
  });
});
