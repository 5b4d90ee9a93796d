import { roundMoney } from '../lib/money.js';
import type { PriceFormat } from './shop-facts.js';

/** WooCommerce puts a non-breaking space between amount and symbol. */
const SPACE = '\u00a0';

/** A decimal string as the shop writes prices (wc_price), as plain text: a WhatsApp message shows HTML as it stands. */
export function formatPrice(amount: string, format: PriceFormat): string {
  const rounded = roundMoney(amount, format.decimals);
  const [whole = '', fraction] = rounded.replace('-', '').split('.');
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, () => format.thousandSeparator);
  const number = fraction === undefined ? grouped : `${grouped}${format.decimalSeparator}${fraction}`;
  return `${rounded.startsWith('-') ? '-' : ''}${withSymbol(number, format)}`;
}

function withSymbol(number: string, { symbol, position }: PriceFormat): string {
  switch (position) {
    case 'left':
      return `${symbol}${number}`;
    case 'left_space':
      return `${symbol}${SPACE}${number}`;
    case 'right':
      return `${number}${symbol}`;
    case 'right_space':
      return `${number}${SPACE}${symbol}`;
  }
}
