import { writeSync } from 'node:fs';
import { migrate } from '../../src/db/migrate.js';
import type { DatabaseOptions } from '../../src/db/session.js';

/**
 * A process that migrates: `node --import tsx migrate-child.ts '<DatabaseOptions>' [n]`. It writes a line for each statement before that
 * runs, and with `n` ends as by kill -9 in front of the n-th.
 */
const [, , options = '{}', killBefore] = process.argv;
let count = 0;
await migrate(JSON.parse(options) as DatabaseOptions, {
  onStatement: (statement) => {
    count += 1;
    if (count === Number(killBefore)) process.kill(process.pid, 'SIGKILL');
    writeSync(1, `${JSON.stringify(statement)}\n`);
  },
});
