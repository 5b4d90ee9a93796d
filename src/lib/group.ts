import DataLoader from 'dataloader';

export interface GroupOptions {
  /** The largest group. */
  readonly max: number;
  /** How long the first item waits for neighbours, in real milliseconds. */
  readonly waitMs: number;
}

/**
 * Turns a function over a list into one over an item: calls that come close together are handed over as one list, so that
 * neighbouring actions share a statement or a request. `work` answers in the order of its items; when it throws, every call of the group fails.
 */
export function grouped<Item, Result>(
  work: (items: readonly Item[]) => Promise<readonly (Result | Error)[]>,
  options: GroupOptions,
): (item: Item) => Promise<Result> {
  const loader = new DataLoader<Item, Result>(async (items) => [...(await work(items))], {
    cache: false,
    maxBatchSize: options.max,
    batchScheduleFn: (run) => {
      setTimeout(run, options.waitMs);
    },
  });
  return (item) => loader.load(item);
}

/** The list in pieces of at most `size`. */
export function chunks<T>(items: readonly T[], size: number): T[][] {
  const pieces: T[][] = [];
  for (let start = 0; start < items.length; start += size) pieces.push(items.slice(start, start + size));
  return pieces;
}

/** Calls that come while one is under way get its promise. */
export function shared<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  return () => {
    running ??= work().finally(() => {
      running = null;
    });
    return running;
  };
}
