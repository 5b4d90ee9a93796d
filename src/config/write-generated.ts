import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configReadme } from './config-readme.js';
import { configJsonSchema } from './json-schema.js';

/**
 * `npm run schema` writes what config/ holds about the schema, or what the folder does that is named; with `--check` it only says
 * whether the files are up to date (exit 1: no).
 */
const folder =
  process.argv.slice(2).find((argument) => !argument.startsWith('--')) ??
  fileURLToPath(new URL('../../config', import.meta.url));

const files = { 'reengaged.schema.json': configJsonSchema(), 'README.md': configReadme() };

function current(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

for (const [name, content] of Object.entries(files)) {
  const path = join(folder, name);
  if (!process.argv.includes('--check')) {
    writeFileSync(path, content);
    console.log(`${path} is written.`);
  } else if (current(path) !== content) {
    console.error(`${path} is stale: run npm run schema and commit it.`);
    process.exitCode = 1;
  }
}
