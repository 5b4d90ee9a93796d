import { expect } from 'chai';
import { useDatabase } from '../support/database.js';
import { closedPort, useCli, wholePhones } from './support.js';

describe('reengaged views import', function () {
  this.timeout(60_000);
  const database = useDatabase();
  const cli = useCli(database.options);
  const views = async () => {
    const { productViews } = database().tables;
    const rows = await database().query((orm) => orm.select().from(productViews).orderBy(productViews.id));
    return rows.map((row) =>
      [row.customerPhone, row.productId, row.viewedAt.toISOString(), row.priceAtView, row.inStock, row.source].join(
        ' ',
      ),
    );
  };
  const importList = (config: string, lines: readonly string[], ...flags: string[]) =>
    cli().run(
      config,
      'views',
      'import',
      cli().write('views.csv', ['phone,product,time', ...lines].join('\r\n')),
      ...flags,
    );
  const spanish = () => cli().config({ shop: { default_country: 'ES' } });

  it('names every wrong line and writes none of the list', async () => {
    const good = `600 111 222,${cli().product},2026-02-09T12:30:00Z`;
    const { code, out, err } = await importList(spanish(), [
      good,
      `12,${cli().product},2026-02-09T12:30:00Z`,
      '600 111 333,424242,2026-02-09T12:30:00Z',
      `600 111 444,${cli().product},2026-02-09 12:30`,
      '13,424242,2026-02-09T12:30:00Z',
      `600 111 444,${cli().product},2999-02-09T12:30:00Z`,
      `600 111 444,${cli().product}`,
    ]);
    expect({ code, out }).to.deep.equal({ code: 65, out: '' });
    const told = err.split('\n').filter((line) => !line.startsWith('{'));
    const phone = 'this is no phone number; write it with plus and country code, as in +34 600 111 222';
    expect(told[0]).to.match(/views\.csv has 7 faults:$/);
    expect(told.slice(1)).to.deep.equal([
      `  line 3: ${phone}`,
      '  line 4: the shop has no such product',
      '  line 5: the time has to be one with its zone, such as 2026-02-10T11:00:00Z',
      `  line 6: ${phone}`,
      '  line 6: the shop has no such product',
      '  line 7: the time lies in the future',
      '  line 8: 2 fields where the header has 3',
      'Nothing was written: correct the file and import it again.',
      '',
    ]);
    expect(await views()).to.deep.equal([]);
  });

  it('tells fifty of many faults, and how many more there are', async () => {
    const { code, err } = await importList(spanish(), Array<string>(80).fill('12,1,2026-02-09T12:30:00Z'));
    expect(code).to.equal(65);
    expect(err).to.contain('has 160 faults:').and.to.contain('\n  and 110 more\nNothing was written');
    expect(err.match(/^ {2}line /gm)).to.have.length(50);
  });

  it('writes a list once, however often it is imported, and counts what is too old', async () => {
    const { product } = cli();
    const young = new Date(Math.floor(Date.now() / 1_000) * 1_000 - 60_000).toISOString();
    const lines = [
      `600 111 222,${product},${young}`,
      `+34600111222,${product},${young}`,
      `600 111 333,${product},2020-02-09T13:30:00+01:00`,
    ];
    const first = await importList(spanish(), lines);
    expect(first).to.include({
      code: 0,
      out: '2 views noted; 1 was known already. 1 is older than 30 days and counts for nothing.\n',
    });
    expect(await views()).to.deep.equal([
      `+34600111222 ${product} ${young} 10.00 1 import`,
      `+34600111333 ${product} 2020-02-09T12:30:00.000Z 10.00 1 import`,
    ]);
    const second = await importList(spanish(), lines, '--json');
    expect(JSON.parse(second.out)).to.deep.equal({ lines: 3, added: 0, known: 3, old: 1, view_window_days: 30 });
    expect(await views()).to.have.length(2);
    expect((await importList(spanish(), [])).out).to.contain('nothing but its header');
  });

  it('ends with 69 and writes nothing while the shop is down', async () => {
    const before = await views();
    const down = cli().config({ shop: { url: `http://127.0.0.1:${await closedPort()}` } });
    const { code, err } = await importList(down, [`+34600111444,${cli().product},2026-02-09T12:30:00Z`]);
    expect(code).to.equal(69);
    expect(err).to.contain('Check shop.url');
    expect(await views()).to.deep.equal(before);
  });

  it('shows no secret and no whole phone', () => {
    const { text, secrets } = cli.written();
    for (const secret of secrets) expect(text).not.to.contain(secret);
    expect(wholePhones(text)).to.deep.equal([]);
  });
});
