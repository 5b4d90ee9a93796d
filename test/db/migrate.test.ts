import { expect } from 'chai';
import { databaseState, migrate } from '../../src/db/migrate.js';
import { readMigrations, sha256, type MigrationFile } from '../../src/db/migrate-files.js';
import type { DatabaseOptions } from '../../src/db/session.js';
import { parseStatement } from '../../src/db/statement.js';
import { isAppError, type ErrorCode } from '../../src/lib/errors.js';
import { runChild } from '../support/child.js';
import { dropTables, freshPrefix, useServer } from '../support/database.js';
import { schemaView } from '../support/schema-view.js';

const TABLES = 12;

describe('migrate', function () {
  this.timeout(60_000);
  const server = useServer();
  let where: DatabaseOptions;

  beforeEach(() => {
    where = { ...server().schema, tablePrefix: freshPrefix() };
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'passed') await dropTables(where);
  });

  const view = async (of = where) => schemaView(server(), of.name, of.tablePrefix);
  const shape = async (of = where) =>
    (await view(of)).map((row) => ({
      ...row,
      TABLE_SCHEMA: undefined,
      CREATE_TIME: undefined,
      TABLE_NAME: String(row['TABLE_NAME']).slice(of.tablePrefix.length),
    }));
  const record = async () =>
    (
      await server().admin(
        `SELECT CONCAT(file, '#', position) AS step FROM \`${where.name}\`.\`${where.tablePrefix}reengagement_migrations\` ORDER BY file, position`,
      )
    ).map(({ step }) => String(step));
  const everyStep = readMigrations().flatMap(({ name, statements }) =>
    statements.map((_statement, index) => `${name}#${index + 1}`),
  );
  const inOrder = (steps: string[]) => [...steps].sort();

  async function refusal(work: Promise<unknown>, code: ErrorCode): Promise<string> {
    const error = await work.catch((reason: unknown) => reason);
    if (!isAppError(error, code)) throw error instanceof Error ? error : new Error(`no ${code}`);
    return error.message;
  }

  it('makes the tables, records each statement, and has nothing to do the second time', async () => {
    const first = await migrate(where);
    const made = await view();
    const second = await migrate(where);
    expect(first.statements).to.have.length(TABLES + 1);
    expect(inOrder(await record())).to.deep.equal(inOrder(everyStep));
    expect(second.statements).to.deep.equal([]);
    expect(await view()).to.deep.equal(made);
  });

  it('makes utf8mb4 InnoDB tables in a schema whose default is latin1', async () => {
    const latin = { ...(await server().database.createSchema(`latin_${process.pid}`)), tablePrefix: 'x' };
    await server().admin(`ALTER DATABASE \`${latin.name}\` CHARACTER SET latin1`);
    await migrate(latin);
    const tables = (await view(latin)).filter(
      (row) => 'ENGINE' in row && !String(row['TABLE_NAME']).endsWith('migrations'),
    );
    expect(tables).to.have.length(TABLES);
    for (const table of tables) {
      expect(table['ENGINE']).to.equal('InnoDB');
      expect(table['TABLE_COLLATION']).to.match(/^utf8mb4_/);
    }
  });

  for (const prefix of ['', 'x', 'a'.repeat(40)]) {
    it(`makes the same tables under a prefix of ${prefix.length} characters`, async () => {
      const other = {
        ...(await server().database.createSchema(`prefix${prefix.length}_${process.pid}`)),
        tablePrefix: prefix,
      };
      await migrate(where);
      await migrate(other);
      expect(await shape(other)).to.deep.equal(await shape());
      expect(await databaseState(other)).to.equal('current');
    });
  }

  it('works for a user who has rights on this one schema only', async () => {
    await migrate(where);
    const grants = (await server().admin(`SHOW GRANTS FOR '${where.user}'@'%'`)).map((row) =>
      Object.values(row).join(),
    );
    expect(grants).to.have.length(2);
    expect(grants[0]).to.match(/^GRANT USAGE ON \*\.\*/);
    expect(grants[1]).to.contain(`ON \`${where.name.replaceAll('_', '\\_')}\`.*`);
  });

  it('says DB_DENIED to a user who may only read', async () => {
    const user = `reader_${process.pid}`;
    await server().admin(
      `CREATE USER '${user}'@'%' IDENTIFIED BY 'pw'`,
      `GRANT SELECT ON \`${where.name.replaceAll('_', '\\_')}\`.* TO '${user}'@'%'`,
    );
    expect(await refusal(migrate({ ...where, user, password: 'pw' }), 'DB_DENIED')).to.contain('CREATE command denied');
    await server().admin(`DROP USER '${user}'@'%'`);
  });

  it('prints in a dry run what the run then does, and changes nothing', async () => {
    const before = await view();
    const dry = await migrate(where, { dryRun: true });
    expect(await view()).to.deep.equal(before);
    const told: string[] = [];
    const wet = await migrate(where, { onStatement: (statement) => told.push(statement) });
    expect(dry.statements).to.have.length(TABLES + 1);
    expect(wet.statements).to.deep.equal(dry.statements);
    expect(told).to.deep.equal(dry.statements);
  });

  it('runs each statement once when three processes migrate together', async () => {
    const ends = await Promise.all([1, 2, 3].map(() => runChild('./migrate-child.ts', [JSON.stringify(where)])));
    expect(ends.map(({ code, errors }) => [code, errors])).to.deep.equal([1, 2, 3].map(() => [0, '']));
    const ran = ends.flatMap(({ lines }) => lines);
    expect(ran).to.have.length(TABLES + 1);
    expect(new Set(ran).size).to.equal(ran.length);
    expect(await databaseState(where)).to.equal('current');
  });

  it('goes on behind the last statement after kill -9 between two', async () => {
    const killed = await runChild('./migrate-child.ts', [JSON.stringify(where), '7']);
    expect(killed.signal).to.equal('SIGKILL');
    expect(killed.lines).to.have.length(6);
    expect(await databaseState(where)).to.equal('outdated');
    const rest = await migrate(where);
    expect(killed.lines.length + rest.statements.length).to.equal(TABLES + 1);
    expect(inOrder(await record())).to.deep.equal(inOrder(everyStep));
  });

  it('completes after kill -9 at any moment', async () => {
    const killed = await runChild('./migrate-child.ts', [JSON.stringify(where)], (line, child) => {
      if (line.includes('customer_profiles')) child.kill('SIGKILL');
    });
    expect(killed.signal).to.equal('SIGKILL');
    const whole = { ...where, tablePrefix: freshPrefix() };
    await Promise.all([migrate(where), migrate(whole)]);
    expect(await shape()).to.deep.equal(await shape(whole));
    await dropTables(whole);
  });

  it('recognises each statement that ran and was not recorded', async () => {
    await migrate(where);
    const made = await view();
    await server().admin(`DELETE FROM \`${where.name}\`.\`${where.tablePrefix}reengagement_migrations\``);
    const again = await migrate(where);
    expect(again.statements).to.deep.equal([]);
    expect(await view()).to.deep.equal(made);
    expect(inOrder(await record())).to.deep.equal(inOrder(everyStep));
  });

  it('recognises added columns and indexes of later files', async () => {
    const files = [...readMigrations(), file('0001_more', ADD_COLUMN, ADD_INDEX, ADD_UNIQUE)];
    await migrate(where);
    expect(await databaseState(where, files)).to.equal('outdated');
    const later = await migrate(where, { files });
    await server().admin(
      `DELETE FROM \`${where.name}\`.\`${where.tablePrefix}reengagement_migrations\` WHERE file = '0001_more'`,
    );
    const again = await migrate(where, { files });
    expect(later.statements).to.have.length(3);
    expect(again.statements).to.deep.equal([]);
  });

  it('refuses a statement that has changed since it ran', async () => {
    await migrate(where);
    const [first, ...others] = readMigrations();
    const [statement, ...rest] = first!.statements;
    const changed = [{ ...first!, statements: [{ ...statement!, hash: sha256('other') }, ...rest] }, ...others];
    await refusal(migrate(where, { files: changed }), 'MIGRATION_CHANGED');
    expect(await refusal(databaseState(where, changed), 'MIGRATION_CHANGED')).to.contain(first!.name);
  });

  it('refuses a file to which a statement was added after it ran', async () => {
    await migrate(where);
    const changed = readMigrations().map((one) => ({ ...one, hash: sha256('longer') }));
    await refusal(migrate(where, { files: changed }), 'MIGRATION_CHANGED');
  });

  it('refuses a database that a newer release has migrated', async () => {
    await migrate(where, { files: [...readMigrations(), file('0009_newer', ADD_COLUMN)] });
    expect(await databaseState(where)).to.equal('newer');
    expect(await refusal(migrate(where), 'SCHEMA_NEWER')).to.contain('0009_newer');
  });

  it('runs an older file that came in behind a newer one', async () => {
    const newer = file('0002_b', ADD_COLUMN);
    await migrate(where, { files: [...readMigrations(), newer] });
    const report = await migrate(where, { files: [...readMigrations(), file('0001_a', ADD_INDEX), newer] });
    expect(report.statements).to.have.length(1);
  });

  it('calls a database empty until a migration has begun', async () => {
    expect(await databaseState(where)).to.equal('empty');
    await migrate(where);
    expect(await databaseState(where)).to.equal('current');
  });

  it('ships no statement whose having run it could not recognise', () => {
    for (const { statements } of readMigrations()) {
      for (const { text } of statements) expect(parseStatement(text).kind, text).not.to.equal('other');
    }
  });

  it('ships no identifier that a prefix of 40 characters takes past 64', () => {
    const names = readMigrations().flatMap(({ statements }) =>
      statements.flatMap(({ text }) => [...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)),
    );
    const longest = Math.max(...names.map((name) => name.replace('__PREFIX__', 'p'.repeat(40)).length));
    expect(longest).to.be.at.most(64);
  });
});

const ADD_COLUMN = 'ALTER TABLE `__PREFIX__reengagement_log` ADD `extra` int DEFAULT 3 NOT NULL';
const ADD_INDEX = 'CREATE INDEX `idx_extra` ON `__PREFIX__reengagement_log` (`coupon_code`,`error_code`)';
const ADD_UNIQUE = 'ALTER TABLE `__PREFIX__reengagement_log` ADD CONSTRAINT `uq_extra` UNIQUE(`action_id`,`claim_id`)';

function file(name: string, ...texts: string[]): MigrationFile {
  return { name, hash: sha256(texts.join()), statements: texts.map((text) => ({ text, hash: sha256(text) })) };
}
