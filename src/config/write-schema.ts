import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configJsonSchema } from './json-schema.js';

/** `npm run schema` writes config/reengaged.schema.json; with `--check` it only says whether the file is up to date (exit 1: no). */
const path =
  process.argv.slice(2).find((argument) => !argument.startsWith('--')) ??
  fileURLToPath(new URL('../../config/reengaged.schema.json', import.meta.url));

function current(): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

if (!process.argv.includes('--check')) {
  writeFileSync(path, configJsonSchema());
  console.log(`${path} is written.`);
} else if (current() !== configJsonSchema()) {
  console.error(`${path} is stale: run npm run schema and commit it.`);
  process.exitCode = 1;
}
