import { z } from 'zod';
import { about } from './kinds.js';

export const log = z
  .strictObject({
    level: z
      .enum(['error', 'warn', 'info', 'debug'])
      .default('info')
      .meta(about('The least important lines that are written.', 'debug')),
    format: z
      .enum(['auto', 'json', 'pretty'])
      .default('auto')
      .meta(about('auto: pretty on a terminal, JSON lines elsewhere.', 'json')),
  })
  .prefault({})
  .describe('The log, on standard output.');
