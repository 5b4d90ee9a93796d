import { expect } from 'chai';
import fc from 'fast-check';
import { messageLink } from '../../src/reengagement/message-link.js';

const HOME = 'https://shop.example';
const UTM = { source: 'whatsapp', medium: 'reengagement' };
const MARKS = 'utm_source=whatsapp&utm_medium=reengagement&utm_campaign=price_drop';
const link = (permalink: string | null, home = HOME, utm = UTM) => messageLink(permalink, home, utm, 'price_drop');

describe('message link', () => {
  it("is the product's path behind the shop's home, with the three marks", () => {
    expect(link('https://shop.example/product/blue-mug/')).to.deep.equal({
      address: `https://shop.example/product/blue-mug/?${MARKS}`,
      suffix: `product/blue-mug/?${MARKS}`,
    });
  });

  it('is the home page in a campaign without a product, and never empty', () => {
    expect(link(null)).to.deep.equal({ address: `https://shop.example/?${MARKS}`, suffix: `?${MARKS}` });
  });

  it('keeps the query that an address has', () => {
    expect(link('https://shop.example/?product=blue%20mug&attribute_color=dark+red').suffix).to.equal(
      `?product=blue%20mug&attribute_color=dark+red&${MARKS}`,
    );
  });

  it('puts its marks in the place of older ones', () => {
    expect(link('https://shop.example/a/?utm_source=news&x=1').suffix).to.equal(`a/?x=1&${MARKS}`);
  });

  it('puts the marks before a fragment', () => {
    expect(link('https://shop.example/a/#reviews').suffix).to.equal(`a/?${MARKS}#reviews`);
  });

  it('encodes what the marks are set to', () => {
    expect(link(null, HOME, { source: 'what&sapp', medium: 'a b' }).suffix).to.include(
      '?utm_source=what%26sapp&utm_medium=a%20b&',
    );
  });

  it('encodes letters that no address holds', () => {
    expect(link('https://shop.example/tasse-grün-🍵/').suffix).to.equal(`tasse-gr%C3%BCn-%F0%9F%8D%B5/?${MARKS}`);
  });

  it('leaves out the path of a shop that stands in a folder', () => {
    expect(link('https://shop.example/store/product/a/', `${HOME}/store`).suffix).to.equal(`product/a/?${MARKS}`);
  });

  it('takes www. and http for the same shop', () => {
    expect(link('http://www.shop.example/product/a/').suffix).to.equal(`product/a/?${MARKS}`);
  });

  it('leads a button to the home page where a button cannot lead to the product', () => {
    for (const elsewhere of ['https://other.example/product/a/', 'https://shop.example:8443/a/']) {
      expect(link(elsewhere)).to.deep.equal({ address: `${elsewhere}?${MARKS}`, suffix: `?${MARKS}` });
    }
    expect(link('https://shop.example/storefront/a/', `${HOME}/store`).suffix).to.equal(`?${MARKS}`);
  });

  it("leads a button to the home page where the address would be longer than Meta's 2,000 characters", () => {
    expect(link(`https://shop.example/${'a'.repeat(2_000)}/`).suffix).to.equal(`?${MARKS}`);
  });

  for (const bad of ['', 'product/a', 'javascript:alert(1)']) {
    it(`is the home page for the address ${JSON.stringify(bad)}`, () => {
      expect(link(bad).address).to.equal(`https://shop.example/?${MARKS}`);
    });
  }

  it('completes the home to the address that a text shows', () => {
    const piece = fc.string({
      unit: fc.constantFrom('a', 'Z', '7', '-', '.', '%C3', 'ü', ' ', '&', '=', '+'),
      maxLength: 8,
    });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 4 }), fc.option(piece), (path, query) => {
        const made = link(`${HOME}/${path.join('/')}${query === null ? '' : `?${query}`}`);
        expect(`${HOME}/${made.suffix}`).to.equal(made.address);
        expect(new URL(made.address).searchParams.get('utm_campaign')).to.equal('price_drop');
      }),
    );
  });
});
