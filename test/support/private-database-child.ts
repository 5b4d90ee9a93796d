import { writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { startPrivateDatabase } from '../../src/sandbox/mariadb.js';

/** A process with a private database that ends in the way named by its argument. It writes the database's folder and port first. */
const [, , end] = process.argv;
const database = await startPrivateDatabase();
const folder = dirname(database.socket ?? '');
writeSync(1, `${folder} ${database.port}\n`);
if (end === 'stop') await database.stop();
if (end === 'killed server') await database.kill();
if (end === 'exception') throw new Error('as in a failed demo');
if (end === 'SIGINT' || end === 'SIGKILL') {
  process.kill(process.pid, end);
  setInterval(() => undefined, 1_000);
}
