import fs, { writeSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { writeSetting } from '../../src/config/settings-write.js';
import { isAppError } from '../../src/lib/errors.js';

/**
 * A process that changes a setting and writes what came of it: `node --import tsx settings-child.ts FILE KEY JSON [how]`.
 * `how` is `uid=N`, to do it as that user, `renameSync:1`, to end as by kill -9 in front of that call of node:fs, `hold=FILE`, to wait in
 * front of the first rename until there is such a file, or `times=N`, to write 1 to N in a row.
 */
const [, , file = '', key = '', json = '', how = ''] = process.argv;
const [name = '', number = ''] = how.split(/[:=]/);

if (name === 'uid') process.setuid?.(Number(number));
else if (name === 'hold') holdRename(number);
else if (name !== '' && name !== 'times') killBefore(name as 'renameSync', Number(number));

try {
  if (name !== 'times') tell(await writeSetting(file, key, JSON.parse(json), {}));
  else for (let value = 1; value <= Number(number); value++) tell(await writeSetting(file, key, value, {}));
} catch (error) {
  if (!isAppError(error)) throw error;
  tell({ code: error.code, message: error.message });
}

function tell(result: object): void {
  writeSync(1, `${JSON.stringify(result)}\n`);
}

function holdRename(until: string): void {
  const { renameSync } = fs;
  Object.assign(fs, {
    renameSync: (from: string, to: string) => {
      tell({ holds: true });
      while (!fs.existsSync(until)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      renameSync(from, to);
    },
  });
  syncBuiltinESMExports();
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
