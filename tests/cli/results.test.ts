/** `results` and `export` as processes, on a store that `run` wrote. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { parquetReadObjects, asyncBufferFromFile, parquetMetadataAsync } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResultDocument } from '../../src/batch/result-document.ts';
import { EXPORT_COLUMNS, type ExportTable } from '../../src/store/export-columns.ts';
import type { BatchSummary } from '../../src/store/batch-summary.ts';
import { fleetyield, Folder, type Outcome } from '../helpers/command.ts';
import { poissonTier, queueText } from '../helpers/queue.ts';

const queue = (slots: number, name: string) =>
  queueText({
    tiers: [poissonTier(1.6, 'revenue: { kind: per-token, inputPerMillion: 1, outputPerMillion: 1 }')],
    slots,
    service: '{ kind: exponential, mean: 1s }',
    warmUp: 60,
    duration: 7_200,
  }).replace('name: queue', `name: ${name}`);

const folder = new Folder({
  'two.yaml': queue(2, 'two, "slots"'),
  'three.yaml': queue(3, 'three'),
  'a-file': '',
});
afterAll(() => folder.remove());

const here = { cwd: folder.path };
const REPLICATIONS = 6;
const run = (...args: string[]): Promise<Outcome> =>
  fleetyield(['run', '--quiet', '--threads', '1', '--replications', String(REPLICATIONS), ...args], here);
const results = (...args: string[]): Promise<Outcome> => fleetyield(['results', ...args], here);
const exported = (...args: string[]): Promise<Outcome> => fleetyield(['export', ...args], here);

let ran: Outcome;
let batches: readonly BatchSummary[];

beforeAll(async () => {
  ran = await run('two.yaml', 'three.yaml', '--json');
  await run('three.yaml', '--seed', '2', '--by-hour');
  batches = JSON.parse((await results('--json')).stdout) as BatchSummary[];
});

const idOf = (scenario: string, seed = '1'): string =>
  batches.find((one) => one.scenario === scenario && one.seed === seed)!.id;

describe('results list', () => {
  it('has a line for every batch, the one that changed last first', async () => {
    const { code, stdout } = await results();
    expect(code).toBe(0);
    const [head, ...rest] = stdout.trimEnd().split('\n');
    const lines = rest.slice(0, -2);
    expect(rest.slice(-2)).toEqual([
      '',
      expect.stringMatching(/ takes \d.* [KM]iB; results prune takes out/),
    ]);
    expect(head).toMatch(/^batch +scenario +changes +seed +replications +status +size +changed \(UTC\)$/);
    expect(lines.map((line) => line.split(/ {2,}/).slice(1, 5))).toEqual([
      ['three', '2', '6 of 6', 'finished'],
      ['three', '1', '6 of 6', 'finished'],
      ['two, "slots"', '1', '6 of 6', 'finished'],
    ]);
  });

  it('filters by scenario, status and date', async () => {
    const count = async (...filter: string[]) =>
      (JSON.parse((await results('list', ...filter, '--json')).stdout) as BatchSummary[]).length;
    expect(await count('--scenario', 'three')).toBe(2);
    expect(await count('--status', 'failed')).toBe(0);
    expect(await count('--since', '2020-01-01')).toBe(3);
    expect(await count('--since', '2999-01-01')).toBe(0);
    expect((await results('list', '--since', 'yesterday')).stderr).toBe(
      '--since "yesterday" is no date; write it as 2026-11-24 or 2026-11-24T08:00Z [FY-400]\n',
    );
  });
});

describe('results show', () => {
  it('prints the document of run, but for the clock, and its table', async () => {
    const shown = JSON.parse((await results('show', 'two, "slots"', '--json')).stdout) as ResultDocument;
    const [printed] = JSON.parse(ran.stdout) as ResultDocument[];
    expect({ ...shown, wallSeconds: 0 }).toEqual({ ...printed, wallSeconds: 0 });
    const { stdout } = await results('show', idOf('three').slice(0, 8));
    expect(stdout).toMatch(/^three {2}one cell, 2 h from Mon 00:01\n6 replications, 95 % intervals, seed 1/);
  });

  it('of what is not there says what is', async () => {
    const { code, stdout, stderr } = await results('show', 'thre');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^thre no batch in results\/fleetyield\.sqlite .*; did you mean "three"\?/);
  });
});

describe('results compare', () => {
  it('pairs replications: a third server takes nearly all waiting away, and earns the same', async () => {
    const { stdout } = await results('compare', 'two, "slots"', idOf('three').slice(0, 10), '--json');
    const { baseline, differences, confidence } = JSON.parse(stdout) as {
      baseline: string;
      confidence: number;
      differences: { metric: string; mean: number | null; halfWidth: number | null; n: number }[];
    };
    expect({ baseline, confidence }).toEqual({ baseline: 'two, "slots"', confidence: 0.95 });
    const of = (metric: string) => differences.find((one) => one.metric === metric)!;
    // Erlang C: M/M/2 at ρ = 0.8 waits 1.778 s on average, M/M/3 at ρ = 0.533 waits 0.196 s.
    // Twice the half-width at 95 % with 5 degrees of freedom: a false alarm in 270 seeds, and this one is fixed.
    const wait = of('wait.mean');
    expect(Math.abs(wait.mean! - (0.196 - 1.778))).toBeLessThan(2 * wait.halfWidth!);
    expect(wait.n).toBe(REPLICATIONS);
    // The same clients with the same tokens under both: what differs is who is in service at the end.
    expect(Math.abs(of('share.served').mean!)).toBeLessThan(0.005);
    expect((await results('compare', 'two, "slots"', idOf('three'))).stdout).toMatch(
      /^wait mean +1\.\d+ s +−1\.\d+ s ± \d+ ms +−\d+ % +lower$/m,
    );
  });

  it('refuses two seeds', async () => {
    const { code, stderr } = await results('compare', idOf('three', '1'), idOf('three', '2'));
    expect(code).toBe(2);
    expect(stderr).toMatch(/seeds differ \(1 and 2\); run both with the same --seed \[FY-502\]\n$/);
  });
});

describe('export', () => {
  const TABLES = Object.keys(EXPORT_COLUMNS) as ExportTable[];

  it.each(TABLES)('writes %s with its columns, the same in CSV, JSON and Parquet', async (table) => {
    const names = EXPORT_COLUMNS[table].map(({ name }) => name);
    for (const format of ['csv', 'json', 'parquet']) {
      const { code, stdout, stderr } = await exported(
        'two, "slots"',
        '--what',
        table,
        '--out',
        `${table}.${format}`,
      );
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: `wrote ${table}.${format}\n` });
      expect(existsSync(folder.of(`${table}.${format}.partial`))).toBe(false);
    }
    const json = JSON.parse(readFileSync(folder.of(`${table}.json`), 'utf8')) as Record<string, unknown>[];
    expect(json.length).toBeGreaterThan(0);
    for (const row of json) expect(Object.keys(row)).toEqual(names);
    const csv = csvRows(readFileSync(folder.of(`${table}.csv`), 'utf8'));
    const texts = json.map((row) => names.map((name) => (row[name] === null ? '' : String(row[name]))));
    expect(csv).toEqual([names, ...texts]);
    const file = await asyncBufferFromFile(folder.of(`${table}.parquet`));
    expect(await parquetReadObjects({ file })).toEqual(json);
    const metadata = await parquetMetadataAsync(file);
    expect(metadata.schema.slice(1).map(({ name }) => name)).toEqual(names);
  });

  it('has the estimates of the document, and a row for each metric of each replication', async () => {
    const [printed] = JSON.parse(ran.stdout) as ResultDocument[];
    const estimates = JSON.parse(readFileSync(folder.of('estimates.json'), 'utf8')) as {
      half_width: number;
      [name: string]: unknown;
    }[];
    expect(
      estimates.map(({ scope, metric, unit, mean, half_width: halfWidth, n }) => ({
        scope,
        metric,
        unit,
        mean,
        halfWidth,
        n,
      })),
    ).toEqual(printed!.estimates);
    const rows = JSON.parse(readFileSync(folder.of('replications.json'), 'utf8')) as {
      metric: string;
      scope: string;
      numerator: number;
      denominator: number;
    }[];
    expect(rows).toHaveLength(REPLICATIONS * estimates.length);
    const waits = rows.filter(({ scope, metric }) => scope === 'total' && metric === 'wait.mean');
    const sum = (of: 'numerator' | 'denominator') => waits.reduce((total, row) => total + row[of], 0);
    const mean = printed!.estimates.find(({ metric }) => metric === 'wait.mean')!.mean!;
    expect(sum('numerator') / sum('denominator')).toBeCloseTo(mean, 12);
  });

  it('names every column in its help', async () => {
    const { stdout } = await exported('--help');
    for (const table of TABLES) {
      expect(stdout).toContain(`Columns of ${table}:`);
      for (const { name } of EXPORT_COLUMNS[table]) expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    }
  });

  it('needs a batch but for batches, and a format that it knows', async () => {
    expect((await exported('--out', 'x.csv')).stderr).toBe(
      'export whose estimates? Name a batch; fleetyield results lists them [FY-400]\n',
    );
    expect((await exported(idOf('three'), '--out', 'x.xlsx')).stderr).toBe(
      '--out x.xlsx the ending does not determine the format; add --format, known: csv, json, parquet [FY-400]\n',
    );
    expect((await exported('--what', 'batches', '--out', 'all.csv')).code).toBe(0);
    expect(csvRows(readFileSync(folder.of('all.csv'), 'utf8'))).toHaveLength(1 + 3);
  });

  it('ends with 4 where the file cannot be written', async () => {
    const { code, stderr } = await exported(idOf('three'), '--out', 'a-file/x.csv');
    expect(code).toBe(4);
    expect(stderr).toMatch(/^a-file\/x\.csv cannot be written: ENOTDIR/);
  });

  /** What reads Parquet in Python, of what is installed here. */
  const READERS = {
    pandas: "import pandas; print(len(pandas.read_parquet('replications.parquet')))",
    polars: "import polars; print(len(polars.read_parquet('replications.parquet')))",
    duckdb: 'import duckdb; print(duckdb.sql("SELECT count(*) FROM \'replications.parquet\'").fetchone()[0])',
  } as const;

  it.for(Object.entries(READERS))('is opened by %s', ([reader, program], { skip }) => {
    skip(!hasPython(`import ${reader}`), `${reader} is not installed`);
    const rows = JSON.parse(readFileSync(folder.of('replications.json'), 'utf8')) as unknown[];
    expect(execFileSync('python3', ['-c', program], { cwd: folder.path, encoding: 'utf8' })).toBe(
      `${rows.length}\n`,
    );
  });
});

describe('results delete', () => {
  it('takes away what is named, and nothing when one is not there', async () => {
    expect((await results('delete', idOf('three', '2'), 'nothing')).code).toBe(2);
    const { code, stderr } = await results('delete', idOf('three', '2'));
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `deleted ${idOf('three', '2').slice(0, 12)}, 6 replications of three\n`,
    });
    expect((JSON.parse((await results('--json')).stdout) as unknown[]).length).toBe(2);
  });
});

describe('without a store', () => {
  it.each([
    ['results'],
    ['results', 'show', 'x'],
    ['results', 'delete', 'x'],
    ['export', 'x', '--out', 'x.csv'],
  ])('%s %s ends with 2 and makes none', async (...args) => {
    const given = args.filter((one) => typeof one === 'string');
    const { code, stderr } = await fleetyield([...given, '--store', 'none.sqlite'], here);
    expect(code).toBe(2);
    expect(stderr).toBe(
      'none.sqlite there is no store; fleetyield run makes one, and --store FILE names another [FY-500]\n',
    );
    expect(existsSync(folder.of('none.sqlite'))).toBe(false);
  });
});

/** Fields by RFC 4180, for values without line ends. */
function csvRows(text: string): string[][] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!,
      ),
    );
}

function hasPython(program: string): boolean {
  try {
    execFileSync('python3', ['-c', program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
