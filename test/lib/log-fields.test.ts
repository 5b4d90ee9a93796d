import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import {
  createLogger,
  keepLogFields,
  neverThrowing,
  withLogFields,
  type AppLogger,
  type Logger,
  type LogLevel,
} from '../../src/lib/logger.js';

describe('the lines of a piece of work', () => {
  let stream: PassThrough;
  let logger: AppLogger;
  beforeEach(() => {
    stream = new PassThrough();
    logger = createLogger({ level: 'info', format: 'json', stream });
  });
  const lines = async (): Promise<Record<string, unknown>[]> => {
    await logger.flush();
    const text = String((stream.read() as Buffer | null) ?? '');
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  };

  it('carry the fields of the work they are logged in, whoever logs them, and its own fields win', async () => {
    const child = logger.child({ job: 'sync' });
    await withLogFields({ run: 1, page: 1 }, async () => {
      logger.info('one');
      await withLogFields({ run: 2 }, async () => {
        await Promise.resolve();
        child.info('two', { page: 9 });
      });
      logger.info('three');
    });
    logger.info('four');
    const fields = (await lines()).map(({ run, page, job }) => ({ run, page, job }));
    expect(fields).to.deep.equal([
      { run: 1, page: 1, job: undefined },
      { run: 2, page: 9, job: 'sync' },
      { run: 1, page: 1, job: undefined },
      { run: undefined, page: undefined, job: undefined },
    ]);
  });

  it('of work begun by somebody else carry the fields of where it was handed over', async () => {
    const task = await withLogFields({ run: 1 }, () =>
      Promise.resolve(
        keepLogFields(async () => {
          await Promise.resolve();
          logger.info('kept');
        }),
      ),
    );
    await withLogFields({ run: 2 }, task);
    expect((await lines())[0]).to.include({ run: 1 });
  });
});

describe('a logger that somebody else made', () => {
  const broken = (): never => {
    throw new TypeError(`no +15551234890`);
  };
  const logger: Logger = { error: broken, warn: broken, info: broken, debug: broken, child: () => logger };

  it('throws nothing, and says once that it cannot log', async () => {
    const warning = once(process, 'warning');
    const safe = neverThrowing(logger);
    for (const level of ['error', 'warn', 'info', 'debug'] satisfies LogLevel[]) safe[level]('x');
    safe.child({ run: 1 }).info('x');
    const [{ message }] = (await warning) as [Error];
    expect(message).to.equal('The log cannot be written (TypeError)');
  });

  it('is handed what is logged', () => {
    const seen: unknown[] = [];
    const noting: Logger = { ...logger, info: (...line) => seen.push(line), child: () => noting };
    neverThrowing(noting).info('x', { a: 1 });
    neverThrowing(noting).child({}).info('y');
    expect(seen).to.deep.equal([
      ['x', { a: 1 }],
      ['y', undefined],
    ]);
  });
});
