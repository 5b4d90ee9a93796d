import { expect } from 'chai';
import { AppError } from '../../src/lib/errors.js';
import { createLifecycle } from '../../src/lib/lifecycle.js';

const caught = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('the lifecycle', () => {
  it('releases last in first out, one after the other', async () => {
    const lifecycle = createLifecycle();
    const order: string[] = [];
    for (const name of ['pool', 'queue', 'http']) {
      lifecycle.add(name, async () => {
        order.push(`${name} ...`);
        await Promise.resolve();
        order.push(name);
      });
    }
    await lifecycle.close();
    expect(order).to.deep.equal(['http ...', 'http', 'queue ...', 'queue', 'pool ...', 'pool']);
  });

  it('releases everything even if some fail, and collects the errors', async () => {
    const lifecycle = createLifecycle();
    const released: string[] = [];
    lifecycle.add('pool', () => void released.push('pool'));
    lifecycle.add('queue', () => Promise.reject(new Error('stuck')));
    lifecycle.add('watch', () => {
      throw new Error('broken');
    });
    const error = await caught(lifecycle.close());
    expect(released).to.deep.equal(['pool']);
    expect(error).to.be.instanceOf(AggregateError);
    const { errors } = error as { errors: AppError[] };
    expect(errors.map(({ message, cause }) => [message, (cause as Error).message])).to.deep.equal([
      ['Could not release watch.', 'broken'],
      ['Could not release queue.', 'stuck'],
    ]);
  });

  it('releases once, however often it is closed', async () => {
    const lifecycle = createLifecycle();
    let released = 0;
    lifecycle.add('pool', () => {
      released += 1;
    });
    await Promise.all([lifecycle.close(), lifecycle.close()]);
    await lifecycle.close();
    expect(released).to.equal(1);
  });

  it('releases what is acquired while it closes', async () => {
    const lifecycle = createLifecycle();
    const released: string[] = [];
    lifecycle.add('pool', () => {
      lifecycle.add('late', () => void released.push('late'));
    });
    await lifecycle.close();
    expect(released).to.deep.equal(['late']);
  });

  it('refuses what is acquired after it has closed', async () => {
    const lifecycle = createLifecycle();
    await lifecycle.close();
    expect(() => {
      lifecycle.add('late', () => undefined);
    }).to.throw(AppError, 'late was acquired after everything had been released.');
  });

  it('unwinds a partial start and passes the error on', async () => {
    const lifecycle = createLifecycle();
    const released: string[] = [];
    const failure = new AppError('DB_UNREACHABLE', 'no database');
    const error = await caught(
      lifecycle.start(() => {
        lifecycle.add('config', () => void released.push('config'));
        lifecycle.add('pool', () => void released.push('pool'));
        return Promise.reject(failure);
      }),
    );
    expect(error).to.equal(failure);
    expect(released).to.deep.equal(['pool', 'config']);
  });

  it('keeps the error of the start as the cause when the unwinding fails too', async () => {
    const lifecycle = createLifecycle();
    const failure = new AppError('DB_UNREACHABLE', 'no database');
    const error = await caught(
      lifecycle.start(() => {
        lifecycle.add('pool', () => Promise.reject(new Error('stuck')));
        return Promise.reject(failure);
      }),
    );
    expect(error).to.be.instanceOf(AggregateError).with.property('cause', failure);
  });

  it('releases nothing when the start succeeds', async () => {
    const lifecycle = createLifecycle();
    let released = 0;
    const result = await lifecycle.start(() => {
      lifecycle.add('pool', () => {
        released += 1;
      });
      return Promise.resolve('app');
    });
    expect(result).to.equal('app');
    expect(released).to.equal(0);
  });
});
