import { expect } from 'chai';
import { logFormat } from '../../src/cli/session.js';
import { processTerminal } from '../../src/cli/terminal.js';
import { configSchema } from '../../src/config/schema.js';
import { insertActions } from '../../src/db/actions.js';
import { newAction } from '../../src/queue/action.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { useDatabase } from '../support/database.js';
import { useCli } from './support.js';

describe('the terminal', () => {
  function written(work: (terminal: ReturnType<typeof processTerminal>) => void): string {
    const listeners = [process.stdout, process.stderr].map((stream) => [stream, stream.listeners('error')] as const);
    const terminal = processTerminal();
    const write = process.stderr.write.bind(process.stderr);
    let text = '';
    process.stderr.write = (chunk: Uint8Array | string) => {
      text += String(chunk);
      return true;
    };
    try {
      work(terminal);
    } finally {
      process.stderr.write = write;
      for (const [stream, before] of listeners)
        for (const listener of stream.listeners('error'))
          if (!before.includes(listener)) stream.off('error', listener as () => void);
    }
    return text;
  }

  it('begins a new line after one that was written over', () => {
    const text = written((terminal) => {
      terminal.rewrite('Read 5 orders');
      terminal.err('Stopping');
      terminal.err('');
      terminal.rewrite('Read 6 orders');
      terminal.err('');
    });
    expect(text).to.equal('\r\u001b[2KRead 5 orders\nStopping\n\r\u001b[2KRead 6 orders\n');
  });

  it('takes out what was registered, phones, and what would steer it', () => {
    const text = written((terminal) => {
      terminal.redact('pass/word');
      terminal.err('pass/word +34600111222 and 34600111222\u001b[2J \u202eabc\u2069');
    });
    expect(text).to.equal('[redacted] ***222 and ***222\ufffd[2J \ufffdabc\ufffd\n');
  });
});

describe('the format of the log', () => {
  const log = (format: string) => configSchema.shape.log.parse({ format });

  it('is JSON where nobody watches, and pretty on a terminal', () => {
    const auto = { log: log('auto') } as Parameters<typeof logFormat>[0];
    expect(logFormat(auto, {})).to.equal('json');
    expect(logFormat(auto, { isTTY: false })).to.equal('json');
    expect(logFormat(auto, { isTTY: true })).to.equal('pretty');
  });

  it('is what the configuration says, where it says so', () => {
    const of = (format: string) => ({ log: log(format) }) as Parameters<typeof logFormat>[0];
    expect(logFormat(of('json'), { isTTY: true })).to.equal('json');
    expect(logFormat(of('pretty'), {})).to.equal('pretty');
  });
});

describe('a long result', function () {
  this.timeout(60_000);
  const database = useDatabase();
  const cli = useCli(database.options);

  it('reaches a reader who is slow as a whole', async () => {
    const at = Date.parse('2026-02-10T11:00:00Z');
    const send = (number: number) =>
      newAction(HOOKS.sendMessage, { customer_phone: `+34600${number}`, campaign_type: 'we_miss_you' }, at);
    await insertActions(
      database(),
      Array.from({ length: 1_000 }, (_, index) => send(100_000 + index)),
      at,
    );
    // A pipe holds 64 kB.
    const { code, out } = await cli().run(cli().config(), 'actions', '--json', '--limit', '1000');
    expect(code).to.equal(0);
    expect(JSON.parse(out)).to.have.length(1_000);
    expect(out.length).to.be.greaterThan(200_000);
  });
});
