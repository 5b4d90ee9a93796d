import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { migrate } from '../../src/db/migrate.js';
import { readMigrations } from '../../src/db/migrate-files.js';
import { dropTables, freshPrefix, useServer } from '../support/database.js';
import { useCli } from './support.js';

const hash = (text: string) => createHash('sha256').update(text).digest('hex');
const ALTER = 'ALTER TABLE `__PREFIX__reengagement_log` ADD `extra` int DEFAULT 3 NOT NULL';
const NEWER = { name: '0009_newer', hash: hash(ALTER), statements: [{ text: ALTER, hash: hash(ALTER) }] };

describe('a command on tables of another release', function () {
  this.timeout(60_000);
  const server = useServer();
  const prefix = freshPrefix();
  const options = () => ({ ...server().schema, tablePrefix: prefix });
  const cli = useCli(options);
  afterEach(() => dropTables(options()));

  it('says of an older one to migrate, and ends with 78', async () => {
    const shipped = readMigrations().map((file) => ({ ...file, statements: file.statements.slice(0, -1) }));
    await migrate(options(), { files: shipped });
    const { code, out, err } = await cli().run(cli().config(), 'preview');
    expect({ code, out }).to.deep.equal({ code: 78, out: '' });
    expect(err).to.contain('error: The tables are those of an older release.\nRun reengaged migrate.\n');
  });

  it('says of a newer one which release is needed, and ends with 78', async () => {
    await migrate(options(), { files: [...readMigrations(), NEWER] });
    const { code, out, err } = await cli().run(cli().config(), 'analytics');
    expect({ code, out }).to.deep.equal({ code: 78, out: '' });
    expect(err).to.contain(
      'error: The tables were made by a newer release.\nA newer release made this database: install',
    );
  });
});
