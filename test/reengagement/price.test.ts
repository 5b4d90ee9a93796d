import { expect } from 'chai';
import { formatPrice } from '../../src/reengagement/price.js';
import { priceFormat } from './facts.js';

describe('price', () => {
  it('is written as in the United States', () => {
    expect(formatPrice('1234567.5', priceFormat())).to.equal('$1,234,567.50');
  });

  it('is written as in Germany', () => {
    const euro = { symbol: '€', position: 'right_space', thousandSeparator: '.', decimalSeparator: ',' } as const;
    expect(formatPrice('1234.5', priceFormat(euro))).to.equal('1.234,50\u00a0€');
  });

  it('puts the symbol where the shop wants it', () => {
    expect(formatPrice('5', priceFormat({ position: 'right' }))).to.equal('5.00$');
    expect(formatPrice('5', priceFormat({ position: 'left_space' }))).to.equal('$\u00a05.00');
  });

  it('has no decimals where the shop has none, and rounds a half up', () => {
    expect(formatPrice('999.50', priceFormat({ decimals: 0, symbol: '¥' }))).to.equal('¥1,000');
  });

  it('rounds a half up in the decimals too', () => {
    expect(formatPrice('1.005', priceFormat())).to.equal('$1.01');
  });

  it('can do without a thousand separator', () => {
    expect(formatPrice('1234', priceFormat({ thousandSeparator: '' }))).to.equal('$1234.00');
  });

  it('takes a dollar sign for the separator literally', () => {
    expect(formatPrice('1234567', priceFormat({ thousandSeparator: '$&', decimals: 0 }))).to.equal('$1$&234$&567');
  });

  it('keeps every digit of a large amount', () => {
    expect(formatPrice('12345678901234567890.12', priceFormat())).to.equal('$12,345,678,901,234,567,890.12');
  });

  it('has its minus before the symbol', () => {
    expect(formatPrice('-3', priceFormat())).to.equal('-$3.00');
  });

  it('is plain text (fault 7: it was HTML)', () => {
    expect(formatPrice('3', priceFormat())).not.to.match(/[<>&;]/);
  });
});
