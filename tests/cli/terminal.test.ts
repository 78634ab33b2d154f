/** Names that others wrote, on the way to a terminal, a picture and a spreadsheet: real processes, every way out. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { drawn, escapeXml } from '../../src/cli/drawing.ts';
import { markup } from '../../src/cli/report/markup.ts';

import { terminalText } from '../../src/cli/terminal.ts';
import { markedText, textCell, unmarkedText } from '../../src/csv-text.ts';
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
const folder = new Folder({
  'evil.yaml': scenario(EVIL, EVIL),
  'wrong.yaml': scenario(EVIL, EVIL).replace('p, model', `p, phase: decode, model`),
});
afterAll(() => folder.remove());

/** What a terminal would obey, or what turns a line round; breaks of lines are ours. */
const RAW =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

describe('names on the way to a terminal', () => {
  const run = (...args: string[]) => fleetyield(args, { cwd: folder.path });

  const QUICK = ['--replications', '1', '--no-store'];
  test.each([
    ['a table', ['run', 'evil.yaml', ...QUICK], 0],
    ['a log', ['run', 'evil.yaml', ...QUICK, '--log-level', 'debug'], 0],
    ['a line', ['validate', 'evil.yaml'], 0],
    ['a message of what is wrong', ['validate', 'wrong.yaml'], 2],
    ['the name of a file', ['validate', `${EVIL}.yaml`], 2],
    ['a command that is not there', [EVIL], 2],
    ['an option that is not there', ['run', `--${EVIL}`], 2],
  ])('are visible in %s', async (_, args, code) => {
    const outcome = await run(...args);
    expect(outcome.code, outcome.stderr).toBe(code);
    expect(outcome.stdout).not.toMatch(RAW);
    expect(outcome.stderr).not.toMatch(RAW);
    expect(outcome.stdout + outcome.stderr).toContain('u001b');
    // Messages of what is wrong may have several lines, their names too.
    if (code === 0) expect(outcome.stdout + outcome.stderr).not.toMatch(/^second/m);
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
      ...["'=1+1", "'+x", "'-x", "'@x", "'\tx", "'\rx", "''=x"],
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
