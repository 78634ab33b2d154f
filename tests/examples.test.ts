/** The programs of `examples/`: each compiles, runs to its end on the built package, and prints what it says it does. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { Folder, shell } from './helpers/command.ts';

const ROOT = join(import.meta.dirname, '..');
const EXAMPLES = join(ROOT, 'examples');
const programs = readdirSync(EXAMPLES).filter((file) => /^\d\d-.*\.ts$/.test(file));

/** A line that each prints. */
const PRINTS: Readonly<Record<string, RegExp>> = {
  '01-run-a-file.ts': /^wait\.mean +\d\.\d+ ± \d\.\d+ s$/m,
  '02-scenario-in-code.ts': /^16 requests\/s: 99 % have their first token within \d+\.\d\d s$/m,
  '03-own-discipline.ts': /^longest-prompt-first: 99 % wait at most \d+\.\d\d s$/m,
  // Two requests, three and two tokens: the first has its outcome 50 ms after the start.
  '04-observe-events.ts': /^closed,0\.05,0,all,1,3$/m,
  '05-own-metric.ts': /^total: \d\.\d{3} ± \d\.\d{3} attempts a request$/m,
  '06-keep-and-read-back.ts': /^erlang-c.*: 4 replications, mean wait \d\.\d{3} s$/m,
  '07-compare-policies.ts': /^tier:paid: .* strict-priority changes that by -\d+\.\d\d ± /m,
  // By hand: M/M/4 at a load of 3.2 waits with probability 0.5964, and 0.5964 ÷ (4 − 3.2) = 0.746.
  '08-closed-form.ts': /^Erlang C says a mean wait of 0\.746 s$/m,
};

const folder = new Folder();
afterAll(() => folder.remove());

describe('the examples', () => {
  it.each(programs)('%s runs and prints what it shows', async (program) => {
    const loader = import.meta.resolve('tsx');
    const { code, stdout, stderr } = await shell(
      `'${process.execPath}' --import '${loader}' '${join(EXAMPLES, program)}'`,
      { cwd: folder.path },
    );
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(PRINTS[program]!);
  });

  it('compile against the types of the library', () => {
    const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path));
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, ROOT);
    const program = ts.createProgram(
      programs.map((file) => join(EXAMPLES, file)),
      { ...options, declaration: false, paths: { fleetyield: [join(ROOT, 'src/index.ts')] } },
    );
    const faults = programs.flatMap((file) =>
      program.getSemanticDiagnostics(program.getSourceFile(join(EXAMPLES, file))),
    );
    expect(faults.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
  });

  it('are all in the table of their README', () => {
    const listed = [...readFileSync(join(EXAMPLES, 'README.md'), 'utf8').matchAll(/\]\((\d\d-[^)]*)\)/g)];
    expect(listed.map(([, file]) => file)).toEqual(programs);
  });
});
