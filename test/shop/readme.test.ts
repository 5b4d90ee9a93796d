import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

const TESTS = new URL('../', import.meta.url).pathname;

describe('the list of what a real shop answers', () => {
  it('names only tests that there are', () => {
    const tests = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => readFileSync(join(TESTS, file), 'utf8').replaceAll("\\'", "'"))
      .join('\n');
    const named = [...readFileSync(join(TESTS, 'shop/README.md'), 'utf8').matchAll(/"([^"]+)"/g)];
    const shown = named.map(([, name = '']) => name.replace(/^…|…$/g, ''));
    expect(shown).to.have.length.above(40);
    expect(shown.filter((name) => !tests.includes(name))).to.deep.equal([]);
  });
});
