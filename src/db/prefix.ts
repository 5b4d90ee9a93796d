/** Stands for the configured table prefix in the files of drizzle/. */
export const PREFIX_TOKEN = '__PREFIX__';
