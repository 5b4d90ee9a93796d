import { expect } from 'chai';
import fc from 'fast-check';
import { AppError } from '../../src/lib/errors.js';
import { walkInTwo, type LongWalk, type WalkCursor } from '../../src/shop/walk-in-two.js';
import { walkBySecond, type Walk } from '../../src/shop/walk.js';

interface Row {
  readonly id: number;
  at: number;
}

const PER_PAGE = 5;

/** A collection that pages as the shop does, in small; `between` runs before every request. */
function collection(rows: Row[], from: number, between: () => void, tells: boolean): Walk {
  return {
    path: 'rows',
    from,
    fetch: (after, page) => {
      between();
      const later = rows.filter(({ at }) => at > (after ?? -1)).sort((a, b) => a.at - b.at || a.id - b.id);
      const shown = later.slice((page - 1) * PER_PAGE, page * PER_PAGE).map((row) => ({ ...row }));
      const more = tells ? page * PER_PAGE < later.length : shown.length === PER_PAGE;
      return Promise.resolve({ rows: shown, more, total: later.length });
    },
    timeOf: (row) => (row as Row).at,
    keyOf: (row) => String((row as Row).id),
  };
}

describe('the walk by seconds', () => {
  it('hands over the last state of every row, however rows are modified between its requests', async () => {
    const seconds = fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 60 });
    const moves = fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(seconds, moves, fc.boolean(), async (times, changes, tells) => {
        const rows = times.map((second, index) => ({ id: index + 1, at: second * 1_000 }));
        let now = 9_000;
        const queue = [...changes];
        const between = () => {
          const [which, later] = queue.shift() ?? [];
          const row = which === undefined || rows.length === 0 ? undefined : rows[which % rows.length];
          if (later === true) now += 1_000;
          if (row !== undefined) row.at = now;
        };
        const seen = new Map<number, number>();
        let cursor = 0;
        for await (const page of walkBySecond(collection(rows, 0, between, tells))) {
          for (const row of page.rows as Row[]) {
            expect(row.at, 'no row from before the cursor').to.be.at.least(cursor);
            expect(seen.get(row.id), 'no row twice in the same state').to.not.equal(row.at);
            seen.set(row.id, row.at);
          }
          expect(page.cursor).to.be.at.least(cursor);
          cursor = page.cursor;
        }
        // What was modified before the last cursor has been seen as it is.
        for (const row of rows) if (row.at < cursor) expect(seen.get(row.id), `row ${row.id}`).to.equal(row.at);
        for (const { id } of rows) expect(seen.has(id), `row ${id}`).to.equal(true);
      }),
      { numRuns: 500 },
    );
  });

  it('finds a row of a crowded second that two passes running have missed', async () => {
    const rows = Array.from({ length: 16 }, (_, index) => ({ id: index + 1, at: 1_000 }));
    // Requests 1 and 2 find the crowd; 3 to 6 are the first pass, 7 and 8 begin the second. Row 11 slips to the page before, twice.
    const leaving = new Map([
      [5, [1]],
      [7, [2, 3, 4, 5]],
      [8, [6]],
    ]);
    let requests = 0;
    const between = () => {
      const ids = leaving.get((requests += 1)) ?? [];
      for (const row of rows) if (ids.includes(row.id)) row.at = 9_000;
    };
    const seen: number[] = [];
    for await (const page of walkBySecond(collection(rows, 0, between, true)))
      seen.push(...(page.rows as Row[]).map(({ id }) => id));
    expect(seen).to.include(11);
    expect(new Set(seen)).to.have.property('size', 16);
  });

  it('stops when every page of a crowded second is the same', async () => {
    const rows = Array.from({ length: 16 }, (_, index) => ({ id: index + 1, at: 1_000 }));
    const walk = collection(rows, 0, () => undefined, false);
    const fetch = (after: number | null) => walk.fetch(after, 1);
    const pages = walkBySecond({ ...walk, fetch });
    let failed: unknown;
    try {
      while ((await pages.next()).done !== true);
    } catch (error) {
      failed = error;
    }
    expect(failed).to.include({ code: 'SHOP_BAD_ANSWER' });
  });

  it('begins at the second of its start, with all of it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 40 }),
        fc.integer({ min: 0, max: 7_999 }),
        async (times, from) => {
          const rows = times.map((second, index) => ({ id: index + 1, at: second * 1_000 }));
          const seen: number[] = [];
          for await (const page of walkBySecond(collection(rows, from, () => undefined, true)))
            seen.push(...(page.rows as Row[]).map(({ id }) => id));
          const start = Math.floor(from / 1_000) * 1_000;
          const expected = rows.filter(({ at }) => at >= start).map(({ id }) => id);
          expect(seen).to.have.length(expected.length).and.to.have.members(expected);
        },
      ),
    );
  });
});

describe('a long walk', () => {
  const seconds = (times: readonly number[]): Row[] => times.map((at, index) => ({ id: index + 1, at: at * 1_000 }));
  const oneASecond = (count: number) => seconds(Array.from({ length: count }, (_, index) => index + 1));

  function from(rows: Row[], since: WalkCursor, between: () => void = () => undefined): LongWalk {
    const split = typeof since === 'number' ? null : since;
    const lower = split === null ? (since as number) : split.lower;
    return { ...collection(rows, lower, between, true), pageSize: PER_PAGE, upper: split };
  }

  it('is true to every cursor that it hands over, whatever changes meanwhile and wherever it is broken off', async () => {
    const times = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 101, maxLength: 180 });
    const changes = fc.array(fc.record({ row: fc.nat(), later: fc.boolean(), deletes: fc.boolean() }), {
      maxLength: 60,
    });
    const breaks = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(times, changes, breaks, fc.scheduler(), async (at, queue, breakOffs, scheduler) => {
        const rows = seconds(at);
        const saved = new Map<number, number>();
        let [now, next] = [61_000, 0];
        const between = () => {
          const change = queue[next++];
          if (change === undefined || rows.length === 0) return;
          if (change.later) now += 1_000;
          const index = change.row % rows.length;
          const [row] = change.deletes ? rows.splice(index, 1) : [rows[index]];
          if (row !== undefined) row.at = now;
        };
        const holds = (claimed: (second: number) => boolean) => {
          const lost = rows.filter((row) => claimed(row.at) && saved.get(row.id) !== row.at);
          expect(lost).to.deep.equal([]);
        };
        const check = (cursor: WalkCursor) => {
          if (typeof cursor === 'number') holds((second) => second < cursor);
          else holds((second) => second < cursor.lower || (second >= cursor.split && second < cursor.upper));
        };
        const walkOn = async (since: WalkCursor, pages: number): Promise<WalkCursor> => {
          const walk = from(rows, since, between);
          const fetch = (...asked: Parameters<Walk['fetch']>) => scheduler.schedule(walk.fetch(...asked));
          let cursor = since;
          for await (const page of walkInTwo({ ...walk, fetch })) {
            await scheduler.schedule(Promise.resolve());
            for (const row of page.rows as Row[]) saved.set(row.id, Math.max(row.at, saved.get(row.id) ?? 0));
            // Killed between the page and its cursor.
            if (--pages === 0) break;
            cursor = page.cursor;
            check(cursor);
          }
          return cursor;
        };
        let cursor: WalkCursor = 0;
        for (const pages of breakOffs) cursor = await scheduler.waitFor(walkOn(cursor, pages));
        cursor = await scheduler.waitFor(walkOn(cursor, Infinity));
        expect(cursor, 'one again').to.be.a('number');
        queue.length = 0;
        await scheduler.waitFor(walkOn(cursor, Infinity));
        holds(() => true);
      }),
      { numRuns: 60 },
    );
  });

  it('hands over each row once, the two halves in turn, and at the end the last second anew', async () => {
    const pages: Row[][] = [];
    for await (const page of walkInTwo(from(oneASecond(200), 0))) pages.push(page.rows as Row[]);
    const ids = pages.flat().map(({ id }) => id);
    expect(ids).to.have.length(201);
    expect(new Set(ids)).to.have.property('size', 200);
    expect(ids.at(-1)).to.equal(200);
    expect(pages.slice(0, 5).map(([first]) => first?.id)).to.deep.equal([1, 106, 6, 111, 10]);
  });

  it('reads what changes in its lower half after its upper half has come to the end', async () => {
    const rows = oneASecond(200);
    // Begun again when the upper half had only its last second to read.
    const since = { lower: 1_000, split: 100_000, upper: 200_000, read: 100 };
    const saved = new Map<number, number>();
    for await (const page of walkInTwo(from(rows, since))) {
      for (const { id, at } of page.rows as Row[]) saved.set(id, at);
      if (saved.has(50)) rows[89]!.at = 210_000;
    }
    expect(saved.get(90)).to.equal(210_000);
  });

  it('has two requests under way at most, and reads the next pages while one is being saved', async () => {
    const walk = from(oneASecond(200), 0);
    let [underWay, most, asked] = [0, 0, 0];
    const fetch = async (...request: Parameters<Walk['fetch']>) => {
      asked += 1;
      most = Math.max(most, (underWay += 1));
      await new Promise(setImmediate);
      underWay -= 1;
      return await walk.fetch(...request);
    };
    const askedAtPage: number[] = [];
    for await (const page of walkInTwo({ ...walk, fetch })) {
      expect(page.total).to.equal(200);
      for (let round = 0; round < 5; round++) await new Promise(setImmediate);
      askedAtPage.push(asked);
    }
    expect(most).to.equal(2);
    // The first page, the middle, and of each half the two pages that wait to be taken.
    expect(askedAtPage.slice(0, 5)).to.deep.equal([6, 7, 8, 9, 10]);
  });

  it('asks for its middle once, and a short one not at all', async () => {
    for (const [count, middles] of [
      [100, []],
      [101, [13]],
    ] as const) {
      const walk = from(oneASecond(count), 0);
      const numbers: number[] = [];
      const fetch = (after: number | null, page: number) => {
        numbers.push(page);
        return walk.fetch(after, page);
      };
      let read = 0;
      for await (const page of walkInTwo({ ...walk, fetch })) read += page.rows.length;
      expect(read).to.equal(middles.length === 0 ? count : count + 1);
      expect(numbers.filter((number) => number > 1)).to.deep.equal(middles);
    }
  });

  it('is done by one worker where the shop cannot count to the middle', async () => {
    const walk = from(oneASecond(200), 0);
    const fetch = (after: number | null, page: number) =>
      page > 1
        ? Promise.reject(new AppError('SHOP_UNREACHABLE', 'no answer within 30000 ms'))
        : walk.fetch(after, page);
    const ids: number[] = [];
    for await (const page of walkInTwo({ ...walk, fetch })) ids.push(...(page.rows as Row[]).map(({ id }) => id));
    expect(ids).to.deep.equal(Array.from({ length: 200 }, (_, index) => index + 1));
  });

  it('counts what is left to read, when it goes on too', async () => {
    const rows = oneASecond(200);
    let cursor: WalkCursor = 0;
    let read = 0;
    for await (const page of walkInTwo(from(rows, 0))) {
      expect(page.total).to.equal(200);
      cursor = page.cursor;
      read += page.rows.length;
      if (read > 120) break;
    }
    let rest = 0;
    let total: number | null = null;
    for await (const page of walkInTwo(from(rows, cursor))) {
      rest += page.rows.length;
      total = page.total ?? total;
    }
    // The second in which each half stopped is read again.
    expect(rest - (200 - read)).to.be.within(0, 3);
    expect(Math.abs((total ?? 0) - rest)).to.be.at.most(2);
  });

  it('ends with the error of either half', async () => {
    for (const half of ['lower', 'upper']) {
      const walk = from(oneASecond(200), 0);
      const fetch = (after: number | null, page: number) =>
        page === 1 && (half === 'lower' ? (after ?? 0) > 20_000 && (after ?? 0) < 90_000 : (after ?? 0) > 120_000)
          ? Promise.reject(new AppError('SHOP_BUSY', 'updating'))
          : walk.fetch(after, page);
      let failed: unknown;
      try {
        for await (const page of walkInTwo({ ...walk, fetch })) expect(page.rows).not.to.deep.equal([]);
      } catch (error) {
        failed = error;
      }
      expect(failed).to.have.property('code', 'SHOP_BUSY');
    }
  });
});
