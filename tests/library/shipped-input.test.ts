/** The type of what a user writes takes every scenario that ships: a compiler checks each as an object in code. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../..');

it('takes every scenario that ships', () => {
  const folder = join(ROOT, 'configs/scenarios');
  const whole = readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => parse(readFileSync(join(folder, file), 'utf8')) as { readonly base?: string })
    .filter(({ base }) => base === undefined);
  expect(whole.length).toBeGreaterThan(10);
  const name = join(ROOT, 'tests/library/shipped-scenarios.ts');
  const text = [
    "import type { ScenarioInput } from '../../src/scenario/schema.ts';",
    ...whole.map(
      (value, index) => `export const s${index} = ${JSON.stringify(value)} satisfies ScenarioInput;`,
    ),
    '',
  ].join('\n');
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (path) => path === name || fileExists(path);
  host.getSourceFile = (path, ...rest) =>
    path === name ? ts.createSourceFile(path, text, ts.ScriptTarget.ES2023) : getSourceFile(path, ...rest);
  const program = ts.createProgram([name], options, host);
  const faults = program.getSemanticDiagnostics(program.getSourceFile(name));
  expect(faults.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
});
