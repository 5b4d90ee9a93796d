import { z } from 'zod';
import { configSchema } from './schema.js';

/**
 * The JSON Schema of the configuration file, as text, the same for every run: for editors, and held in the repository. Our own
 * marks are left out, since strict validators refuse keywords that they do not know.
 */
export function configJsonSchema(): string {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      delete jsonSchema['unit'];
      delete jsonSchema['wanted'];
      delete jsonSchema['placeholder'];
    },
  });
  return `${JSON.stringify(schema, null, 2)}\n`;
}
