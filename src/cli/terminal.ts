import { createInterface } from 'node:readline';
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
  /** Asks on standard error and waits for the answer; whatever is not yes is no. Absent where nobody sits who could answer. */
  readonly confirm?: (question: string) => Promise<boolean>;
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
  let isLineOpen = false;
  return {
    out: (text) => process.stdout.write(`${harmless(text)}\n`),
    err: (text) => {
      // A line that was written over stays, and what follows begins a new one; '' only ends it.
      if (isLineOpen) process.stderr.write('\n');
      isLineOpen = false;
      if (text !== '') process.stderr.write(`${harmless(withoutTypedPhones(redactor.text(text)))}\n`);
    },
    rewrite: (text) => {
      process.stderr.write(`\r\u001b[2K${text}`);
      isLineOpen = true;
    },
    redact: (secret) => {
      redactor.register(secret);
    },
    ...(process.stdin.isTTY && process.stderr.isTTY
      ? { confirm: (question) => confirmOn(process.stdin, process.stderr, question) }
      : {}),
    isWatched: process.stderr.isTTY,
  };
}

/** Not in readline's raw mode: Ctrl-C has to reach the process. The end of the input, Ctrl-D, is a no. */
export async function confirmOn(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  question: string,
): Promise<boolean> {
  const lines = createInterface({ input, output, terminal: false });
  try {
    return await new Promise<boolean>((resolve) => {
      lines.once('close', () => {
        resolve(false);
      });
      lines.question(`${question} [y/N] `, (answer) => {
        resolve(/^y(es)?$/i.test(answer.trim()));
      });
    });
  } finally {
    lines.close();
  }
}

/** Resolves when all that was written has been handed over: a pipe takes 64 kB at once, and process.exit loses the rest. */
export async function flushOutput(): Promise<void> {
  for (const stream of [process.stdout, process.stderr])
    await new Promise<void>((resolve) => {
      stream.write('', () => {
        resolve();
      });
    });
}

/** What a shop or Meta says must not steer the terminal, nor turn the direction of what is read in it. */
function harmless(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

/** The redactor leaves bare numbers in a text alone; an argument that is said again may be a phone without its plus. */
function withoutTypedPhones(text: string): string {
  return text.replace(/(?<![\w.])\d{9,15}(?!\d)/g, maskPhone);
}
