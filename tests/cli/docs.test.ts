/**
 * Every block of commands and of code of the README and of the pages of `docs/`, as written and in their order. The
 * scenarios are shortened to minutes (`SHORT`), and some commands get fewer replications (`QUICK`). Not run are the
 * installation, the whole check and the studies, each of which is a command of its own.
 */
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endAll, Folder, shell } from '../helpers/command.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** In the order of the index: later pages build on what earlier ones made. */
const PAGES = [
  'README.md',
  ...[...readFileSync(`${ROOT}docs/README.md`, 'utf8').matchAll(/\]\(((?:tutorials\/)?[a-z-]+\.md)\)/g)].map(
    ([, page]) => `docs/${page!}`,
  ),
];
const textOf = (page: string) => readFileSync(`${ROOT}${page}`, 'utf8');

const blocksOf = (language: string, pages = PAGES): string[] =>
  pages.flatMap((page) =>
    [...textOf(page).matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
      ([, text]) => text!,
    ),
  );

/** What a shipped scenario is changed by, under its own name and in a file that is found before it. */
const SHORT: Readonly<Record<string, readonly string[]>> = {
  'openai-2025': [
    'cell.share: 0.0001',
    'horizon.start: Tue 15:30',
    'horizon.warmUp: 5min',
    'horizon.duration: 10min',
  ],
  'openai-2025-churn': [
    'cell.share: 0.0001',
    'horizon.start: Tue 15:30',
    'horizon.warmUp: 5min',
    'horizon.duration: 10min',
  ],
};

/** By the beginning of a command, what is added to it. */
const QUICK: Readonly<Record<string, string>> = {
  'run my-fleet.yaml --precision': '--max-replications 20',
  'sensitivity my-fleet.yaml': '--replications 2',
  'sweep my-fleet.yaml --vary fleet': '--replications 2',
  "sweep my-fleet.yaml --vary 'workload": '--replications 1',
  'run my-fleet.yaml --replications 20': '--replications 4',
  'run erlang-c': '--replications 2',
  'run openai-2025': '--replications 2',
  'scaling openai-2025': '--replications 2',
  'subscribers openai-2025-churn': '--months 2 --replications 2',
  'compare openai-2025': '--replications 2',
};

/** Commands that are not run here. */
const NOT_RUN = [/^npm ci && /, /^npm run check(:full)?$/, /^npm run study:\S+( && npm run study:\S+)*/];

const folder = new Folder();
afterAll(() => {
  endAll();
  folder.remove();
});

const sampleOf = (name: string) => readFileSync(`${ROOT}configs/samples/${name}`, 'utf8');

beforeAll(() => {
  for (const path of ['bin', 'configs', 'configs/samples', 'configs/scenarios', 'node_modules'])
    mkdirSync(folder.of(path));
  folder.write('bin/npx', '#!/bin/sh\nexec "$@"\n');
  chmodSync(folder.of('bin/npx'), 0o755);
  symlinkSync(ROOT, folder.of('node_modules/fleetyield'));
  for (const name of readdirSync(`${ROOT}configs/samples`))
    copyFileSync(`${ROOT}configs/samples/${name}`, folder.of(`configs/samples/${name}`));
  const fleet = sampleOf('my-fleet.yaml').replace(
    'warmUp: 30min, duration: 4h',
    'warmUp: 10s, duration: 30s',
  );
  folder.write('configs/samples/my-fleet.yaml', fleet);
  for (const [name, changes] of Object.entries(SHORT)) {
    const base = `${ROOT}configs/scenarios/${name}.yaml`;
    const text = `fleetyield: 1\nbase: ${JSON.stringify(base)}\nname: ${name}\nchanges:\n${changes.map((one) => `  - ${one}\n`).join('')}`;
    for (const path of [name, `configs/scenarios/${name}.yaml`]) folder.write(path, text);
  }
  for (const [name, text] of NAMED) folder.write(name, text);
  for (const name of ['lever-kernels', 'lever-price-cut'])
    copyFileSync(`${ROOT}configs/scenarios/${name}.yaml`, folder.of(name));
});

/** The blocks that begin with the name of a file in a comment, as such files. */
const NAMED = ['js', 'yaml'].flatMap((language) =>
  blocksOf(language).flatMap((text) => {
    const [, name] = /^(?:\/\/|#) (\S+\.(?:mjs|yaml))\n/.exec(text) ?? [];
    return name === undefined ? [] : [[name, text] as const];
  }),
);

function commandOf(line: string): string {
  const command = NOT_RUN.reduce((text, pattern) => text.replace(pattern, ''), line);
  const quick = Object.entries(QUICK).find(([start]) => command.startsWith(`npx fleetyield ${start}`));
  return quick === undefined ? command : command.replace(/(?=\s+#|\s+>|$)/, ` ${quick[1]}`);
}

const run = async (text: string) => {
  const env = { PATH: `${folder.of('bin')}:${process.env['PATH']!}` };
  const { code, stdout, stderr } = await shell(`set -e\n${text}`, { cwd: folder.path, env });
  expect(code, `${text}\n${stderr}`).toBe(0);
  return stdout;
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Runs a program in TypeScript that imports the package by its name. */
const TYPESCRIPT = `'${process.execPath}' --import '${import.meta.resolve('tsx')}'`;

describe('the documentation', () => {
  it('has every page in its index, and links that lead somewhere', () => {
    const pages = ['', 'tutorials/']
      .flatMap((path) => readdirSync(`${ROOT}docs/${path}`).map((file) => `${path}${file}`))
      .filter((file) => file.endsWith('.md') && file !== 'README.md');
    expect(PAGES.slice(1).toSorted()).toEqual(pages.map((file) => `docs/${file}`).toSorted());
    for (const page of [...PAGES, 'docs/README.md'])
      for (const [, target] of textOf(page).matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g))
        expect(existsSync(new URL(target!, `file://${ROOT}${page}`)), `${page}: ${target!}`).toBe(true);
  });

  it('has the sample of its scenario, word for word', () => {
    const [first] = blocksOf('yaml');
    expect(sampleOf('my-fleet.yaml').replace(/^#.*\n/, '')).toBe(first);
  });

  const serving = blocksOf('sh').filter((text) => text.includes('fleetyield serve'));
  const others = PAGES.flatMap((page) =>
    blocksOf('sh', [page])
      .filter((text) => !serving.includes(text))
      .map((text) => [page, text.split('\n', 1)[0]!, text] as const),
  );

  it.for(others)('of %s runs: %s', { timeout: 600_000 }, async ([, , text]) => {
    await run(text.split('\n').map(commandOf).join('\n'));
  });

  it(
    'serves, and answers what it is asked with curl and by its typed client',
    { timeout: 600_000 },
    async () => {
      const port = String(await freePort());
      const [client] = blocksOf('ts').filter((text) => text.includes('fleetyield/client'));
      folder.write('client.mts', client!.replaceAll('8080', port));
      const text = serving
        .join('\n')
        .replaceAll('8080', port)
        .replace(
          /^(npx fleetyield serve) &.*$/m,
          [
            `$1 --port ${port} & SERVER=$!`,
            'trap "kill $SERVER" EXIT',
            `curl -s --retry 120 --retry-delay 1 --retry-connrefused localhost:${port}/health`,
          ].join('\n'),
        );
      const answers = await run(`${text}\n${TYPESCRIPT} client.mts\n`);
      expect(answers).toContain('event: finished');
      expect(answers).toContain('"metric":"wait.mean"');
      expect(answers).not.toContain('"detail"');
      expect(existsSync(folder.of('replications.parquet'))).toBe(true);
    },
  );

  it('runs a discipline of the user’s own from the library', { timeout: 600_000 }, async () => {
    const text = readFileSync(folder.of('own-discipline.mjs'), 'utf8');
    expect(text).toContain('loadPlugins');
    expect(Number(await run(`'${process.execPath}' own-discipline.mjs`))).toBeGreaterThan(0);
  });

  it('adds its first discipline to the program, which keeps the contract', { timeout: 600_000 }, async () => {
    const page = textOf('docs/tutorials/first-discipline.md');
    const [file, lines, order] = blocksOf('ts', ['docs/tutorials/first-discipline.md']);
    const [imported, member] = lines!.split('\n');
    const clone = folder.of('clone');
    for (const path of ['src', 'tests', 'configs', 'package.json', 'tsconfig.json'])
      cpSync(`${ROOT}${path}`, `${clone}/${path}`, { recursive: true });
    // Without the build that the tests of the program begin with.
    writeFileSync(`${clone}/vitest.config.ts`, 'export default {};\n');
    symlinkSync(`${ROOT}node_modules`, `${clone}/node_modules`);
    const edit = (path: string, ...changes: readonly (readonly [string, string])[]) => {
      const before = readFileSync(`${clone}/${path}`, 'utf8');
      const after = changes.reduce((text, [from, to]) => text.replace(from, to), before);
      writeFileSync(`${clone}/${path}`, after);
    };
    writeFileSync(`${clone}/src/gateway/disciplines/longest-prompt-first.ts`, file!);
    edit(
      'src/gateway/disciplines/index.ts',
      ["import { fcfs } from './fcfs.ts';\n", `import { fcfs } from './fcfs.ts';\n${imported!}\n`],
      ['  fcfs,\n', `  fcfs,\n${member!}\n`],
    );
    const tried = () => shell(`npx vitest run tests/gateway/queues.test.ts`, { cwd: clone });
    expect((await tried()).code).not.toBe(0);
    edit(
      'tests/gateway/queues.test.ts',
      ['  fcfs: () => 0,\n', `  fcfs: () => 0,\n${order!}`],
      ['const OVERTAKING = [', "const OVERTAKING = ['longest-prompt-first', "],
    );
    const { code, stdout, stderr } = await tried();
    expect(code, `${stdout}\n${stderr}`).toBe(0);
    expect(page).toContain('`OVERTAKING`');
  });

  const programs = blocksOf('ts', ['docs/library.md']).filter((text) => text.includes("from 'fleetyield';"));

  it.each(programs)('runs the program %#', { timeout: 600_000 }, async (program) => {
    folder.write('library.mts', program);
    await run(`${TYPESCRIPT} library.mts`);
  });
});
