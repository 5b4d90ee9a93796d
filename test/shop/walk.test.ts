import { expect } from 'chai';
import fc from 'fast-check';
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
