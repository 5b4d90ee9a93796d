import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { parseOrder, type MalformedOrder } from '../../src/shop/order-row.js';
import { isE164 } from '../../src/lib/phone.js';
import type { ShopOrder } from '../../src/reengagement/shop-facts.js';
import { PARSE } from './shop-support.js';

const recorded = JSON.parse(
  readFileSync(new URL('../fixtures/woocommerce/orders-page.json', import.meta.url), 'utf8'),
) as Record<string, unknown>[];

const ROW = {
  id: 7,
  status: 'completed',
  currency: 'USD',
  total: '20.00',
  refunds: [],
  customer_id: 3,
  billing: { phone: '(415) 555-2671', email: 'jo@shop.example', first_name: 'Jo', country: 'US' },
  date_created_gmt: '2026-11-01T10:00:00',
  date_modified_gmt: '2026-11-02T10:00:00',
  date_paid_gmt: '2026-11-01T10:05:00',
  line_items: [{ product_id: 4, variation_id: 5, quantity: 2 }],
  meta_data: [] as unknown,
};

/** What plugins and importers have been seen to write, beside what is right. */
const ODD = [true, '', '0', '-1', 0, -1, 1.5, 1e21, 2 ** 53, '1,234.50', '1e3', '0x10', 'NaN', [7], { id: 7 }] as const;
const MOMENTS = ['0000-00-00T00:00:00', '0001-01-01T00:00:00', '1970-01-01T00:00:00', '9999-12-31T23:59:59'] as const;

/** The fields that the mirror could not hold, or that say what cannot be. */
function nonsenseIn(read: ShopOrder): string[] {
  const isId = (id: number) => Number.isSafeInteger(id) && id > 0;
  const isMoment = (at: number) => Number.isInteger(at) && at >= 0 && at < Date.UTC(10_000, 0);
  const rules: Record<string, boolean> = {
    id: isId(read.id),
    status: /^[a-z0-9_-]{1,20}$/.test(read.status),
    currency: /^[A-Z]{3}$/.test(read.currency),
    total: /^-?\d{1,18}(\.\d{1,8})?$/.test(read.total),
    refunded: /^\d{1,18}(\.\d{1,8})?$/.test(read.refunded),
    customerId: read.customerId === 0 || isId(read.customerId),
    phone: read.phone === null || isE164(read.phone),
    email: read.email === null || (read.email.includes('@') && read.email.length <= 191),
    firstName: read.firstName !== '',
    country: read.country === null || /^[A-Z]{2}$/.test(read.country),
    createdAt: isMoment(read.createdAt),
    paidAt: read.paidAt === null || isMoment(read.paidAt),
    modifiedAt: isMoment(read.modifiedAt),
    items: read.items.every(
      ({ productId, variationId, quantity }) =>
        isId(productId) && (variationId === 0 || isId(variationId)) && quantity > 0 && quantity < 2 ** 31,
    ),
    marketingConsent: [true, false, null].includes(read.marketingConsent),
    language: read.language === null || /^[\w-]+$/.test(read.language),
  };
  return Object.keys(rules).filter((rule) => rules[rule] === false);
}

const order = (own: object, parse = PARSE) => parseOrder({ ...ROW, ...own }, parse) as ShopOrder;
const phone = (typed: unknown, country: string, defaultCountry: string | null = 'US') =>
  order({ billing: { phone: typed, country } }, { ...PARSE, defaultCountry } as typeof PARSE).phone;

describe('an order of the shop', () => {
  it('is read whole', () => {
    expect(order({})).to.deep.equal({
      id: 7,
      status: 'completed',
      currency: 'USD',
      total: '20.00',
      refunded: '0',
      customerId: 3,
      phone: '+14155552671',
      email: 'jo@shop.example',
      firstName: 'Jo',
      country: 'US',
      createdAt: Date.UTC(2026, 10, 1, 10),
      paidAt: Date.UTC(2026, 10, 1, 10, 5),
      modifiedAt: Date.UTC(2026, 10, 2, 10),
      items: [{ productId: 4, variationId: 5, quantity: 2 }],
      marketingConsent: null,
      language: null,
    });
  });

  it('is readable in every row that a real shop was recorded to answer', () => {
    const parsed = recorded.map((row) => parseOrder(row, PARSE));
    expect(parsed.filter((row) => 'problem' in row)).to.deep.equal([]);
    const byId = new Map((parsed as ShopOrder[]).map((row) => [row.id, row]));
    expect(byId.get(4226)).to.include({ status: 'refunded', total: '24.72', refunded: '24.72' });
    expect(byId.get(4961)).to.include({ customerId: 0, email: 'guest32x1822@guest.example' });
    expect(byId.get(4961)?.items.at(-1)).to.deep.equal({ productId: 418, variationId: 420, quantity: 1 });
  });

  it('takes the phone by the billing country, then by the default', () => {
    expect(phone('020 7946 0018', 'GB')).to.equal('+442079460018');
    expect(phone('+44 20 7946 0018', 'US')).to.equal('+442079460018');
    expect(phone('(415) 555-2671', 'GB')).to.equal('+14155552671');
    expect(phone('(415) 555-2671', '')).to.equal('+14155552671');
    expect(phone('(415) 555-2671', '', null)).to.equal(null);
    for (const nothing of ['', 'n/a', '12', null, undefined]) expect(phone(nothing, 'US')).to.equal(null);
    expect(phone(4_155_552_671, 'US')).to.equal('+14155552671');
  });

  it('adds its refunds up exactly', () => {
    expect(order({ refunds: [{ total: '-0.10' }, { total: '-0.20' }, { total: 0.3 }] }).refunded).to.equal('0.6');
  });

  it('leaves out lines of products that were deleted', () => {
    expect(order({ line_items: [{ product_id: 0, quantity: 1 }] }).items).to.deep.equal([]);
  });

  it('leaves out lines of what was taken back: nobody has bought that', () => {
    const line_items = [-1, 0, 3].map((quantity, index) => ({ product_id: 4 + index, variation_id: 0, quantity }));
    expect(order({ line_items }).items).to.deep.equal([{ productId: 6, variationId: 0, quantity: 3 }]);
  });

  it('takes the dates in UTC, not the site’s local ones beside them', () => {
    const local = { date_created: '2026-11-01T05:00:00', date_modified: '2026-11-02T05:00:00', date_paid: null };
    expect(order(local)).to.include({ createdAt: Date.UTC(2026, 10, 1, 10), paidAt: Date.UTC(2026, 10, 1, 10, 5) });
  });

  for (const [date, at] of [
    ['1970-01-01T00:00:00', 0],
    ['2099-12-31T23:59:59', Date.UTC(2099, 11, 31, 23, 59, 59)],
    ['0001-01-01T00:00:00', null],
    ['-0001-11-30T00:00:00', null],
    ['0000-00-00T00:00:00', null],
    ['2026-02-30T10:00:00', null],
    ['2026-11-01', null],
  ] as const) {
    it(`that says it was paid at ${date} ${at === null ? 'does not say when' : 'says so'}`, () => {
      expect(order({ date_paid_gmt: date }).paidAt).to.equal(at);
    });
  }

  it('takes the creation for the modification where an import left that out', () => {
    expect(order({ date_modified_gmt: null }).modifiedAt).to.equal(Date.UTC(2026, 10, 1, 10));
  });

  for (const [what, billing] of [
    ['without billing', undefined],
    ['with billing null', null],
    ['with an empty billing', []],
    ['with billing in one text', 'Ana Ruiz, 600 112 233'],
    ['with billing of odd shapes', { phone: false, email: ['a'], first_name: { first: 'Ana' }, country: 34 }],
  ] as const) {
    it(`${what} is a purchase of somebody unknown`, () => {
      const nobody = { phone: null, email: null, firstName: null, country: null };
      expect(order({ billing })).to.include({ id: 7, total: '20.00', ...nobody });
    });
  }

  it('without lists, or with null for them, is a purchase of nothing known', () => {
    for (const none of [undefined, null, []])
      expect(order({ line_items: none, refunds: none, meta_data: none })).to.deep.include({ items: [], refunded: '0' });
  });

  it('reads numbers that a plugin writes as text', () => {
    const line_items = [{ product_id: '4', variation_id: '', quantity: '2.5' }];
    expect(order({ line_items }).items).to.deep.equal([{ productId: 4, variationId: 0, quantity: 2.5 }]);
  });

  it('reads its consent beside meta of odd shapes', () => {
    const odd = [null, 'x', 7, [], { key: 5 }, { value: 'yes' }, { key: { a: 1 }, value: { b: [2] } }];
    const yes = { key: '_marketing_consent', value: 'yes' };
    expect(order({ meta_data: [...odd, yes] }).marketingConsent).to.equal(true);
    for (const none of ['x', 0, false, odd]) expect(order({ meta_data: none }).marketingConsent).to.equal(null);
  });

  it('has no address where that is none, or is longer than the mirror holds', () => {
    const email = (typed: string) => order({ billing: { email: typed } }).email;
    for (const none of [
      'n/a',
      'jo@',
      'jo@shop',
      '@shop.example',
      'a b@shop.example',
      `${'x'.repeat(300)}@shop.example`,
    ])
      expect(email(none), none).to.equal(null);
    expect(email(' jo.o&#039;hara+tea@shop.example ')).to.equal("jo.o'hara+tea@shop.example");
  });

  it('reads what PHP makes of empty and of numbered lists', () => {
    const odd = order({
      billing: [],
      line_items: { '1': ROW.line_items[0] },
      meta_data: { '3': { key: '_marketing_consent', value: 'yes' } },
    });
    expect(odd).to.include({ phone: null, email: null, country: null, marketingConsent: true });
    expect(odd.items).to.have.length(1);
  });

  for (const [value, meaning] of [
    ['yes', true],
    ['1', true],
    [1, true],
    [true, true],
    ['On', true],
    ['TRUE', true],
    ['no', false],
    ['0', false],
    [0, false],
    [false, false],
    ['', false],
    [null, false],
    ['2024-05-01', null],
    [['yes'], null],
    [{ yes: 1 }, null],
  ] as const) {
    it(`takes consent ${JSON.stringify(value)} for ${String(meaning)}`, () => {
      expect(order({ meta_data: [{ key: '_marketing_consent', value }] }).marketingConsent).to.equal(meaning);
    });
  }

  it('says nothing about consent without the configured key, and no where keys disagree', () => {
    const yes = { key: '_marketing_consent', value: 'yes' };
    expect(order({ meta_data: [{ key: '_other', value: 'yes' }] }).marketingConsent).to.equal(null);
    expect(order({ meta_data: [yes, { key: '_marketing_consent', value: 'no' }] }).marketingConsent).to.equal(false);
    const two = { ...PARSE, consentMetaKeys: ['_newer', '_marketing_consent'] };
    expect(order({ meta_data: [yes, { key: '_newer', value: '0' }] }, two).marketingConsent).to.equal(false);
  });

  it('takes the language of the first configured key that has one', () => {
    const parse = { ...PARSE, languageMetaKeys: ['wpml_language', 'trp_language'] };
    const meta_data = [
      { key: 'trp_language', value: 'es_ES' },
      { key: 'wpml_language', value: '' },
    ];
    expect(order({ meta_data }, parse).language).to.equal('es_ES');
    expect(order({ meta_data: [...meta_data, { key: 'wpml_language', value: 'de' }] }, parse).language).to.equal('de');
    expect(order({ meta_data: [{ key: 'wpml_language', value: 'DROP TABLE' }] }, parse).language).to.equal(null);
  });

  it('that cannot be read is told by id and field, without any of its values', () => {
    const broken = parseOrder({ ...ROW, total: 'a lot', date_created_gmt: 'yesterday' }, PARSE) as MalformedOrder;
    expect(broken.id).to.equal(7);
    expect(broken.problem)
      .to.match(/total: .*date_created_gmt: /)
      .and.not.match(/a lot|yesterday|415/);
    expect(parseOrder('x', PARSE)).to.have.property('id', null);
  });

  const item = { product_id: 4, variation_id: 5, quantity: 2 };
  for (const [field, own] of [
    ['currency', { currency: 'usd' }],
    ['currency', { currency: 'US Dollar of the United States' }],
    ['status', { status: 'Completed!' }],
    ['status', { status: 'a-status-of-21-letters' }],
    ['total', { total: '1234567890123456789.00' }],
    ['total', { total: '1,234.50' }],
    ['total', { total: '' }],
    ['date_created_gmt', { date_created_gmt: '0001-01-01T00:00:00' }],
    ['line_items.0.product_id', { line_items: [{ ...item, product_id: true }] }],
    ['line_items.0.quantity', { line_items: [{ ...item, quantity: 'two' }] }],
    ['total', { total: '1.123456789' }],
    ['refunds.0.total', { refunds: [{ total: '-0.123456789' }] }],
    ['refunds.0.total', { refunds: [{ total: 'a lot' }, { total: '-1' }] }],
    ['refunds', { refunds: [{ total: '-999999999999999999' }, { total: '-1' }] }],
    ['line_items', { line_items: [{ ...item, quantity: 2_147_483_648 }] }],
    ['line_items', { line_items: [item, { ...item, quantity: 2_147_483_647 }] }],
    ['line_items.0.product_id', { line_items: [{ ...item, product_id: 2 ** 53 }] }],
    ['line_items.0.variation_id', { line_items: [{ ...item, variation_id: -1 }] }],
    ['id', { id: 2 ** 53 }],
    ['customer_id', { customer_id: 2 ** 53 }],
  ] as const) {
    it(`that the mirror cannot hold is malformed: ${JSON.stringify(own)}`, () => {
      const broken = parseOrder({ ...ROW, ...own }, PARSE) as MalformedOrder;
      expect(broken.problem).to.match(new RegExp(`^${field}: `));
    });
  }

  it('is read at the edge of what the mirror holds', () => {
    const edge = order({
      status: 'twenty_letters-long1',
      total: '-999999999999999999.12345678',
      line_items: [{ ...item, quantity: 2_147_483_647 }],
    });
    expect(edge).to.include({ status: 'twenty_letters-long1', total: '-999999999999999999.12345678' });
    expect(edge.items).to.have.length(1);
  });

  it('never throws, and takes no nonsense, whatever comes', () => {
    const odd = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom(...ODD, ...MOMENTS));
    const own = fc.dictionary(fc.constantFrom(...Object.keys(ROW)), odd, { maxKeys: 3 });
    const billing = fc.dictionary(fc.constantFrom('phone', 'email', 'first_name', 'country'), odd);
    const line = fc.dictionary(fc.constantFrom('product_id', 'variation_id', 'quantity'), odd, { maxKeys: 2 });
    const row = fc.oneof(
      odd,
      own.map((fields) => ({ ...ROW, ...fields })),
      billing.map((fields) => ({ ...ROW, billing: { ...ROW.billing, ...fields } })),
      line.map((fields) => ({ ...ROW, line_items: [item, { ...item, ...fields }] })),
    );
    fc.assert(
      fc.property(row, (given) => {
        const parsed = parseOrder(given, PARSE);
        if ('problem' in parsed) expect(parsed.problem).to.match(/^(row|[a-z_]+(\.\w+)*): \S/);
        else expect(nonsenseIn(parsed)).to.deep.equal([]);
      }),
      { numRuns: 500 },
    );
  });
});
