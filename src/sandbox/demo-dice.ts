/** Chance that falls the same way at every run: the demo tells the same story each time. */
export interface Dice {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
  /** A whole number, both ends included. */
  between(lowest: number, highest: number): number;
  /** True in this share of cases, 0 to 1. */
  chance(share: number): boolean;
  pick<T>(list: readonly [T, ...T[]]): T;
  /** So many different ones, in a random order; all when there are fewer. */
  draw<T>(list: readonly T[], count: number): T[];
}

/** Mulberry32: 32 bits of state, good enough for invented customers. */
export function createDice(seed: number): Dice {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    between: (lowest, highest) => lowest + below(highest - lowest + 1),
    chance: (share) => next() < share,
    pick: (list) => list[below(list.length)] ?? list[0],
    draw: (list, count) => {
      const left = [...list];
      const drawn = [];
      while (left.length > 0 && drawn.length < count) drawn.push(...left.splice(below(left.length), 1));
      return drawn;
    },
  };
}
