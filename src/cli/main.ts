#!/usr/bin/env node
import { systemClock } from '../lib/clock.js';
import { runCommandLine } from './program.js';
import { flushOutput, processTerminal } from './terminal.js';

await runCommandLine(process.argv.slice(2), { terminal: processTerminal(), clock: systemClock });
await flushOutput();
// Connections that are kept alive for a next request must not keep the process.
process.exit();
