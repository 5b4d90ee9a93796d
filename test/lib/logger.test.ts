import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Writable } from 'node:stream';
import axios, { isAxiosError } from 'axios';
import { expect } from 'chai';
import fc from 'fast-check';
import { AppError } from '../../src/lib/errors.js';
import { createLogger, type AppLogger, type LoggerOptions, type LogLevel } from '../../src/lib/logger.js';

const NOW = Date.UTC(2026, 0, 15, 10, 30, 0, 123);
const PHONE = '+15551234890';

describe('the logger', () => {
  let stream: PassThrough;
  let logger: AppLogger;
  const open = (options: Partial<LoggerOptions> = {}): void => {
    stream = new PassThrough();
    logger = createLogger({ level: 'info', format: 'json', stream, now: () => NOW, ...options });
  };
  const output = async (): Promise<string> => {
    await logger.flush();
    return String((stream.read() as Buffer | null) ?? '');
  };
  const lines = async (): Promise<Record<string, unknown>[]> =>
    (await output())
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  /** One line's field, after it went through the log. */
  const logged = async (fields: Record<string, unknown>): Promise<Record<string, unknown>> => {
    logger.info('x', fields);
    return (await lines())[0] ?? {};
  };
  beforeEach(() => {
    open();
  });

  describe('lines', () => {
    it('carry timestamp, level, category and message', async () => {
      logger.warn('Shop is slow', { seconds: 3 });
      expect(await output()).to.equal(
        '{"timestamp":"2026-01-15T10:30:00.123Z","level":"warn","category":"reengagement","message":"Shop is slow","seconds":3}\n',
      );
    });

    it('come from the asked level on', async () => {
      open({ level: 'warn' });
      for (const level of ['debug', 'info', 'warn', 'error'] satisfies LogLevel[]) logger[level](level);
      expect((await lines()).map(({ level }) => level)).to.deep.equal(['warn', 'error']);
    });

    it('follow another level and format from the moment they are asked for', async () => {
      logger.debug('no');
      logger.configure({ level: 'debug', format: 'pretty' });
      logger.debug('yes');
      expect(await output()).to.equal('2026-01-15T10:30:00.123Z debug [reengagement] yes\n');
    });

    it('of a child carry its fields and those of its parents', async () => {
      logger.child({ job: 'sync', page: 1 }).child({ page: 2 }).info('Read', { orders: 100 });
      expect((await lines())[0]).to.include({ job: 'sync', page: 2, orders: 100 });
    });

    it('keep their own message when a field has that name', async () => {
      expect(await logged({ message: 'other', level: 9 })).to.include({
        message: 'x',
        level: 'info',
        message_: 'other',
        level_: 9,
      });
    });

    it('are lines: a line break in a name makes no second one', async () => {
      open({ format: 'pretty' });
      logger.info('Hello Eve\n2026-01-15 forged', { name: 'a\u001b[2Jb\nc' });
      expect((await output()).trimEnd()).to.equal(
        '2026-01-15T10:30:00.123Z info  [reengagement] Hello Eve\\n2026-01-15 forged name="a\\u001b[2Jb\\nc"',
      );
    });

    it('are all written when flush resolves, also to a slow stream, and more may follow', async () => {
      const written: string[] = [];
      const slow = new Writable({
        highWaterMark: 16,
        write: (chunk, _encoding, done) => {
          written.push(String(chunk));
          setImmediate(done);
        },
      });
      open({ stream: slow });
      for (let i = 0; i < 500; i++) logger.info(`line ${i}`);
      await logger.flush();
      expect(written.filter(Boolean)).to.have.length(500);
      logger.info('after');
      await logger.flush();
      expect(written.filter(Boolean)).to.have.length(501);
    });
  });

  describe('secrets', () => {
    it('are left out under keys that name one, at any depth', async () => {
      const { a, ...rest } = await logged({
        a: [{ access_token: 'x', b: { consumerSecret: 'y' } }],
        Authorization: 'Bearer z',
        'X-Api-Key': 'k',
        token_valid: true,
        password: 12,
      });
      expect(a).to.deep.equal([{ access_token: '[redacted]', b: { consumerSecret: '[redacted]' } }]);
      expect(rest).to.include({
        Authorization: '[redacted]',
        'X-Api-Key': '[redacted]',
        token_valid: true,
        password: '[redacted]',
      });
    });

    it('are left out of every text once registered, however they are written', async () => {
      logger.redact('pa"ss/wörd');
      logger.redact('on'); // too short to look for
      logger.error('login with pa"ss/wörd on port', {
        url: `/x?p=${encodeURIComponent('pa"ss/wörd')}`,
        body: JSON.stringify({ p: 'pa"ss/wörd' }),
      });
      const [line] = await lines();
      expect(line).to.include({
        message: 'login with [redacted] on port',
        url: '/x?p=[redacted]',
        body: '{"p":"[redacted]"}',
      });
    });

    const texts = [
      'GET /wp-json/wc/v3/orders?consumer_key=ck_SECRET&page=1',
      'OAuth oauth_consumer_key="SECRET", oauth_signature="SECRET"',
      'Authorization: Basic SECRETSECRET==',
      'Authorization: Bearer SECRET.SECRET',
      'mysql://reengaged:SECRET@db/wordpress',
      'https://user:p@SECRET/SECRET@shop.example/x',
      'https://SECRET@shop.example/x',
      '{"access_token":"SECRET"}',
    ];
    for (const each of texts) {
      it(`are left out of ${each.replaceAll('SECRET', '...')}`, async () => {
        logger.info(each);
        expect(await output())
          .to.include('[redacted]')
          .and.not.to.include('SECRET');
      });
    }

    it('of the shapes that WooCommerce and Meta give them are left out even if nobody registered them', async () => {
      logger.info(`key ck_${'0a'.repeat(20)} and token EAA${'Zb1'.repeat(40)}.`);
      expect((await lines())[0]).to.include({ message: 'key [redacted] and token [redacted].' });
    });
  });

  describe('phone numbers', () => {
    it('are masked to the last three digits in every text', async () => {
      logger.info(`to ${PHONE}, %2B15551234890 and +1234567`, { [PHONE]: { note: `x${PHONE}` } });
      const [line] = await lines();
      expect(line).to.deep.include({ message: 'to ***890, ***890 and ***567', '***890': { note: 'x***890' } });
    });

    it('are masked without a plus under keys that name one, and in JSON inside a text', async () => {
      const line = await logged({
        customer_phone: '15551234890',
        customerPhone: 15551234890,
        to: '15551234890',
        contacts: [{ input: '15551234890', wa_id: '15551234890' }],
        recipient_id: '15551234890',
        phones: ['15551234890'],
        body: '{"to":"15551234890"}',
      });
      expect(JSON.stringify(line)).not.to.include('15551234890');
      expect(line).to.deep.include({ customer_phone: '***890', phones: ['***890'], body: '{"to":"***890"}' });
    });

    it('are masked in what the database says about a duplicate', async () => {
      logger.error("Duplicate entry '15551234890' for key 'phone'");
      expect((await lines())[0]).to.include({ message: "Duplicate entry '***890' for key 'phone'" });
    });

    it('are masked wherever they stand, whatever they are', async () => {
      const phone = fc
        .tuple(fc.integer({ min: 1, max: 9 }), fc.stringMatching(/^\d{6,14}$/))
        .map(([first, rest]) => `+${first}${rest}`);
      await fc.assert(
        fc.asyncProperty(phone, fc.stringMatching(/^[ a-z=:,"'/]{0,8}$/), async (number, around) => {
          open();
          logger.info(around + number + around, { nested: [{ text: number + around }] });
          expect(await output()).not.to.include(number.slice(1));
        }),
        { numRuns: 50 },
      );
    });

    it('inside a wamid, which holds the whole number, leave with all of it but its end', async () => {
      const wamid = `wamid.${Buffer.from('HBgL+15551234890VAgARGBI5QUFB').toString('base64')}`;
      const line = await logged({ message_id: wamid, result: { text: `accepted as ${wamid}.` } });
      const short = `wamid...${wamid.slice(-8)}`;
      expect(line).to.deep.include({ message_id: short, result: { text: `accepted as ${short}.` } });
    });

    it('are nothing else: ids, times and amounts stay', async () => {
      const fields = {
        order_id: 123456789012,
        reference: '123456789012',
        phone_number_id: '100000000000001',
        epoch_ms: 1768473000123,
        from: 1768473000123,
        to: 1768559400123,
        at: '2026-01-15T10:30:00+05:30',
        day: '+002026-01-15',
        offset: '+05:30',
        total: '1234567.89',
        table_prefix: 'wp_wch_',
      };
      expect(await logged(fields)).to.deep.include(fields);
    });
  });

  describe('errors', () => {
    it('of ours show code, message, advice and cause', async () => {
      const error = new AppError('DB_UNREACHABLE', 'no database', {
        cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
      });
      expect((await logged({ error }))['error']).to.deep.equal({
        code: 'DB_UNREACHABLE',
        message: 'no database',
        advice: error.advice,
        cause: { name: 'Error', message: 'refused', code: 'ECONNREFUSED' },
      });
    });

    it('show their stack only at level debug', async () => {
      expect(await logged({ error: new Error('x') }))
        .to.have.property('error')
        .that.has.all.keys('name', 'message');
      logger.configure({ level: 'debug', format: 'json' });
      expect(await logged({ error: new Error('x') }))
        .to.have.property('error')
        .that.has.all.keys('name', 'message', 'stack');
    });

    it('that hold others show them', async () => {
      const error = new AggregateError([new AppError('USAGE', 'one'), new Error('two')], 'both');
      expect((await logged({ error }))['error'])
        .to.have.property('errors')
        .with.length(2);
    });

    it('of axios, however deep, show no token, no phone and nothing of the request', async () => {
      const server = createServer((_request, response) => {
        response.writeHead(400, { 'set-cookie': 'session=COOKIE' }).end(JSON.stringify({ to: '15551234890' }));
      }).listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      const error: unknown = await axios
        .post(
          `http://127.0.0.1:${(server.address() as AddressInfo).port}/x?access_token=HIDDEN1`,
          { to: PHONE },
          { headers: { Authorization: 'Bearer HIDDEN1' }, auth: { username: 'HIDDEN1', password: 'HIDDEN1' } },
        )
        .catch((reason: unknown) => reason);
      server.close();
      expect(isAxiosError(error)).to.equal(true);
      logger.configure({ level: 'debug', format: 'json' });
      logger.error(`Sending to ${PHONE} failed`, { error });
      logger.error('Nested', {
        error: new AppError('WHATSAPP_REFUSED', `for ${PHONE}`, { cause: new Error('outer', { cause: error }) }),
      });
      logger.error('In pieces', { ...(error as object), list: [error] });
      logger.error('As JSON', isAxiosError(error) ? (error.toJSON() as Record<string, unknown>) : {});
      const everything = await output();
      expect(everything.match(/Request failed with status code 400/g)).to.have.length.greaterThan(2);
      expect(everything).not.to.match(/HIDDEN1|COOKIE|5551234890/);
      expect(everything).not.to.include(Buffer.from('HIDDEN1:').toString('base64').slice(0, 9));
    });

    it('of drizzle lose the values of the query', async () => {
      const error = new Error('Failed query: select 1\nparams: Ann,15551234890\nsecond line');
      expect(await logged({ error })).to.have.nested.property(
        'error.message',
        'Failed query: select 1\nparams: [redacted]',
      );
    });
  });

  describe('whatever is logged', () => {
    it('may be circular', async () => {
      const circular: Record<string, unknown> = { a: 1 };
      circular['self'] = circular;
      const error = new Error('round');
      error.cause = error;
      expect(await logged({ circular, error, twice: [circular, circular] })).to.deep.include({
        circular: { a: 1, self: '[circular]' },
        error: { name: 'Error', message: 'round', cause: '[circular]' },
      });
    });

    it('is bounded in length, and the line stays JSON', async () => {
      const deep = Array.from({ length: 50 }).reduce<object>((inner) => ({ inner }), {});
      logger.info('y'.repeat(1e6), {
        kept: 1,
        text: 'z'.repeat(1e6),
        deep,
        wide: Object.fromEntries(Array.from({ length: 1e4 }, (_, at) => [`key${at}`, 'v'.repeat(500)])),
        list: Array.from({ length: 1e5 }, (_, at) => at),
        buffer: Buffer.alloc(1e6),
      });
      const text = await output();
      expect(text).to.have.length.lessThan(17_000);
      expect(JSON.parse(text)).to.deep.include({ kept: 1, buffer: '[1000000 bytes]', cut: 'too long: wide' });
    });

    it('may be of any kind', async () => {
      const fields = {
        big: 10n,
        date: new Date(NOW),
        map: new Map([['a', new Set([1])]]),
        url: new URL('https://shop.example.com/x'),
        nothing: undefined,
        nil: null,
        call: () => 1,
        get bad(): string {
          return 'fine';
        },
        thrower: {
          get boom(): string {
            throw new Error('boom');
          },
        },
      };
      expect(await logged(fields)).to.deep.include({
        big: '10',
        date: '2026-01-15T10:30:00.123Z',
        map: { a: [1] },
        url: 'https://shop.example.com/x',
        nil: null,
        call: '[function]',
        thrower: '[unreadable]',
      });
    });

    it('never throws', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.string(),
          fc.dictionary(fc.string(), fc.anything({ withBigInt: true, withMap: true, withSparseArray: true })),
          async (message, fields) => {
            open();
            logger.info(message, fields);
            expect(await lines()).to.have.length(1);
          },
        ),
        { numRuns: 100 },
      );
    });
  });
});
