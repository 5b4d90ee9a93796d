import { DAY } from '../../src/lib/clock.js';
import type { StubRow } from './stub-shop.js';

/** Every two orders share the second of their modification. */
const SECOND_OF = (index: number) => Math.floor(index / 2) * 60;
const ORDERS_EACH = 2.5;
const META = [
  ['_wc_order_attribution_source_type', 'organic'],
  ['_wc_order_attribution_referrer', 'https://www.google.com/'],
  ['_wc_order_attribution_utm_source', 'google'],
  ['_wc_order_attribution_session_pages', '6'],
  ['_wc_order_attribution_device_type', 'Mobile'],
  ['is_vat_exempt', 'no'],
] as const;

/** Orders as a real shop answers them: phones as people type them, one to three lines, the metadata that WooCommerce itself writes. */
export function syncOrders(count: number, now: number): StubRow[] {
  const first = Math.floor((now - DAY) / 1_000) - SECOND_OF(count);
  return Array.from({ length: count }, (_, index) => {
    const at = first + SECOND_OF(index);
    return { id: index + 1, at, body: () => body(index, at, count) };
  });
}

function body(index: number, at: number, count: number): object {
  const person = (index * 7_919) % Math.ceil(count / ORDERS_EACH);
  const date = new Date(at * 1_000).toISOString().slice(0, 19);
  const isRefunded = index % 50 === 0;
  return {
    id: index + 1,
    parent_id: 0,
    status: index % 20 === 0 ? 'cancelled' : 'completed',
    currency: 'USD',
    total: `${20 + (index % 80)}.74`,
    refunds: isRefunded ? [{ id: 1_000_000 + index, reason: '', total: '-5.00' }] : [],
    customer_id: person % 3 === 0 ? 0 : person,
    billing: {
      first_name: 'Zoë',
      last_name: 'Elm',
      country: 'ES',
      email: `c${person}@shop.example`,
      phone: typedPhone(person),
    },
    date_created_gmt: date,
    date_modified_gmt: date,
    date_paid_gmt: date,
    line_items: Array.from({ length: 1 + (index % 3) }, (_, line) => lineItem(index, line)),
    meta_data: [
      ...META.map(([key, value], position) => ({ id: index * 10 + position, key, value })),
      { id: index * 10 + META.length, key: '_wa_consent', value: person % 4 === 0 ? 'yes' : 'no' },
    ],
  };
}

function typedPhone(person: number): string {
  const digits = `6${String(person).padStart(8, '0')}`;
  const grouped = `${digits.slice(0, 3)} ${digits.slice(3, 5)} ${digits.slice(5, 7)} ${digits.slice(7)}`;
  return [digits, grouped, `+34 ${grouped}`, `0034${digits}`][person % 4] ?? digits;
}

function lineItem(index: number, line: number): object {
  const productId = 1 + ((index * 31 + line * 17) % 5_000);
  return {
    id: index * 3 + line,
    name: `Kona-style Grinder #${productId}`,
    product_id: productId,
    variation_id: 0,
    quantity: 1 + (index % 3),
    tax_class: '',
    subtotal: '19.74',
    subtotal_tax: '0.00',
    total: '19.74',
    total_tax: '0.00',
    taxes: [],
    meta_data: [],
    sku: `SIM-${productId}`,
    global_unique_id: '',
    price: 6.579999999999999,
    image: { id: '', src: '' },
    parent_name: null,
  };
}
