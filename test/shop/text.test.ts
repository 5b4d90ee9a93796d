import { expect } from 'chai';
import fc from 'fast-check';
import { decodeEntities, plainText } from '../../src/shop/text.js';

describe('plain text', () => {
  const cases: [string, string, string][] = [
    ['removes tags', '<strong>Iron</strong> <em class="x">Mug</em>', 'Iron Mug'],
    ['puts a space where a line broke', 'Iron<br />Mug<p>Red</p>', 'Iron Mug Red'],
    ['drops scripts with what is in them', 'Mug<script>alert("<b>")</script>', 'Mug'],
    ['drops comments', 'Mug<!-- <b>old</b> -->', 'Mug'],
    ['leaves a less-than sign that is no tag', '3 < 5 > 4', '3 < 5 > 4'],
    ['decodes named entities', 'Tom &amp; Jerry &ndash; &euro;5', 'Tom & Jerry – €5'],
    ['decodes decimal and hexadecimal numbers', '&#36; &#x20ac; &#8217; &#x1F600;', '$ € ’ 😀'],
    ['decodes once', '&amp;lt;b&amp;gt;', '&lt;b&gt;'],
    ['does not take decoded text for tags', '&lt;3 coffee&gt;', '<3 coffee>'],
    ['reads numbers of windows-1252 as browsers do', 'Bob&#146;s &#128;5 &#159;', 'Bob’s €5 Ÿ'],
    ['drops numbers that are no character', 'a&#0;&#xD800;&#1114112;&#9999999;b', 'ab'],
    ['keeps entities it does not know', '&bogus; &amp', '&bogus; &amp'],
    ['collapses white space of every kind', ' a\n\t b&nbsp;&nbsp;c ', 'a b c'],
    ['drops control characters and bidi overrides', 'a\u0007b\u202ec&#8238;d\u2066e', 'abcde'],
    ['drops half characters', 'a\ud83db&#xd83d;c\ude00', 'abc'],
    ['keeps text that is written from right to left', '<b>شاي &amp; נענע</b>', 'شاي & נענע'],
    ['keeps 300 characters and more', `<p>${'é'.repeat(300)}</p>`, 'é'.repeat(300)],
    ['keeps joined emoji whole', '👩‍🚀', '👩‍🚀'],
  ];
  for (const [name, html, text] of cases) {
    it(name, () => {
      expect(plainText(html)).to.equal(text);
    });
  }

  it('never throws and leaves no control character and no half one', () => {
    const odd = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^(&#?x?[0-9a-z]{0,8};|<\/?[a-z!-]*>?| ){0,20}$/),
    );
    fc.assert(
      fc.property(odd, (html) => {
        expect(plainText(html)).to.not.match(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });

  it('takes its time linearly on text made to be slow', () => {
    const start = process.hrtime.bigint();
    plainText('<a'.repeat(50_000));
    plainText('&#'.repeat(50_000));
    expect(Number(process.hrtime.bigint() - start) / 1e6).to.be.below(1_000);
  });
});

describe('decoded entities', () => {
  it('keep the space that a thousand separator is', () => {
    expect(decodeEntities('&nbsp;')).to.equal('\u00a0');
    expect(decodeEntities(' ')).to.equal(' ');
  });
});
