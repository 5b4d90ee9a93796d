import { once } from 'node:events';
import { existsSync, watch } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { expect } from 'chai';
import { createConnection } from 'mysql2/promise';
import { startPrivateDatabase, type PrivateDatabase } from '../../src/sandbox/mariadb.js';
import { runChild } from '../support/child.js';

describe('private database', function () {
  this.timeout(60_000);
  const named = process.env['REENGAGED_TEST_DATABASE_URL'];
  let database: PrivateDatabase;

  before(async () => {
    delete process.env['REENGAGED_TEST_DATABASE_URL'];
    database = await startPrivateDatabase({ durable: true, timeZone: '+05:30' });
  });
  after(async () => {
    await database.stop();
    if (named !== undefined) process.env['REENGAGED_TEST_DATABASE_URL'] = named;
  });

  async function ask(url: string, ...statements: string[]): Promise<unknown> {
    const connection = await createConnection(url);
    try {
      let rows: unknown;
      for (const statement of statements) [rows] = await connection.query(statement);
      return rows;
    } finally {
      await connection.end();
    }
  }
  const urlOf = (access: { user: string; password: string; name: string }) =>
    `mysql://${access.user}:${access.password}@127.0.0.1:${database.port}/${access.name}`;
  const failure = (work: Promise<unknown>) => work.catch((error: unknown) => (error as { code?: string }).code);

  it('says which server it is, and runs as asked', async () => {
    expect(database.version).to.match(/^\d+\.\d+/);
    expect(
      await ask(
        database.adminUrl,
        'SELECT @@global.innodb_flush_log_at_trx_commit AS flush, @@global.time_zone AS zone',
      ),
    ).to.deep.equal([{ flush: 1, zone: '+05:30' }]);
  });

  it('gives a schema to a user who can use it and no other', async () => {
    const access = await database.createSchema('one_schema');
    await database.createSchema('onexschema');
    await ask(urlOf(access), 'CREATE TABLE t (id INT)', 'DROP TABLE t');
    expect(await failure(ask(urlOf({ ...access, name: 'mysql' }), 'SELECT 1'))).to.match(/ACCESS_DENIED/);
    expect(await failure(ask(urlOf({ ...access, name: 'onexschema' }), 'SELECT 1'))).to.match(/ACCESS_DENIED/);
    expect(await failure(ask(urlOf(access), 'CREATE DATABASE another'))).to.match(/ACCESS_DENIED/);
  });

  it('lets nobody in without a password', async () => {
    expect(await failure(ask(`mysql://root@127.0.0.1:${database.port}/`, 'SELECT 1'))).to.match(/ACCESS_DENIED/);
  });

  it('keeps what was committed when it is killed and started again, on the same port', async () => {
    const access = await database.createSchema('survivor');
    await ask(urlOf(access), 'CREATE TABLE t (id INT)', 'INSERT INTO t VALUES (42)');
    await database.kill();
    expect(await failure(ask(urlOf(access), 'SELECT 1'))).to.equal('ECONNREFUSED');
    await database.restart();
    expect(await ask(urlOf(access), 'SELECT * FROM t')).to.deep.equal([{ id: 42 }]);
  });

  it('is used on a named server by way of throw-away schemas, and drops them', async () => {
    process.env['REENGAGED_TEST_DATABASE_URL'] = database.adminUrl;
    const guest = await startPrivateDatabase();
    delete process.env['REENGAGED_TEST_DATABASE_URL'];
    await guest.createSchema('throw_away');
    expect(guest.port).to.equal(database.port);
    expect(await ask(database.adminUrl, "SHOW DATABASES LIKE 'throw_away'")).to.have.length(1);
    await guest.stop();
    expect(await ask(database.adminUrl, "SHOW DATABASES LIKE 'throw_away'")).to.have.length(0);
    expect(await ask(database.adminUrl, "SELECT 1 FROM mysql.user WHERE User = 'throw_away'")).to.have.length(0);
    expect(await failure(guest.kill())).to.equal('SANDBOX_FAILED');
  });

  for (const end of ['stop', 'nothing more', 'exception', 'killed server', 'SIGINT', 'SIGKILL']) {
    it(`leaves no process and no folder behind after: ${end}`, async () => {
      const { lines } = await runChild('./private-database-child.ts', [end]);
      const [folder = '', port = ''] = (lines[0] ?? '').split(' ');
      expect(folder).to.contain('/re-');
      expect(Number(port)).to.be.above(1);
      // After a signal a shell tidies up, a moment later.
      await removed(folder);
      await refused(Number(port));
    });
  }
});

async function removed(folder: string): Promise<void> {
  const watcher = watch(dirname(folder));
  try {
    while (existsSync(folder)) await once(watcher, 'change');
  } finally {
    watcher.close();
  }
}

/** Resolves once nothing listens there. A process that was killed just now may still take, and drop, a connection; a live one greets. */
async function refused(port: number): Promise<void> {
  for (;;) {
    const socket = connect({ host: '127.0.0.1', port });
    const end = await new Promise((resolve) => {
      socket.once('data', () => {
        resolve('greeting');
      });
      socket.once('error', (error: NodeJS.ErrnoException) => {
        resolve(error.code);
      });
      socket.once('close', resolve);
    });
    socket.destroy();
    expect(end, 'the server').not.to.equal('greeting');
    if (end === 'ECONNREFUSED') return;
  }
}
