import { expect } from 'chai';
import { ENDINGS, SEND_ERRORS, type EndingName } from '../../src/reengagement/endings.js';

const rules = Object.entries(ENDINGS) as [EndingName, (typeof ENDINGS)[EndingName]][];
const named = (which: (rule: (typeof ENDINGS)[EndingName]) => boolean) =>
  rules.filter(([, rule]) => which(rule)).map(([name]) => name);

/** What has to hold between the columns of the table; test/db/settle.test.ts writes every row of it down. */
describe('the table of endings', () => {
  it('counts an attempt only where something failed', () => {
    expect(named((rule) => rule.countsAttempt)).to.have.members(['retried', 'refused', 'broken']);
  });

  it('settles the product views only where the message went out or may have', () => {
    expect(named((rule) => rule.answersViews)).to.have.members(['accepted', 'unknown']);
    expect(named((rule) => rule.log === 'sent' || rule.log === 'unknown')).to.have.members(['accepted', 'unknown']);
  });

  it('keeps the key of whatever was sent, may have been, or will be', () => {
    for (const [name, rule] of rules) {
      const isSend = rule.log !== 'kept';
      const wasOrWill = rule.action === 'pending' || rule.log === 'sent' || rule.log === 'unknown';
      if (isSend) expect(rule.uniqueKey, name).to.equal(wasOrWill ? 'kept' : 'given up');
    }
  });

  it('never sends again what may have gone out', () => {
    for (const [name, rule] of rules)
      if (rule.log === 'sent' || rule.log === 'unknown') expect(rule.action, name).to.equal('complete');
  });

  it('holds a slot while it waits only where the POST was tried or the world is out', () => {
    expect(named((rule) => rule.action === 'pending' && rule.log === 'reserved')).to.have.members([
      'retried',
      'outage',
    ]);
    expect(named((rule) => rule.action === 'pending' && rule.log === 'removed')).to.have.members(['deferred']);
  });

  it('gives the slot back with every other ending that sent nothing', () => {
    const over = named((rule) => rule.action !== 'pending' && rule.log !== 'kept');
    expect(over.filter((name) => ['failed', 'removed'].includes(ENDINGS[name].log))).to.have.members([
      'skipped',
      'invalid',
      'refused',
      'declined',
    ]);
  });
});

describe('the errors of a send', () => {
  it('are the documented ones, to the letter', () => {
    expect(SEND_ERRORS).to.include({
      missing_phone: 'Missing customer phone',
      customer_not_found: 'Customer not found',
      frequency_cap: 'Frequency cap reached',
      no_content: 'Failed to build message content',
      not_initialized: 'WhatsApp API client not initialized',
    });
  });
});
