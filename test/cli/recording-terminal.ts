import type { Terminal } from '../../src/cli/terminal.js';

/** A terminal that keeps what is written to it; whoever is asked agrees. */
export function recordingTerminal() {
  const out: string[] = [];
  const err: string[] = [];
  const terminal: Terminal = {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    rewrite: () => undefined,
    redact: () => undefined,
    confirm: () => Promise.resolve(true),
    isWatched: false,
  };
  return { terminal, out: () => out.join('\n'), err: () => err.join('\n') };
}
