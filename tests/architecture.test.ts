/**
 * The house rules, in one list: a folder imports only what stands to its left, neighbours never meet, nothing goes
 * round in a circle, and what simulates and estimates touches no clock, disk, network or chance of its own.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

/** From the left, what may be imported, to the right, what may import. One line is one stratum of neighbours. */
const STRATA = [
  ['units', 'ids', 'shown', 'faults'],
  ['errors'],
  ['input'],
  ['stats', 'kernel'],
  ['workload', 'catalog'],
  ['gateway', 'serving'],
  ['simulation'],
  ['metrics', 'economics'],
  ['plugins'],
  ['scenario'],
  ['experiments', 'calibration', 'fitting'],
  ['core-types'],
  ['core'],
  ['files'],
  ['store'],
  ['batch'],
  ['campaigns'],
  ['api'],
  ['library-types'],
  ['cli', 'client', 'index', 'plugin'],
] as const;

/** The first stratum that may touch the machine. */
const FIRST_IMPURE = STRATA.findIndex((stratum) => (stratum as readonly string[]).includes('files'));

const FORBIDDEN_IN_THE_CORE: readonly (readonly [RegExp, string])[] = [
  [/from 'node:/, 'a module of the machine'],
  [/\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|(?<![.\w-])process\./, 'a clock or the process'],
  [/\bMath\.random\b/, 'Math.random'],
  [/\basync\b|\bawait\b|\bPromise\b|\bsetTimeout\b|\bfetch\(/, 'anything asynchronous'],
];

interface Module {
  readonly path: string;
  readonly text: string;
  /** Paths of the project's own files that it imports. */
  readonly imports: readonly string[];
}

const IMPORT = /(?:import|export)\s+(?:type\s+)?[^'";]*?from\s+'(\.[^']+)'|import\('(\.[^']+)'\)/g;

function moduleOf(path: string, text: string): Module {
  const imports = [...text.matchAll(IMPORT)].map((match) =>
    relative(SRC, join(SRC, dirname(path), (match[1] ?? match[2])!)),
  );
  return { path, text, imports };
}

const modules = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
  .map((path) => moduleOf(path, readFileSync(join(SRC, path), 'utf8')));

/** The folder, or the file at the top, that a module belongs to. */
const roomOf = (path: string) => path.split('/')[0]!.replace(/\.ts$/, '');
const stratumOf = (path: string) =>
  STRATA.findIndex((stratum) => (stratum as readonly string[]).includes(roomOf(path)));

function wrongWay(all: readonly Module[]): string[] {
  return all.flatMap(({ path, imports }) =>
    imports
      .filter((target) => roomOf(target) !== roomOf(path) && stratumOf(target) >= stratumOf(path))
      .map((target) => `${path} imports ${target}`),
  );
}

function impure(all: readonly Module[]): string[] {
  return all
    .filter(({ path }) => stratumOf(path) < FIRST_IMPURE)
    .flatMap(({ path, text }) => {
      const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      return FORBIDDEN_IN_THE_CORE.filter(([pattern]) => pattern.test(code)).map(
        ([, what]) => `${path} uses ${what}`,
      );
    });
}

/** The modules of one circle of imports that carry values; type-only circles vanish when compiled. */
function circle(all: readonly Module[]): string[] {
  const graph = new Map(
    all.map(({ path, text }) => {
      const values = text.replaceAll(/(?:import|export) type[^;]*;/g, '');
      return [path, moduleOf(path, values).imports] as const;
    }),
  );
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string[] => {
    const start = trail.indexOf(path);
    if (start >= 0) return [...trail.slice(start), path];
    if (done.has(path)) return [];
    for (const target of graph.get(path) ?? []) {
      const found = visit(target, [...trail, path]);
      if (found.length > 0) return found;
    }
    done.add(path);
    return [];
  };
  for (const path of graph.keys()) {
    const found = visit(path, []);
    if (found.length > 0) return found;
  }
  return [];
}

describe('the architecture', () => {
  it('has a place in the list for every folder', () => {
    expect(
      [...new Set(modules.map(({ path }) => roomOf(path)))].filter((room) => stratumOf(room) < 0),
    ).toEqual([]);
  });

  it('has imports go to the left only', () => {
    expect(wrongWay(modules)).toEqual([]);
  });

  it('has no circle of imports', () => {
    expect(circle(modules)).toEqual([]);
  });

  it('keeps what simulates and estimates free of clock, disk, network and chance', () => {
    expect(impure(modules)).toEqual([]);
  });

  it('finds a neighbour, an import to the right, a circle and an impurity that are planted', () => {
    const planted = (path: string, text: string) => [...modules, moduleOf(path, text)];
    expect(
      wrongWay(planted('gateway/planted.ts', "import { slots } from '../serving/slots.ts';")),
    ).toHaveLength(1);
    expect(
      wrongWay(planted('kernel/planted.ts', "import { simulate } from '../simulation/simulate.ts';")),
    ).toHaveLength(1);
    expect(
      circle([
        moduleOf('stats/a.ts', "import { b } from './b.ts';"),
        moduleOf('stats/b.ts', "import { a } from './a.ts';"),
      ]),
    ).toEqual(['stats/a.ts', 'stats/b.ts', 'stats/a.ts']);
    expect(impure(planted('kernel/planted.ts', 'export const now = () => Date.now();'))).toHaveLength(1);
    expect(impure(planted('stats/planted.ts', "import { readFileSync } from 'node:fs';"))).toHaveLength(1);
  });
});
