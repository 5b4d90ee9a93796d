/**
 * The values of several generators as they come, in turn where several have one. Each is asked for its next value as soon as it has given one,
 * whatever becomes of that one; two of its values wait to be taken at most. The first generator that throws ends it.
 */
export async function* readAhead<T>(
  sources: readonly AsyncGenerator<T>[],
): AsyncGenerator<{ readonly source: AsyncGenerator<T>; readonly value: T }> {
  const ahead = new Map(sources.map((source) => [oneAhead(source), source]));
  const asked = new Map([...ahead.keys()].map((from) => [from, ask(from)]));
  try {
    while (asked.size > 0) {
      const { from, result } = await Promise.race(asked.values());
      const source = ahead.get(from);
      asked.delete(from);
      if (source === undefined || result.done === true) continue;
      // Behind the others: one that is always ready must not keep them waiting.
      asked.set(from, ask(from));
      yield { source, value: result.value };
    }
  } finally {
    for (const from of ahead.keys()) from.return(undefined).catch(() => undefined);
  }
}

async function* oneAhead<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    for (let next = ask(source); ;) {
      const { result } = await next;
      if (result.done === true) return;
      next = ask(source);
      yield result.value;
    }
  } finally {
    source.return(undefined).catch(() => undefined);
  }
}

function ask<T>(from: AsyncGenerator<T>) {
  const answer = from.next().then((result) => ({ from, result }));
  // It may fail while nobody waits for it; whoever does wait is told.
  answer.catch(() => undefined);
  return answer;
}
