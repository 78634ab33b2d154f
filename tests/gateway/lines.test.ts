import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { disciplines, LineLinks, type WaitingLine } from '../../src/gateway/disciplines/index.ts';
import { NO_ROW, type RequestRow } from '../../src/ids.ts';
import { RequestTable } from '../../src/workload/request-table.ts';

interface Waiting {
  readonly row: RequestRow;
  readonly priority: number;
  readonly attemptAt: number;
  readonly id: number;
}

function rowOf(table: RequestTable, priority: number, attemptAt: number, id: number): Waiting {
  const row = table.open();
  Object.assign(table.declared.priority, { [row]: priority });
  Object.assign(table.declared.attemptAt, { [row]: attemptAt });
  Object.assign(table.declared.id, { [row]: id });
  return { row, priority, attemptAt, id };
}

type Kind = 'fcfs' | 'strict-priority';

const order: Record<Kind, (a: Waiting, b: Waiting) => number> = {
  fcfs: (a, b) => a.attemptAt - b.attemptAt || a.id - b.id,
  'strict-priority': (a, b) => a.priority - b.priority || a.attemptAt - b.attemptAt || a.id - b.id,
};

const lineOf = (kind: Kind, table: RequestTable, links = new LineLinks()): WaitingLine =>
  disciplines.create({ kind }, { declared: table.declared, links, classes: 4, wasServed: () => false });

/** Takes everybody in the order of the line. */
function drain(line: WaitingLine): RequestRow[] {
  const rows = [];
  for (let row = line.peek(); row !== NO_ROW; row = line.peek()) {
    rows.push(row);
    line.remove(row);
  }
  return rows;
}

describe.each(['fcfs', 'strict-priority'] as const)('a line by %s', (kind) => {
  test('is, whoever comes, leaves from the middle or comes back, what a sorted list would be', () => {
    const operation = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          does: fc.constant('join' as const),
          priority: fc.integer({ min: 0, max: 3 }),
          step: fc.integer({ min: 0, max: 2 }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ does: fc.constant('leave' as const), which: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ does: fc.constant('serve' as const) }) },
      { weight: 1, arbitrary: fc.record({ does: fc.constant('return' as const), which: fc.nat() }) },
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 150 }), (script) => {
        const table = new RequestTable();
        const line = lineOf(kind, table);
        let waiting: Waiting[] = [];
        const served: Waiting[] = [];
        let now = 0;
        let id = 0;
        for (const step of script) {
          if (step.does === 'join') {
            now += step.step;
            const one = rowOf(table, step.priority, now, id++);
            line.push(one.row);
            waiting.push(one);
          } else if (step.does === 'leave' && waiting.length > 0) {
            const one = waiting[step.which % waiting.length]!;
            line.remove(one.row);
            waiting = waiting.filter((other) => other !== one);
          } else if (step.does === 'serve' && waiting.length > 0) {
            const one = waiting[0]!;
            expect(line.peek()).toBe(one.row);
            line.remove(one.row);
            served.push(...waiting.splice(0, 1));
          } else if (step.does === 'return' && served.length > 0) {
            const [one] = served.splice(step.which % served.length, 1);
            line.push(one!.row);
            waiting.push(one!);
          }
          waiting.sort(order[kind]);
          expect(line.length).toBe(waiting.length);
          expect(line.peek()).toBe(waiting[0]?.row ?? NO_ROW);
          expect(line.oldestAt()).toBe(Math.min(...waiting.map(({ attemptAt }) => attemptAt)));
        }
        expect(drain(line)).toEqual(waiting.map(({ row }) => row));
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  test('is empty without anybody: nobody first, nobody old', () => {
    const line = lineOf(kind, new RequestTable());
    expect([line.length, line.peek(), line.oldestAt()]).toEqual([0, NO_ROW, Infinity]);
  });

  test('shares its links with other lines: who waits in one is not in another', () => {
    const table = new RequestTable();
    const links = new LineLinks();
    const lines = [lineOf(kind, table, links), lineOf(kind, table, links)];
    const rows = Array.from({ length: 1_000 }, (_, n) => rowOf(table, 1, n, n).row);
    rows.forEach((row, n) => lines[n % 2]!.push(row));
    expect(lines.map(drain)).toEqual([0, 1].map((odd) => rows.filter((_, n) => n % 2 === odd)));
  });
});
