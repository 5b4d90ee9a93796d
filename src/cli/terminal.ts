import { createRedactor } from '../lib/redact.js';
import { maskPhone } from '../lib/phone.js';

/** Where a command writes. */
export interface Terminal {
  /** The result, on standard output. */
  out(text: string): void;
  /** Faults, advice and progress, on standard error; secrets and whole phone numbers are taken out. */
  err(text: string): void;
  /** Puts this line in the place of the last one, on standard error; only for a terminal. */
  rewrite(text: string): void;
  /** Leaves this secret out of everything from now on. */
  redact(secret: string): void;
  /** Whether standard error is a terminal, where a line can be written over. */
  readonly isWatched: boolean;
}

/** The process's own streams. Whoever reads them may go away (`| head`): the work goes on without a word. */
export function processTerminal(): Terminal {
  const redactor = createRedactor();
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  return {
    out: (text) => process.stdout.write(`${harmless(text)}\n`),
    err: (text) => process.stderr.write(`${harmless(withoutTypedPhones(redactor.text(text)))}\n`),
    rewrite: (text) => process.stderr.write(`\r\u001b[2K${text}`),
    redact: (secret) => {
      redactor.register(secret);
    },
    isWatched: process.stderr.isTTY,
  };
}

/** What a shop or Meta says must not steer the terminal. */
function harmless(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd');
}

/** The redactor leaves bare numbers in a text alone; an argument that is said again may be a phone without its plus. */
function withoutTypedPhones(text: string): string {
  return text.replace(/(?<![\w.])\d{9,15}(?!\d)/g, maskPhone);
}
