import { expect } from 'chai';
import { databaseState, migrate } from '../../src/db/migrate.js';
import type { DatabaseOptions } from '../../src/db/session.js';
import { dropTables, freshPrefix, useServer } from '../support/database.js';
import { schemaView, tableView } from '../support/schema-view.js';

/** As the plugin makes them: product_views narrower than documented, with indexes of its own, and a zero date in a row. */
const pluginTables = (p: string, collation: string) => {
  const options = `ENGINE=InnoDB DEFAULT CHARSET=${collation.split('_')[0] ?? ''} COLLATE=${collation}`;
  return [
    `CREATE TABLE ${p}product_views (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, customer_phone VARCHAR(20) NOT NULL,
      product_id BIGINT UNSIGNED NOT NULL, viewed_at DATETIME NOT NULL DEFAULT '0000-00-00 00:00:00', PRIMARY KEY (id),
      KEY customer_product (customer_phone, product_id), KEY idx_viewed_at (viewed_at, product_id)) ${options}`,
    `CREATE TABLE ${p}customer_profiles (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, phone VARCHAR(20) NOT NULL,
      wc_customer_id BIGINT UNSIGNED NULL, name VARCHAR(100) NOT NULL, email VARCHAR(100), last_known_address JSON,
      saved_addresses JSON, preferences JSON, tags JSON, total_orders INT DEFAULT 0, total_spent DECIMAL(10,2) DEFAULT 0,
      opt_in_marketing TINYINT(1) DEFAULT 0, notification_opt_out TINYINT(1) DEFAULT 0, last_interaction_at DATETIME NULL,
      marketing_opted_at DATETIME NULL, created_at DATETIME NOT NULL, updated_at DATETIME NOT NULL, metadata JSON,
      PRIMARY KEY (id), UNIQUE KEY phone (phone), KEY wc_customer_id (wc_customer_id), KEY total_orders (total_orders),
      KEY by_spent (total_spent)) ${options}`,
    `CREATE TABLE ${p}reengagement (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, customer_phone VARCHAR(20),
      campaign_type VARCHAR(50), sent_at DATETIME) ${options}`,
    `CREATE TABLE ${p}messages (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, direction VARCHAR(10)) ENGINE=MyISAM`,
    `INSERT INTO ${p}product_views (customer_phone, product_id, viewed_at) VALUES ('+34612345678', 7, '2026-01-02 03:04:05'),
      ('34612345678', 8, '0000-00-00 00:00:00')`,
    `INSERT INTO ${p}customer_profiles (phone, name, preferences, created_at, updated_at, metadata)
      VALUES ('+34612345678', 'Ana', '{"notifications_opt_out": true}', NOW(), NOW(), '{}'), ('34612345678', 'Ana', NULL, NOW(), NOW(), NULL)`,
    `INSERT INTO ${p}reengagement (customer_phone, campaign_type, sent_at) VALUES ('+34612345678', 'we_miss_you', NOW())`,
    `INSERT INTO ${p}messages (direction) VALUES ('inbound')`,
  ];
};

const DOCUMENTED: Readonly<Record<string, string>> = {
  reengagement_log: `id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, customer_phone VARCHAR(20) NOT NULL,
    campaign_type VARCHAR(50) NOT NULL, message_id VARCHAR(255), status VARCHAR(20) DEFAULT 'sent', sent_at DATETIME NOT NULL,
    converted TINYINT(1) DEFAULT 0, order_id BIGINT UNSIGNED, converted_at DATETIME, PRIMARY KEY (id),
    INDEX idx_customer_phone (customer_phone), INDEX idx_campaign_type (campaign_type), INDEX idx_sent_at (sent_at)`,
  product_views: `id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, customer_phone VARCHAR(20) NOT NULL,
    product_id BIGINT UNSIGNED NOT NULL, price_at_view DECIMAL(10,2), in_stock TINYINT(1) DEFAULT 1, viewed_at DATETIME NOT NULL,
    PRIMARY KEY (id), INDEX idx_customer_product (customer_phone, product_id), INDEX idx_product_stock (product_id, in_stock),
    INDEX idx_viewed_at (viewed_at)`,
  customer_profiles: `id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, phone VARCHAR(20) NOT NULL, wc_customer_id BIGINT UNSIGNED NULL,
    name VARCHAR(100) NOT NULL, email VARCHAR(100), last_known_address JSON, saved_addresses JSON, preferences JSON, tags JSON,
    total_orders INT DEFAULT 0, total_spent DECIMAL(10,2) DEFAULT 0, opt_in_marketing TINYINT(1) DEFAULT 0,
    notification_opt_out TINYINT(1) DEFAULT 0, last_interaction_at DATETIME NULL, marketing_opted_at DATETIME NULL,
    created_at DATETIME NOT NULL, updated_at DATETIME NOT NULL, PRIMARY KEY (id), UNIQUE (phone), INDEX (wc_customer_id),
    INDEX (total_orders), INDEX (total_spent)`,
};

describe('documented tables', () => {
  const server = useServer();
  let where: DatabaseOptions;

  before(async () => {
    where = { ...server().schema, tablePrefix: freshPrefix() };
    await migrate(where);
  });
  after(async () => {
    await dropTables(where);
  });

  for (const [table, columns] of Object.entries(DOCUMENTED)) {
    it(`make ${table} to the letter: every column with its type and default, every index`, async () => {
      await server().admin(
        `CREATE TABLE \`${where.name}\`.\`${where.tablePrefix}as_documented_${table}\` (${columns}) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4`,
      );
      const documented = await tableView(server(), where.name, `${where.tablePrefix}as_documented_${table}`);
      const made = await tableView(server(), where.name, where.tablePrefix + table);
      for (const [name, column] of documented.columns) {
        // Key says which indexes there are, and more of them are allowed.
        expect({ ...made.columns.get(name), Key: '' }, name).to.deep.equal({ ...column, Key: '' });
      }
      expect(made.indexes).to.include.members([...documented.indexes]);
    });
  }
});

for (const collation of ['utf8mb4_unicode_520_ci', 'latin1_swedish_ci']) {
  describe(`adoption of the plugin's tables in ${collation}`, () => {
    const server = useServer();
    let where: DatabaseOptions;
    let p: string;

    beforeEach(async () => {
      where = { ...server().schema, tablePrefix: freshPrefix() };
      p = `\`${where.name}\`.${where.tablePrefix}`;
      await server().admin("SET SESSION sql_mode = ''", ...pluginTables(p, collation));
    });
    afterEach(async function () {
      if (this.currentTest?.state === 'passed') await dropTables(where);
    });

    const rows = async (table: string, columns: string) =>
      (await server().admin(`SELECT ${columns} FROM ${p}${table} ORDER BY id`)).map((row) => JSON.stringify(row));
    const table = (name: string) => tableView(server(), where.name, where.tablePrefix + name);
    const VIEWS = 'id, customer_phone, product_id, CAST(viewed_at AS CHAR) AS viewed_at';

    it('keeps every row and every collation, and adds the missing columns with their defaults', async () => {
      const before = { views: await rows('product_views', VIEWS), profiles: await rows('customer_profiles', '*') };
      const { columns } = await table('product_views');
      await migrate(where);
      expect(await rows('product_views', VIEWS)).to.deep.equal(before.views);
      expect(await rows('customer_profiles', '*')).to.deep.equal(before.profiles);
      const after = await table('product_views');
      expect(columns).to.have.length(4);
      for (const [name, column] of columns)
        expect(after.columns.get(name), name).to.deep.equal({ ...column, Key: after.columns.get(name)?.['Key'] });
      expect(after.columns.get('customer_phone')?.['Collation']).to.equal(collation);
      expect(await rows('product_views', 'price_at_view, in_stock, source')).to.deep.equal([
        '{"price_at_view":null,"in_stock":1,"source":null}',
        '{"price_at_view":null,"in_stock":1,"source":null}',
      ]);
    });

    it('adds the missing indexes, takes those that have another name, and evades a name that is taken', async () => {
      await migrate(where);
      const views = (await table('product_views')).indexes;
      expect(views.filter((index) => index === 'plain(customer_phone,product_id)')).to.have.length(1);
      expect(views).to.include.members([
        'plain(viewed_at,product_id)',
        'plain(viewed_at)',
        'plain(product_id,in_stock)',
        'plain(source,viewed_at)',
      ]);
      const profiles = (await table('customer_profiles')).indexes;
      expect(profiles).to.deep.equal([
        'plain(total_orders)',
        'plain(total_spent)',
        'plain(wc_customer_id)',
        'unique(id)',
        'unique(phone)',
      ]);
    });

    it('leaves every other table alone', async () => {
      const others = async () => [
        ...(await schemaView(server(), where.name, `${where.tablePrefix}messages`)),
        ...(await schemaView(server(), where.name, `${where.tablePrefix}reengagement`)).filter(
          (row) => row['TABLE_NAME'] === `${where.tablePrefix}reengagement`,
        ),
        ...(await rows('messages', '*')),
        ...(await rows('reengagement', '*')),
      ];
      const before = await others();
      await migrate(where);
      expect(before).to.have.length.above(10);
      expect(await others()).to.deep.equal(before);
    });

    it('drops and renames nothing: it only creates and adds', async () => {
      const { statements } = await migrate(where, { dryRun: true });
      for (const statement of statements) {
        expect(statement).to.match(/^(CREATE TABLE|CREATE (UNIQUE )?INDEX|ALTER TABLE \S+ ADD COLUMN) /);
      }
      expect(statements.filter((statement) => statement.startsWith('ALTER TABLE'))).to.have.length(5);
    });

    it('does what its dry run printed, and nothing the second time', async () => {
      const untouched = await schemaView(server(), where.name, where.tablePrefix);
      const dry = await migrate(where, { dryRun: true });
      expect(await schemaView(server(), where.name, where.tablePrefix)).to.deep.equal(untouched);
      const first = await migrate(where);
      const adopted = await schemaView(server(), where.name, where.tablePrefix);
      const second = await migrate(where);
      expect(first.statements).to.deep.equal(dry.statements);
      expect(second.statements).to.deep.equal([]);
      expect(await schemaView(server(), where.name, where.tablePrefix)).to.deep.equal(adopted);
      expect(await databaseState(where)).to.equal('current');
    });

    it('is safe when the plugin makes its tables between two runs of ours that were not recorded', async () => {
      await migrate(where);
      await server().admin(
        `DELETE FROM ${p}reengagement_migrations`,
        `ALTER TABLE ${p}product_views DROP COLUMN in_stock`,
      );
      const { statements } = await migrate(where);
      expect(statements.some((statement) => statement.includes('ADD COLUMN `in_stock`'))).to.equal(true);
      expect(await rows('product_views', 'in_stock')).to.deep.equal(['{"in_stock":1}', '{"in_stock":1}']);
    });
  });
}
