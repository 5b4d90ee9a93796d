import { expect } from 'chai';
import { drivenClock } from '../support/clock.js';

const START = Date.parse('2026-03-02T09:00:00Z');

describe('driven clock', () => {
  it('wakes sleepers in the order in which they are due, each at its own time', async () => {
    const clock = drivenClock('2026-03-02T09:00:00Z');
    const woken: [string, number][] = [];
    const sleeper = (name: string, ms: number) =>
      clock.sleep(ms).then(() => {
        woken.push([name, clock.now() - START]);
      });
    const all = Promise.all([sleeper('late', 300), sleeper('early', 100), sleeper('never yet', 900)]);
    await clock.advance(500);
    expect(woken).to.deep.equal([
      ['early', 100],
      ['late', 300],
    ]);
    expect(clock.now()).to.equal(START + 500);
    await clock.advanceTo(START + 900);
    await all;
  });

  it('wakes sleeps that begin while it advances', async () => {
    const clock = drivenClock('2026-03-02T09:00:00Z');
    const times: number[] = [];
    const loop = async () => {
      for (let n = 0; n < 5; n++) {
        await clock.sleep(100);
        times.push(clock.now() - START);
      }
    };
    const running = loop();
    await clock.advance(1_000);
    await running;
    expect(times).to.deep.equal([100, 200, 300, 400, 500]);
  });

  it('wakes nobody by a jump, and lets sleeps last as long as they were asked to', async () => {
    const clock = drivenClock('2026-03-02T09:00:00Z');
    let awake = false;
    const sleeping = clock.sleep(1_000).then(() => (awake = true));
    clock.set(START + 86_400_000);
    await clock.advance(999);
    expect(awake).to.equal(false);
    clock.set(START - 86_400_000);
    await clock.advance(1);
    await sleeping;
    expect(clock.now()).to.equal(START - 86_400_000 + 1);
  });

  it('ends a sleep at once when its signal aborts', async () => {
    const clock = drivenClock('2026-03-02T09:00:00Z');
    const abort = new AbortController();
    const sleeping = clock.sleep(1_000, abort.signal);
    abort.abort();
    await sleeping;
    await clock.sleep(1_000, abort.signal);
    expect(clock.now()).to.equal(START);
  });
});
