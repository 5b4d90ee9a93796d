import { expect } from 'chai';
import { previewLines } from '../../src/cli/preview-lines.js';
import type { Preview } from '../../src/jobs/preview.js';
import { useDatabase } from '../support/database.js';
import { useCli, wholePhones } from './support.js';

const NINE = Date.parse('2026-02-11T08:00:00Z');
const HOUR = 3_600_000;
const MINUTE = 60_000;

const NOTHING: Preview['runs'][0] = {
  hook: 'wch_process_reengagement_campaigns',
  at: NINE,
  sendAt: NINE,
  planned: {},
  skipped: [],
  messages: [],
};

function preview(changes: Partial<Preview> = {}): Preview {
  return {
    at: NINE - HOUR,
    enabled: true,
    zone: 'America/Argentina/Buenos_Aires',
    mirroredAt: NINE - HOUR - 5 * MINUTE,
    mirrorIsFresh: true,
    inactivityThresholdDays: 60,
    customers: 12_345,
    inactive: 4_321,
    silent: { noConsent: 1_200, optedOut: 3, withoutPhone: 1, capped: 0, usNumbers: 2, templateHeld: 0 },
    foreignViews: 0,
    templatesUnread: null,
    templateProblems: [],
    runs: [
      {
        ...NOTHING,
        planned: { back_in_stock: 1, we_miss_you: 1_114 },
        skipped: [{ reason: 'no_consent', customers: 1_200, sentence: 'Customer has not consented to marketing' }],
        messages: [
          {
            phone: '***001',
            firstName: 'Ana',
            campaignType: 'we_miss_you',
            template: { name: 'we_miss_you', language: 'en' },
            text: `Hi Ana, ${'it has been a while. '.repeat(8)}\n\n[Visit: https://shop.example/${'x'.repeat(100)}]`,
          },
        ],
      },
      { ...NOTHING, hook: 'wch_check_back_in_stock', sendAt: NINE + 12 * HOUR },
    ],
    ...changes,
  };
}

const text = (changes: Partial<Preview> = {}) => previewLines(preview(changes), undefined).join('\n');

describe('a preview in words', () => {
  it('begins with how many customers there are, how many are inactive, and why those are silent', () => {
    expect(text().split('\n').slice(0, 8)).to.deep.equal([
      '12,345 customers, 4,321 inactive: no purchase in 60 days.',
      'Of the inactive:',
      '   1,200  have not consented to marketing',
      '       3  have opted out',
      '       1  have no usable phone',
      '       0  have reached the frequency cap',
      '       2  have US numbers, to which Meta delivers no marketing templates',
      '       0  wait for a template that cannot be sent now',
    ]);
  });

  it('says of each run when it is, what it plans, and how many it skips and why', () => {
    expect(text()).to.contain(
      [
        'Daily run on February 11, 2026, 05:00, America/Argentina/Buenos_Aires',
        'Messages: 1,115',
        '       1  back_in_stock',
        '   1,114  we_miss_you',
        'Skipped: 1,200',
        '   1,200  Customer has not consented to marketing',
      ].join('\n'),
    );
    expect(text()).to.contain('Messages: none\nSkipped: nobody');
  });

  it('fits 80 columns, however long the words and addresses are', () => {
    const lines = text({
      enabled: false,
      mirrorIsFresh: false,
      foreignViews: 1_000,
      templatesUnread: 'The list of templates was answered with HTTP 500 and something that is no JSON.',
      templateProblems: [`Template ${'t'.repeat(90)} (en) does not exist: create it in WhatsApp Manager.`],
    }).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).to.equal(80);
  });

  it('fits 80 columns of a terminal, which gives Chinese characters and emoji two each', () => {
    const [daily, stock] = preview().runs;
    const message = { phone: '***001', campaignType: 'we_miss_you', template: null } as const;
    const messages = [
      {
        ...message,
        firstName: '漢字'.repeat(60),
        text: `${'漢字カナ한글、。'.repeat(20)} ${'😀 '.repeat(60)}${'👨‍👩‍👧'.repeat(50)}`,
      },
    ];
    const lines = text({ runs: [{ ...daily, messages }, stock] }).split('\n');
    const columns = (line: string) =>
      [...new Intl.Segmenter().segment(line)].reduce((sum, { segment }) => sum + (/^[ -~]$/.test(segment) ? 1 : 2), 0);
    expect(Math.max(...lines.map(columns))).to.be.within(79, 80);
    const family = lines
      .filter((line) => line.includes('👧'))
      .join('')
      .match(/👨‍👩‍👧/gu);
    expect(family, 'none is cut in pieces').to.have.length(50);
  });

  it('shows messages word for word, and says of how many', () => {
    expect(text()).to.contain('\n  ***001, Ana, we_miss_you, template we_miss_you (en)\n    Hi Ana, it has been');
    expect(text()).to.contain('Shown are 1 of 1,115; --limit shows more.');
    expect(previewLines(preview(), 'back_in_stock').join('\n'), 'all of the type').not.to.contain('Shown are');
  });

  it('says what makes it less than sure: switched off, old orders, views not taken up, templates not read', () => {
    expect(text()).to.contain("The shop's orders were last read 5 minutes ago.\n");
    const all = text({
      enabled: false,
      mirroredAt: NINE - 4 * HOUR,
      mirrorIsFresh: false,
      foreignViews: 1,
      templatesUnread: 'Meta refused.',
      silent: { ...preview().silent, templateHeld: null },
    }).replaceAll('\n', ' ');
    expect(all).to.match(/^Reengagement is switched off: nothing is sent until reengagement.enabled is true\./);
    expect(all).to.contain("The shop's orders were last read 3 hours ago. A run reads them first");
    expect(all).to.contain('1 product view of the plugin is not taken up yet');
    expect(all).to.contain('Meta could not be asked for the templates').and.contain('Meta refused.');
    expect(all).not.to.match(/\d +wait for a template/);
    expect(all.replaceAll(/ +/g, ' ')).to.contain(
      'How many wait for a template that cannot be sent now could not be counted, because Meta could not be asked.',
    );
    expect(text()).not.to.contain('could not be counted');
  });

  it('is one sentence where there is nobody', () => {
    const runs = [NOTHING, NOTHING] as const;
    expect(text({ customers: 0, inactive: 0, runs }).replaceAll('\n', ' ')).to.equal(
      'Nobody has bought anything yet, and nobody waits for a product: there is nothing to preview.',
    );
  });
});

describe('reengaged preview', function () {
  this.timeout(60_000);
  const database = useDatabase();
  const cli = useCli(database.options);

  it('asks for a first walk through the orders, and then shows who would get what', async () => {
    const config = cli().config();
    const early = await cli().run(config, 'preview');
    expect(early).to.deep.include({ code: 75, out: '' });
    expect(early.err).to.contain('The first walk through').and.contain('run reengaged sync');
    cli().order('+34600111222', 70);
    cli().order('+34600111333', 5);
    await cli().run(config, 'sync');
    const [words, asJson] = await Promise.all([
      cli().run(config, 'preview'),
      cli().run(config, 'preview', '--json', '--limit', '1', '--type', 'we_miss_you'),
    ]);
    expect(words.code).to.equal(0);
    expect(words.out).to.match(/^2 customers, 1 inactive: no purchase in 60 days\.\n/);
    expect(words.out).to.contain('  ***222, Ana, we_miss_you, template we_miss_you (en)\n    Hi Ana, it has been');
    const found = JSON.parse(asJson.out) as {
      customers: number;
      silent: object;
      runs: { hook: string; at: string; planned: object; skipped: unknown[]; messages: Record<string, unknown>[] }[];
    };
    expect(found).to.deep.include({
      customers: 2,
      silent: { no_consent: 0, opted_out: 0, without_phone: 0, frequency_cap: 0, us_number: 0, template_held: 0 },
    });
    const [daily] = found.runs;
    expect(daily).to.deep.include({
      hook: 'wch_process_reengagement_campaigns',
      planned: { we_miss_you: 1 },
      skipped: [],
    });
    expect(daily?.at).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z$/);
    expect(daily?.messages[0]).to.include({ phone: '***222', first_name: 'Ana', campaign_type: 'we_miss_you' });
    expect(wholePhones(cli.written().text)).to.deep.equal([]);
    expect(cli().whatsapp.attempts).to.equal(0);
  });

  it('refuses a campaign type that there is not, and a limit that is none', async () => {
    const config = cli().config();
    const [type, limit] = await Promise.all([
      cli().run(config, 'preview', '--type', 'newsletter'),
      cli().run(config, 'preview', '--limit', '0'),
    ]);
    expect(type.code).to.equal(64);
    expect(type.err).to.contain('Allowed choices are back_in_stock');
    expect(limit.code).to.equal(64);
    expect(limit.err).to.contain('--limit has to be a whole number above zero');
  });
});
