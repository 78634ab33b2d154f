/** Names that others wrote, on the way to a terminal, a picture and a spreadsheet: real processes, every way out. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { drawn, escapeXml } from '../../src/cli/shared/drawing.ts';
import { markup } from '../../src/cli/report/markup.ts';
import { terminalText } from '../../src/cli/shared/terminal.ts';
import { EnvironmentError, InputError, InvariantError } from '../../src/errors.ts';
import { markedText, textCell, unmarkedText } from '../../src/input/csv-text.ts';
import { writeTable } from '../../src/store/export-file.ts';
import { TRACE_FORMATS } from '../../src/workload/traces/index.ts';
import { Folder, fleetyield } from '../helpers/command.ts';

/** A title, a bell, a colour, a cleared line, a line turned round, a C1 sequence and a line separator. */
const EVIL =
  '\u001b]0;owned\u0007\u001b[31mred\u001b[2K\rback\u202efdp.exe\u2066\u009b1m\u2028\u200f\nsecond';
const scenario = (name: string, model: string) => `
fleetyield: 1
name: ${JSON.stringify(name)}
horizon: { duration: 20s }
workload: { tiers: [{ name: t, model: ${JSON.stringify(model)}, arrivals: { kind: poisson, ratePerSecond: 1 } }] }
fleet: { pools: [{ name: p, model: ${JSON.stringify(model)}, replicas: 1, serving: { kind: slots, concurrency: 2, serviceTime: { kind: exponential, mean: 1s } } }] }
`;
const EVIL_FILE = 'first\nsecond\u001b.yaml';
const folder = new Folder({
  'evil.yaml': scenario(EVIL, EVIL),
  [EVIL_FILE]: scenario(EVIL, EVIL),
  'wrong.yaml': scenario(EVIL, EVIL).replace('p, model', `p, phase: decode, model`),
});
afterAll(() => folder.remove());

/** What a terminal would obey, or what turns a line round; breaks of lines are ours. */
const RAW =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

describe('names on the way to a terminal', () => {
  const run = (...args: string[]) => fleetyield(args, { cwd: folder.path });

  const QUICK = ['--replications', '1', '--no-store', '--threads', '1'];
  test.each([
    ['a table', ['run', 'evil.yaml', ...QUICK], 0],
    ['a log', ['run', 'evil.yaml', ...QUICK, '--log-level', 'debug'], 0],
    ['a line', ['validate', 'evil.yaml'], 0],
    ['a message of what is wrong', ['validate', 'wrong.yaml'], 2],
    ['the name of a file', ['validate', `${EVIL}.yaml`], 2],
    ['a command that is not there', [EVIL], 2],
    ['an option that is not there', ['run', `--${EVIL}`], 2],
    ['the value of an option', ['run', 'evil.yaml', '--replications', EVIL], 2],
    ['a store that is not there', ['results', '--store', EVIL], 2],
    ['a metric that is not there', ['run', 'evil.yaml', '--precision', '0.5', '--metric', EVIL], 2],
    ['values that are sampled', ['sweep', 'evil.yaml', ...QUICK, '--vary', `description=${EVIL},b`], 0],
    [
      'values that are no distribution',
      ['sweep', 'evil.yaml', ...QUICK, '--vary', `fleet.pools[0].replicas=${EVIL}(1)`],
      2,
    ],
    [
      'a file of a comparison',
      ['compare', 'evil.yaml', EVIL_FILE, ...QUICK, '--set', `description=${EVIL}`],
      0,
    ],
    [
      'sizes of a fleet',
      ['scaling', 'evil.yaml', ...QUICK, '--gpus', '1', '--set', 'fleet.pools[0].replicas=9'],
      0,
    ],
    ['what matters', ['sensitivity', 'evil.yaml', ...QUICK, '--vary', 'fleet.pools[0].replicas=1,2'], 0],
    ['a file that is written', ['run', 'evil.yaml', ...QUICK, '--requests', 'second\nline\u001b.csv'], 0],
  ])('are on one line and visible in %s', async (_, args, code) => {
    const outcome = await run(...args);
    expect(outcome.code, outcome.stderr).toBe(code);
    expect(outcome.stdout).not.toMatch(RAW);
    expect(outcome.stderr).not.toMatch(RAW);
    expect(outcome.stdout + outcome.stderr).toContain('u001b');
    expect(outcome.stdout + outcome.stderr).not.toMatch(/^(second|line)/m);
  });

  test('are on one line and visible in what is said of a store, of its batches and of its tokens', async () => {
    const store = ['--store', `${EVIL.replaceAll('/', '')}.sqlite`];
    const steps: readonly (readonly [readonly string[], number])[] = [
      [['run', 'evil.yaml', '--replications', '2', '--requests', `${EVIL}.csv`], 0],
      [['run', 'evil.yaml', '--replications', '1', '--seed', EVIL], 0],
      [['results'], 0],
      [['results', 'show', EVIL], 2],
      [['results', 'show', `${EVIL}x`], 2],
      [['results', 'prune', '--samples', '--dry-run'], 0],
      [['results', 'delete', `${EVIL}x`], 2],
      [['token', 'create', EVIL, '--scope', 'read'], 0],
      [['token', 'list'], 0],
      [['token', 'revoke', EVIL], 2],
    ];
    for (const [args, code] of steps) {
      const { stdout, stderr, ...outcome } = await run(...args, ...store);
      expect(outcome.code, `${args.slice(0, 2).join(' ')}: ${stderr}`).toBe(code);
      expect(stdout + stderr).not.toMatch(RAW);
      expect(stdout + stderr).not.toMatch(/^second/m);
    }
  });

  test('of several lines of one message leave each of them a line', () => {
    const fault = { place: 'a\nb', path: 'c\nd', message: 'e\nf', choices: ['g\nh', 'i'] };
    expect(new InputError([fault, fault]).message.split('\n')).toEqual(
      [1, 2].flatMap(() => ['a\\u000ab c\\u000ad: e\\u000af', '  g\\u000ah', '  i']),
    );
    expect(new InvariantError(['a\nb', 'c']).message).toBe('a\\u000ab\nc');
    expect(new EnvironmentError('a\nb').message).toBe('a\\u000ab');
  });

  test('leave the suggestion of commander on its line', async () => {
    const { stderr } = await run('run', '--replication\n');
    expect(stderr.split('\n').slice(0, 2)).toEqual([
      "error: unknown option '--replication\\u000a'",
      '(Did you mean --replications?)',
    ]);
  });

  test('are what they were in a JSON document, which holds no raw one', async () => {
    const { stdout } = await run('run', 'evil.yaml', ...QUICK, '--json', '--quiet');
    expect(stdout).not.toMatch(RAW);
    expect(JSON.parse(stdout)).toMatchObject({ scenario: { name: EVIL } });
  });

  test('are visible in pictures, which would not be XML otherwise', () => {
    expect(drawn({ title: EVIL, x: { label: EVIL, domain: [0, 1] } })).not.toMatch(RAW);
    expect(escapeXml(EVIL)).not.toMatch(RAW);
    expect(markup`<p>${EVIL}</p>`.text).not.toMatch(RAW);
  });

  test('leave bold and dim to tables on a terminal that takes colour, and nothing else', () => {
    const table = '\u001b[1mname\u001b[22m \u001b[2mdim\u001b[22m\n';
    expect(terminalText(table, true)).toBe(table);
    expect(terminalText(table, false)).toBe('\\u001b[1mname\\u001b[22m \\u001b[2mdim\\u001b[22m\n');
    expect(terminalText('\u001b[31mred', true)).toBe('\\u001b[31mred');
    expect(terminalText('caf\u00e9 \u4e2d\u6587 \u{1f680}', true)).toBe('caf\u00e9 \u4e2d\u6587 \u{1f680}');
  });
});

describe('text in comma-separated files', () => {
  test('is marked where a spreadsheet would run it, and read back as it was', () => {
    expect(['=1+1', '+x', '-x', '@x', '\tx', '\rx', "'=x"].map(markedText)).toEqual([
      "'=1+1",
      "'+x",
      "'-x",
      "'@x",
      "'\tx",
      "'\rx",
      "''=x",
    ]);
    expect(['paid', "it's", "'x", 'a=b', ''].map(markedText)).toEqual(['paid', "it's", "'x", 'a=b', '']);
    const text = fc.oneof(fc.string(), fc.stringMatching(/^['=+\-@\t\r]{0,4}x?$/));
    fc.assert(
      fc.property(text, (one) => unmarkedText(markedText(one)) === one),
      { seed: 6 },
    );
    expect(textCell('=HYPERLINK("http://x","y")')).toBe(`"'=HYPERLINK(""http://x"",""y"")"`);
  });

  test('is marked in the rows of requests, where numbers stay numbers', async () => {
    folder.write('formula.yaml', scenario('formula', '=2+3,"x"'));
    const { code, stderr } = await fleetyield(
      ['run', 'formula.yaml', '--replications', '1', '--no-store', '--quiet', '--requests', 'rows.csv'],
      { cwd: folder.path },
    );
    expect(code, stderr).toBe(0);
    const [, first] = readFileSync(folder.of('rows.csv'), 'utf8').split('\n');
    expect(first).toMatch(/^0,t,0,[\d.]+,.*,"'=2\+3,""x""",0,0,/);
  });

  test('is marked in exported tables, where numbers stay numbers', () => {
    const columns = [
      { name: 'metric', type: 'text' },
      { name: 'mean', type: 'number' },
    ] as unknown as Parameters<typeof writeTable>[2];
    writeTable(folder.of('table.csv'), 'csv', columns, [{ metric: '-1+1', mean: -1.5 }]);
    expect(readFileSync(folder.of('table.csv'), 'utf8')).toBe("metric,mean\n'-1+1,-1.5\n");
  });

  test('of a tier that a trace names is the tier, marked or not', () => {
    const trace = TRACE_FORMATS.csv.read("at,tier\n1,'=2+3\n2,=2+3\n3,free\n", 'mine.csv');
    expect(trace.tierNames).toEqual(['=2+3', 'free']);
  });
});
