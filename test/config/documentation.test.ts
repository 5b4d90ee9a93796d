import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { check } from 'prettier';
import { configReadme } from '../../src/config/config-readme.js';
import { placeAt } from '../../src/config/plain-data.js';
import { configSchema } from '../../src/config/schema.js';
import { isRecord, nodeAt, schemaTree, type Path, type SchemaNode } from '../../src/config/schema-tree.js';
import { exampleWith } from './support.js';

/** Every value that a file may hold, with a campaign type, a language and a place in a list where they are free. */
function leaves(node: SchemaNode, path: Path = []): Path[] {
  const { properties, propertyNames, additionalProperties, items } = node;
  if (properties !== undefined)
    return Object.entries(properties).flatMap(([name, child]) => leaves(child, [...path, name]));
  if (isRecord(additionalProperties))
    return [path, ...leaves(additionalProperties, [...path, propertyNames?.enum?.[0] ?? 'en'])];
  if (items?.type === 'object') return leaves(items, [...path, 0]);
  return [path];
}

const settings = leaves(schemaTree).filter(([first]) => first !== '$schema');
const readme = configReadme();

describe('each setting', () => {
  it('has a description and an example', () => {
    expect(settings).to.have.length.greaterThan(60);
    const lacking = settings.filter((path) => {
      const { description = '', examples = [] } = nodeAt(path) ?? {};
      return description === '' || examples.length === 0;
    });
    expect(lacking).to.deep.equal([]);
  });

  it('may be what its examples say', () => {
    for (const path of settings)
      for (const example of nodeAt(path)?.examples ?? []) {
        const config = exampleWith({ 'whatsapp.texts': { back_in_stock: {} } });
        config['whatsapp'] = { ...(config['whatsapp'] as object), texts: { en: {} } };
        placeAt(config, path, example);
        const { error } = configSchema.safeParse(config);
        expect(error?.issues, `${path.join('.')}: ${JSON.stringify(example)}`).to.equal(undefined);
      }
  });

  it('stands in config/README.md with its default', () => {
    for (const path of settings) {
      const key = path
        .map((word) => (typeof word === 'number' ? 'N' : word))
        .join('.')
        .replace(/(templates|texts\.en)\.back_in_stock/, '$1.CAMPAIGN_TYPE')
        .replace('texts.en', 'texts.LANGUAGE');
      const line = readme.slice(readme.indexOf(`- \`${key}\`: ${nodeAt(path)?.description ?? ''}\n  - `));
      expect(line, key).to.have.length.greaterThan(1);
      const fallback = nodeAt(path)?.default;
      if (fallback !== undefined) expect(line.split('\n')[1]).to.contain(`Default: \`${JSON.stringify(fallback)}\`.`);
    }
  });
});

describe('config/README.md', () => {
  it('is that of today', () => {
    expect(readFileSync(new URL('../../config/README.md', import.meta.url), 'utf8')).to.equal(readme);
  });

  it('is left alone by prettier', async () => {
    expect(await check(readme, { parser: 'markdown', printWidth: 120, singleQuote: true })).to.equal(true);
  });
});
