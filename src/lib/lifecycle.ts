import { AppError } from './errors.js';

export type Release = () => Promise<void> | void;

export interface Lifecycle {
  /** Notes how to release something that has just been acquired. */
  add(name: string, release: Release): void;
  /**
   * Acquires things: when `begin` fails, everything added so far is released before the error is passed on. If a release fails
   * too, an AggregateError holds all errors, the first one as its cause.
   */
  start<T>(begin: () => Promise<T>): Promise<T>;
  /**
   * Releases everything, last in first out, one after the other, whether or not one fails; an AggregateError holds what failed.
   * A second call gets the promise of the first.
   */
  close(): Promise<void>;
}

export function createLifecycle(): Lifecycle {
  const stack: { name: string; release: Release }[] = [];
  let closing: Promise<void> | undefined;
  let closed = false;

  const releaseAll = async (): Promise<void> => {
    const errors: Error[] = [];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      try {
        await next.release();
      } catch (error) {
        errors.push(new AppError('INTERNAL', `Could not release ${next.name}.`, { cause: error }));
      }
    }
    closed = true;
    if (errors.length > 0) throw new AggregateError(errors, 'Not everything could be released.');
  };
  const close = (): Promise<void> => (closing ??= releaseAll());

  return {
    add: (name, release) => {
      if (closed) throw new AppError('INTERNAL', `${name} was acquired after everything had been released.`);
      stack.push({ name, release });
    },
    start: async (begin) => {
      try {
        return await begin();
      } catch (error) {
        const failed: unknown = await close().then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (failed === undefined) throw error;
        throw new AggregateError([error, failed], 'The start failed, and not everything could be released.', {
          cause: error,
        });
      }
    },
    close,
  };
}
