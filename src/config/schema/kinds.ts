import { z } from 'zod';

/**
 * The kinds of value that settings have, and what is said about each setting. `meta` is what the other files read out of the JSON
 * Schema: `writeOnly` marks a secret, `unit` and `wanted` are words for messages about faults, `placeholder` stands for a free name.
 */

/** What a setting does, and values that it may have: config/README.md is made of these. */
export function about(description: string, ...examples: readonly [unknown, ...unknown[]]) {
  return { description, examples: [...examples] };
}

export function aboutSecret(what: string, variable: string) {
  return about(`${what} Write "env:NAME" or "file:PATH" to keep it out of this file.`, `env:${variable}`);
}

export const secret = z.string().min(1).meta({ writeOnly: true });
export const text = (pattern: RegExp, wanted: string) => z.string().regex(pattern).meta({ wanted });
export const webAddress = z
  .url({ protocol: /^https?$/ })
  .meta({ wanted: 'an address that begins with http:// or https://' });
export const time = text(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day as HH:MM');
export const language = text(/^[a-z]{2,3}([_-][A-Z]{2})?$/, 'a language such as en or es_ES');
export const natural = z.int().min(0);
export const positive = z.int().min(1);
export const seconds = positive.meta({ unit: 'seconds' });
export const minutes = positive.meta({ unit: 'minutes' });
export const days = positive.meta({ unit: 'days' });
export const messages = natural.max(100).meta({ unit: 'messages' });
export const percent = z.number().positive().max(100).meta({ unit: 'percent' });
export const metaKeys = z.array(z.string().min(1));
