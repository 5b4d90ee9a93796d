import { z } from 'zod';
import { about, natural } from './kinds.js';

export const http = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').meta(about('The address to listen on.', '0.0.0.0')),
    port: natural
      .max(65_535)
      .optional()
      .meta(about('Where GET /health is answered; without a port nothing listens.', 8787)),
  })
  .prefault({})
  .describe('The listener. Takes effect at the next start.');
