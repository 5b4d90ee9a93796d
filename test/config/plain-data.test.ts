import { expect } from 'chai';
import { placeAt } from '../../src/config/plain-data.js';

describe('placeAt', () => {
  it('takes own properties only, whatever the name', () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const data: Record<string, unknown> = {};
      expect(placeAt(data, [name, 'polluted'], 'x')).to.equal(true);
      expect(JSON.stringify(data)).to.equal(`{"${name}":{"polluted":"x"}}`);
      for (const shared of [Object.prototype, Object]) expect(shared).not.to.have.property('polluted');
    }
  });
});
