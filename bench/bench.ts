/**
 * The benchmark: how fast the program as it is built runs on one core of this machine. Every measurement is a process of
 * its own, and cases take turns, so that what else the machine does meets them alike.
 *
 *   npm run bench                                     everything, five rounds
 *   npm run bench -- --only engine path --rounds 7    some parts
 *   npm run bench -- --write                          also into results/reference/bench.md
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { Command, Option } from '@commander-js/extra-typings';
import { max, median, min } from 'simple-statistics';
import { wholeNumber } from '../tools/whole-number.ts';
import type { Answer, Capacity, Shares, Task } from './measure.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const CHILD = new URL('./measure.ts', import.meta.url);
const BUILT_CHILD = fileURLToPath(new URL('../node_modules/.cache/fleetyield/measure.mjs', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const REPORT = fileURLToPath(new URL('../results/reference/bench.md', import.meta.url));

const PARTS = ['queue', 'engine', 'path', 'profile', 'memory', 'start'] as const;
const REPLICAS = [1, 16, 256, 4_096];
/** A routing that does not see loads, one that does, and the model's own line. */
const ROUTINGS = ['round-robin', 'least-loaded', 'central'];
/**
 * V8 puts no more functions in line once 920 bytes of bytecode are in one. With more a warm run is faster here, and
 * shipped scenarios are not: to compile takes longer than it saves in short ones. So commands leave it as it is.
 */
const MORE_IN_LINE = ['--max-inlined-bytecode-size-cumulative=4000'];
/** So that in a profile each function counts for itself. */
const NONE_IN_LINE = ['--no-turbo-inlining'];
const moreInLine = (one: Case): Case => ({ ...one, name: `${one.name}, more in line`, flags: MORE_IN_LINE });

const options = new Command('bench')
  .addOption(new Option('--only <parts...>', 'parts to run').choices(PARTS).default([...PARTS]))
  .option('--rounds <n>', 'measurements of each case', wholeNumber, 5)
  .option('--write', 'write results/reference/bench.md', false)
  .addHelpText('after', '\nExample:\n  npm run bench -- --only engine --rounds 7')
  .parse()
  .opts();

/**
 * A loader of TypeScript in the process detaches array buffers, after which the compiler looks at each use whether an
 * array still has its own (a sixth of the time): what measures is compiled before, as the program is.
 */
buildSync({
  entryPoints: [fileURLToPath(CHILD)],
  outfile: BUILT_CHILD,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  define: { 'import.meta.url': JSON.stringify(CHILD.href) },
});

/** Runs a task in a process of its own. */
function measure<Result>(task: Task, flags: readonly string[] = []): Result {
  const output = execFileSync(process.execPath, [...flags, BUILT_CHILD, JSON.stringify(task)], { cwd: ROOT });
  return JSON.parse(output.toString()) as Result;
}

/** Enough for some lifetimes of what 4,096 replicas serve at once, and for what happens once a run not to count. */
const REQUESTS = 300_000;

interface Case {
  readonly name: string;
  readonly task: Task;
  /** What Node is told, beyond what it does by itself. */
  readonly flags?: readonly string[];
}

const lines: string[] = [];
const say = (line = '') => {
  lines.push(line);
  process.stdout.write(`${line}\n`);
};
const table = (rows: readonly (readonly string[])[]) => {
  const [head, ...body] = rows;
  for (const row of [head!, head!.map(() => '---'), ...body]) say(`| ${row.join(' | ')} |`);
  say();
};

const spread = (values: readonly number[], show: (value: number) => string) =>
  `${show(median([...values]))} (${show(min([...values]))} to ${show(max([...values]))})`;
const millions = (value: number) => `${(value / 1e6).toFixed(2)} M`;
const rounded = (value: number) => value.toFixed(2);

/** All cases once, then all of them again, and so on: by case, its answers. */
function inTurns(cases: readonly Case[]): Answer[][] {
  const answers: Answer[][] = cases.map(() => []);
  for (let round = 0; round < options.rounds; round++) {
    cases.forEach(({ task, flags }, index) => answers[index]!.push(measure<Answer>(task, flags)));
  }
  return answers;
}

/** A table of requests a second, with what each request took in events and steps. */
function rates(cases: readonly Case[]): void {
  const answers = inTurns(cases);
  table([
    ['case', 'requests/s, warm', 'cold', 'events a request', 'steps a request', 'hash'],
    ...cases.map(({ name }, index) => {
      const all = answers[index]!;
      const { work, events, steps, hash } = all[0]!;
      return [
        name,
        spread(
          all.map(({ warm }) => work / warm),
          millions,
        ),
        millions(median(all.map(({ cold }) => work / cold))),
        rounded(events / work),
        rounded(steps / work),
        hash,
      ];
    }),
  ]);
}

const PART: Readonly<Record<(typeof PARTS)[number], () => void>> = {
  queue: () => {
    say('## Event queue');
    say();
    say('One pop and one push, an exponential time later (hold model), with so many events pending [ns].');
    say();
    const pending = [16, 64, 1_024, 16_384, 100_000];
    const answers = inTurns(
      pending.map((n) => ({ name: String(n), task: { kind: 'queue', pending: n, holds: 2_000_000 } })),
    );
    const nanoseconds = (value: number) => value.toFixed(0);
    table([
      ['pending', 'ns, warm', 'hash'],
      ...pending.map((n, index) => [
        String(n),
        spread(
          answers[index]!.map(({ warm, work }) => (1e9 * warm) / work),
          nanoseconds,
        ),
        answers[index]![0]!.hash,
      ]),
    ]);
  },
  engine: () => {
    say('## Engine alone');
    say();
    say(
      `Replicas of Llama 3.1 8B on one H100 with a line before each, Poisson arrivals to each in turn, lengths of ${capacity().trace.source}. “More in line”: with V8’s budget for functions put into one at 4,000 bytes of bytecode, where it has 920 by itself; commands leave it, for shipped scenarios take as long or longer with more.`,
    );
    say();
    const one = (replicas: number, load: number) => ({
      name: `${replicas} replicas, load ${load}`,
      task: engineTask(replicas, load),
    });
    rates([
      ...[0.7, 1.1].flatMap((load) => REPLICAS.map((replicas) => one(replicas, load))),
      ...REPLICAS.slice(1).map((replicas) => moreInLine(one(replicas, 0.7))),
    ]);
  },
  path: () => {
    say('## Whole path');
    say();
    say(
      `As \`fleetyield run\` does one replication: three tiers, limits, priorities, ledger, audit, metrics and money; lengths are ${capacity().catalog.source}.`,
    );
    say();
    const one = (replicas: number, routing: string, load: number) => ({
      name: `${replicas} replicas, ${routing}, load ${load}`,
      task: pathTask('path', replicas, routing, load, REQUESTS),
    });
    rates([
      ...ROUTINGS.flatMap((routing) => REPLICAS.map((replicas) => one(replicas, routing, 0.7))),
      ...ROUTINGS.map((routing) => one(16, routing, 1.1)),
      ...ROUTINGS.slice(0, 2).map((routing) => moreInLine(one(16, routing, 0.7))),
    ]);
  },
  profile: () => {
    say('## Where the time goes');
    say();
    say(
      'Shares of the time of a warm run at 16 replicas, load 0.7, by file of `src/`; least are under 1 %. Sampled with functions not in line, at about half the speed, so that each counts for itself.',
    );
    say();
    const cases = [
      engineTask(16, 0.7),
      pathTask('path', 16, 'round-robin', 0.7, REQUESTS),
      pathTask('path', 16, 'least-loaded', 0.7, REQUESTS),
    ].map((of) => measure<Shares>({ kind: 'profile', of }, NONE_IN_LINE));
    const shareOf = (shares: Shares, file: string) => shares[file] ?? 0;
    const files = [...new Set(cases.flatMap((shares) => Object.keys(shares)))].filter((file) => file !== '');
    const large = files.filter((file) => cases.some((shares) => shareOf(shares, file) >= 0.01));
    const most = (file: string) => Math.max(...cases.map((shares) => shareOf(shares, file)));
    const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
    const row = (name: string, of: readonly string[]) => [
      name,
      ...cases.map((shares) => percent(of.reduce((sum, file) => sum + shareOf(shares, file), 0))),
    ];
    table([
      ['file', 'engine', 'path, round-robin', 'path, least-loaded'],
      ...large.toSorted((a, b) => most(b) - most(a)).map((file) => row(file.replace(/\.js$/, '.ts'), [file])),
      row(
        'other files',
        files.filter((file) => !large.includes(file)),
      ),
      row('the benchmark, Node and its collector', ['']),
    ]);
  },
  memory: () => {
    say('## Memory');
    say();
    say('Peak of the process (resident set), 16 replicas, round-robin, load 0.7, one run each.');
    say();
    const peakOf = (task: Task) => measure<{ peakBytes: number; requests: number }>(task);
    const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);
    table([
      ['requests', 'peak, MB'],
      ...[1e5, 1e6, 4e6].map((requests) => {
        const { peakBytes, requests: arrived } = peakOf(pathTask('memory', 16, 'round-robin', 0.7, requests));
        return [arrived.toLocaleString('en'), megabytes(peakBytes)];
      }),
    ]);
    say('Requests that are all alive: they arrive within a second at one replica and wait.');
    say();
    const [few, many] = [131_000, 1_048_000].map((requests) =>
      peakOf({ kind: 'memory', replicas: 1, routing: 'round-robin', requests, rate: requests }),
    );
    const bytes = (many!.peakBytes - few!.peakBytes) / (many!.requests - few!.requests);
    say(
      `${few!.requests.toLocaleString('en')}: ${megabytes(few!.peakBytes)} MB; ${many!.requests.toLocaleString('en')}: ${megabytes(many!.peakBytes)} MB. That is ${bytes.toFixed(0)} bytes a live request, with the copies that growing columns leave to the collector.`,
    );
    say();
  },
  start: () => {
    say('## Start');
    say();
    const start = () => {
      const startedAt = performance.now();
      execFileSync(process.execPath, [PROGRAM, '--version']);
      return performance.now() - startedAt;
    };
    const times = Array.from({ length: Math.max(11, options.rounds) }, start);
    say(`\`fleetyield --version\`: ${spread(times, (ms) => `${ms.toFixed(0)} ms`)}.`);
    say();
  },
};

let measured: Capacity | null = null;

/** What one saturated replica serves, measured once. */
function capacity(): Capacity {
  measured ??= measure<Capacity>({ kind: 'capacity', requests: 20_000 });
  return measured;
}

function engineTask(replicas: number, load: number) {
  const rate = load * replicas * capacity().trace.perSecond;
  return { kind: 'engine' as const, replicas, requests: REQUESTS, rate };
}

function pathTask<Kind extends 'path' | 'memory'>(
  kind: Kind,
  replicas: number,
  routing: string,
  load: number,
  requests: number,
) {
  return { kind, replicas, routing, requests, rate: load * replicas * capacity().catalog.perSecond };
}

say('# Speed');
say();
const machine = `${cpus()[0]!.model}, ${availableParallelism()} cores, Linux ${release()}, Node ${process.versions.node}`;
say(
  `${new Date().toISOString().slice(0, 10)}, ${machine}. One thread at work; seconds are processor time of the process, its collector and compiler included; medians of ${options.rounds} with the least and the most.`,
);
say('Made by `npm run bench -- --write`. A machine is never as quiet twice: read ratios, not seconds.');
say();
if (options.only.includes('engine') || options.only.includes('path')) {
  const { trace, catalog } = capacity();
  say(
    `Load is arrivals over the capacity of a saturated replica: 20,000 requests at once on one, those from the first to the last tenth over the time they took. ${trace.perSecond.toFixed(2)} requests/s with ${trace.source}, ${catalog.perSecond.toFixed(2)} with ${catalog.source}. Warm is the third run in a process, cold the first.`,
  );
  say();
}
for (const part of PARTS) if (options.only.includes(part)) PART[part]();
if (options.write) writeFileSync(REPORT, `${lines.join('\n')}\n`);
