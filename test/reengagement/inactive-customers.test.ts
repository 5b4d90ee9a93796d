import { expect } from 'chai';
import { DAY } from '../../src/lib/clock.js';
import { inactiveBefore } from '../../src/reengagement/inactive-customers.js';
import { NOW } from './facts.js';

describe('inactive customers', () => {
  it('are those whose last purchase is the threshold ago, or longer', () => {
    expect(inactiveBefore(NOW, 60)).to.equal(NOW - 60 * DAY);
  });
});
