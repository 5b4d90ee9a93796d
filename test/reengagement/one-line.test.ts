import { expect } from 'chai';
import fc from 'fast-check';
import { cut, oneLine } from '../../src/reengagement/one-line.js';

describe('one line', () => {
  it('makes newlines, tabs and runs of spaces one space', () => {
    expect(oneLine('  Blue\n\tmug      for \r\n two  ', 100)).to.equal('Blue mug for two');
  });

  it('keeps a non-breaking space, as prices have one', () => {
    expect(oneLine('5,00\u00a0€', 100)).to.equal('5,00\u00a0€');
  });

  it('drops control characters and marks that turn the direction', () => {
    expect(oneLine('a\u0000b\u001bc\u202ed\u2066e\u200ff\ufeffg', 100)).to.equal('abcdefg');
  });

  it('drops half characters', () => {
    expect(oneLine('a\ud83db', 100)).to.equal('ab');
  });

  it('keeps emoji that are joined of several', () => {
    expect(oneLine('👩‍👧 mug', 100)).to.equal('👩‍👧 mug');
  });

  for (const nothing of ['', ' \n', '\u200b', '\u200d', '\u202e \u2069', '\ud83d']) {
    it(`finds nothing in ${JSON.stringify(nothing)}`, () => {
      expect(oneLine(nothing, 100)).to.equal(null);
    });
  }

  it('shows that something is missing', () => {
    expect(oneLine('abcdefghij', 5)).to.equal('abcd…');
    expect(cut('abcde', 5)).to.equal('abcde');
  });

  it('is not cut within what a reader sees as one character', () => {
    expect(cut('ab👩‍👧cdefgh', 6)).to.equal('ab…');
    expect(cut('abe\u0301defgh', 4)).to.equal('ab…');
  });

  it('obeys every rule that Meta has for a parameter, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.oneof(
            fc.constantFrom(' ', '\n', '\t', '\u00a0', '\u2028', '\ud800', '👩‍👧', '\u202e'),
            fc.string({ unit: 'binary', maxLength: 1 }),
          ),
        }),
        fc.integer({ min: 1, max: 40 }),
        (text, limit) => {
          const line = oneLine(text, limit);
          if (line === null) return;
          expect(line).not.to.match(/[\n\r\t\u2028\u2029]|\s{2}|\p{Cs}|[\u202a-\u202e\u2066-\u2069]/u);
          expect(line.length).to.be.within(1, limit);
          expect(line.trim()).to.equal(line);
        },
      ),
    );
  });
});
