/** `tools/build.js`, which `npm ci`, `npm run build` and the first `npx fleetyield` run, on a project of a few lines. */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Folder } from './helpers/command.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

const folder = new Folder();
afterAll(() => folder.remove());

const build = (...args: string[]) => execFileSync(process.execPath, [folder.of('tools/build.js'), ...args]);
const program = () => statSync(folder.of('dist/cli/main.js'));
const EXECUTABLE = 0o111;

beforeAll(() => {
  for (const path of ['tools', 'src', ...['cli', 'batch', 'api'].map((name) => `src/${name}`)])
    mkdirSync(folder.of(path));
  for (const path of ['tools/build.js', 'tsconfig.json', 'tsconfig.build.json', 'package.json'])
    copyFileSync(`${ROOT}${path}`, folder.of(path));
  symlinkSync(`${ROOT}node_modules`, folder.of('node_modules'));
  folder.write('src/cli/main.ts', "#!/usr/bin/env node\nprocess.stdout.write('built\\n');\n");
  for (const entry of [
    'batch/replication-task',
    'api/store-task',
    'api/job-thread',
    'index',
    'core',
    'plugin',
  ])
    folder.write(`src/${entry}.ts`, '');
  folder.write('tools/prepare.js', '');
  build();
});

describe('the built program', () => {
  it('runs by its name, also where nobody but the compiler made it', () => {
    expect(execFileSync(folder.of('dist/cli/main.js'), { encoding: 'utf8' })).toBe('built\n');
    rmSync(folder.of('dist'), { recursive: true });
    build();
    expect(program().mode & EXECUTABLE).toBe(EXECUTABLE);
  });

  it('is not built again while it is newer than all that it is made of', () => {
    const { mtimeMs } = program();
    chmodSync(folder.of('dist/cli/main.js'), 0o644);
    build('--if-stale');
    expect(program().mtimeMs).toBe(mtimeMs);
    expect(program().mode & EXECUTABLE).toBe(EXECUTABLE);
    const later = new Date(mtimeMs + 1_000);
    utimesSync(folder.of('src/cli/main.ts'), later, later);
    build('--if-stale');
    expect(program().mtimeMs).toBeGreaterThan(mtimeMs);
  });
});
