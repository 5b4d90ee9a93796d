import { expect } from 'chai';
import { leakedConnections, stopTestServer } from './server.js';

let leaked = 0;

export const mochaHooks = {
  async afterAll() {
    leaked = await leakedConnections();
    expect(leaked, 'connections that a test has left open').to.equal(0);
  },
};

export async function mochaGlobalTeardown(): Promise<void> {
  await stopTestServer();
  // The forgotten pool would keep this process alive for ever; its failure has been reported above.
  if (leaked > 0) process.exit(1);
}
