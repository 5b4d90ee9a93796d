import fs, { writeSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { writeSetting } from '../../src/config/settings-write.js';
import { isAppError } from '../../src/lib/errors.js';

/**
 * A process that changes a setting and writes what came of it: `node --import tsx settings-child.ts FILE KEY JSON [how]`.
 * `how` is `uid=N`, to do it as that user, or `renameSync:1`, to end as by kill -9 in front of that call of node:fs.
 */
const [, , file = '', key = '', json = '', how = ''] = process.argv;
const [name = '', number = ''] = how.split(/[:=]/);

if (name === 'uid') process.setuid?.(Number(number));
else if (name !== '') killBefore(name as 'renameSync', Number(number));

try {
  tell(await writeSetting(file, key, JSON.parse(json), {}));
} catch (error) {
  if (!isAppError(error)) throw error;
  tell({ code: error.code, message: error.message });
}

function tell(result: object): void {
  writeSync(1, `${JSON.stringify(result)}\n`);
}

function killBefore(call: 'renameSync' | 'fsyncSync' | 'writeFileSync', nth: number): void {
  const original = fs[call] as (...args: unknown[]) => unknown;
  let count = 0;
  Object.assign(fs, {
    [call]: (...args: unknown[]) => {
      count += 1;
      if (count === nth) process.kill(process.pid, 'SIGKILL');
      return original(...args);
    },
  });
  syncBuiltinESMExports();
}
