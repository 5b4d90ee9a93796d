import { defineConfig } from 'drizzle-kit';

/** Migrations are generated with a token for the prefix; src/db/migrate.ts puts the configured one in. */
export default defineConfig({ dialect: 'mysql', schema: './src/db/schema.ts', out: './drizzle' });
