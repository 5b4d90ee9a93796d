import { expect } from 'chai';
import { newAction } from '../../src/queue/action.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { allActions, gate, NOON, useJournal } from './support.js';

const SEND = HOOKS.sendMessage;
const sends = (count: number) =>
  Array.from({ length: count }, (_, number) =>
    newAction(SEND, { customer_phone: `+346${String(number).padStart(8, '0')}` }, NOON),
  );

describe('a run by hand that is stopped', () => {
  const journal = useJournal();
  const statuses = async () => (await allActions(journal().database)).map((row) => row.status);

  // So many statements later; where exactly the run is then does not matter.
  for (const statements of [0, 1, 2, 3, 4, 5, 6, 7])
    it(`${statements} statements after its beginning gives back what it has claimed`, async () => {
      const { queue, runner } = journal().daemon({ [SEND]: { concurrency: () => 1 } });
      await queue.enqueueAll(sends(30));
      const run = runner.runDue([SEND]);
      for (let n = 0; n < statements; n++) await journal().database.ping();
      await runner.stop();
      expect(await statuses()).not.to.include('in-progress');
      const { done = 0 } = await run;
      expect(done, 'what was claimed while it stopped is not run').to.be.lessThan(10);
      expect((await statuses()).filter((status) => status === 'complete')).to.have.length(done);
    });

  it('begins no action that is run by hand afterwards', async () => {
    const { queue, runner } = journal().daemon();
    await runner.stop();
    expect(await queue.doAction(HOOKS.pruneActions)).to.equal(null);
    expect(await statuses()).to.deep.equal(['pending']);
  });

  it('tells how many actions have ended so far', async () => {
    const { queue, runner } = journal().daemon({ [SEND]: { concurrency: () => 1 } });
    await queue.enqueueAll(sends(3));
    const heard: number[] = [];
    await runner.runDue([SEND], (ended) => heard.push(ended));
    expect(heard).to.deep.equal([1, 2, 3]);
    const { handler, begun, open } = gate();
    const other = journal().daemon({ [HOOKS.pruneActions]: handler });
    await other.queue.dispatch(HOOKS.pruneActions, []);
    const run = other.runner.runDue(undefined, (ended) => heard.push(ended));
    await begun;
    expect(heard).to.have.length(3);
    open();
    await run;
    expect(heard).to.deep.equal([1, 2, 3, 1]);
  });
});
