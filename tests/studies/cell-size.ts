/**
 * How large a cell must be: the same provider at the same load, simulated in cells of 16 to 4,096 replicas.
 *
 *   npm run study:cell-size        writes results/reference/cell-size.md and .svg
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Estimate } from '../../src/experiments/estimate.ts';
import { estimate, readCatalog, readScenario, replicate, SourceDocument } from '../bench/built.ts';
import { startWatch } from '../bench/stopwatch.ts';

const RESULT = fileURLToPath(new URL('../../results/reference/cell-size', import.meta.url));

const LEVEL = 0.95;
/** Places to wait, and requests in a batch, for each replica. */
const ROOM = 16;
const BATCH = 32;

type Demand = 'load 0.70' | 'load 0.95' | 'rush';

interface Plan {
  readonly demand: Demand;
  readonly routing: 'least-loaded' | 'central';
  readonly replicas: number;
  /** Fewer and shorter replications where a cell has more requests. */
  readonly replications: number;
  readonly warmUp: number;
  readonly duration: number;
}

const steady = (demand: Demand, routing: Plan['routing']) =>
  (
    [
      [16, 8, 600, 7_200],
      [64, 8, 600, 3_600],
      [256, 5, 600, 1_800],
      [1_024, 5, 300, 600],
      [4_096, 3, 200, 200],
    ] as const
  ).map(([replicas, replications, warmUp, duration]) => ({
    ...{ demand, routing, replicas, replications, warmUp, duration },
  }));

/** Central routing looks at each replica for each request; larger cells would take too long. */
const LARGEST_CENTRAL = 64;

const PLANS: readonly Plan[] = [
  ...steady('load 0.70', 'least-loaded'),
  ...steady('load 0.95', 'least-loaded'),
  ...[[16, 8] as const, [64, 5] as const, [256, 3] as const, [1_024, 2] as const].map(
    ([replicas, replications]) => ({
      ...{ demand: 'rush' as const, routing: 'least-loaded' as const, replicas, replications },
      ...{ warmUp: 1_800, duration: 5_400 },
    }),
  ),
  ...steady('load 0.95', 'central').filter(({ replicas }) => replicas <= LARGEST_CENTRAL),
];

const arrivals = (demand: Demand, capacity: number): string => {
  if (demand !== 'rush') return `{ kind: poisson, ratePerSecond: ${Number(demand.slice(5)) * capacity} }`;
  // Before and after the hour of the peak, 12 to 13, 80 %. The list has mean 1, so that its values are multiples of the rate.
  const hours = Array.from({ length: 24 }, (_, hour) => (hour === 12 ? 1.05 : 0.8));
  const mean = hours.reduce((sum, factor) => sum + factor, 0) / hours.length;
  return `{ kind: nonhomogeneous, ratePerSecond: ${mean * capacity}, hourOfDay: [${hours.map((factor) => factor / mean).join(', ')}] }`;
};

const textOf = (
  { routing, replicas, warmUp, duration }: Omit<Plan, 'demand' | 'replications'>,
  arrivals: string,
): string => `
fleetyield: 1
name: cell-size
horizon: { start: Tue 11:30, warmUp: ${warmUp}s, duration: ${duration}s }
workload:
  tiers:
    - name: all
      model: llama-3.1-8b
      arrivals: ${arrivals}
      lengths: { prompt: { kind: lognormal, mean: 1000, cv: 1 }, output: { kind: exponential, mean: 2000 } }
fleet:
  pools:
    - { name: main, model: llama-3.1-8b, accelerator: h100-sxm, replicas: ${replicas}, serving: { kind: continuous-batching, maxSequences: ${BATCH}, stepTime: { kind: roofline } } }
gateway:
  admission: { kind: bounded, maxWaiting: ${ROOM * replicas} }
  routing: { kind: ${routing} }
`;

const catalog = readCatalog();

function estimatesOf(text: string, replications: number): readonly Estimate[] {
  const scenario = readScenario(new SourceDocument(text, 'cell-size.yaml'), {
    catalog,
    trace: (file) => {
      throw new Error(`the study names no trace, and ${file} was asked for`);
    },
  });
  const runs = Array.from({ length: replications }, (_, index) =>
    replicate(scenario, 'cell-size', index, { byHour: false }),
  );
  return estimate(
    runs.map(({ measurements }) => measurements),
    LEVEL,
  );
}

const METRICS = ['throughput.requests', 'ttft.mean', 'ttft.p50', 'ttft.p99', 'share.shed'] as const;
type Row = Readonly<Record<(typeof METRICS)[number], Estimate>> & { readonly requests: number };

function rowOf(estimates: readonly Estimate[]): Row {
  const of = (metric: string) => estimates.find((one) => one.metric === metric && one.scope === 'total')!;
  return {
    ...(Object.fromEntries(METRICS.map((metric) => [metric, of(metric)])) as Omit<Row, 'requests'>),
    requests: of('requests.arrived').mean! * of('requests.arrived').n,
  };
}

const elapsed = startWatch();
// What one replica serves when a hundred times as much arrives as it could.
const saturated = textOf(
  { routing: 'central', replicas: 1, warmUp: 600, duration: 20_000 },
  '{ kind: poisson, ratePerSecond: 20 }',
);
const capacity = rowOf(estimatesOf(saturated, 3))['throughput.requests'].mean!;

const results = PLANS.map((plan) => {
  const row = rowOf(
    estimatesOf(textOf(plan, arrivals(plan.demand, capacity * plan.replicas)), plan.replications),
  );
  process.stderr.write(
    `${plan.demand} ${plan.routing} ${plan.replicas}: ${row.requests} requests, ${elapsed().toFixed(0)} s\n`,
  );
  return { plan, row };
});

const digits = (value: number) => Number(value.toPrecision(3)).toString();
const shown = ({ mean, halfWidth }: Estimate, scale = 1) =>
  mean === null
    ? ''
    : `${digits(mean * scale)}${halfWidth === null ? '' : ` ± ${digits(halfWidth * scale)}`}`;

function table(demand: Demand, routing: Plan['routing']): string[] {
  const rows = results.filter(({ plan }) => plan.demand === demand && plan.routing === routing);
  return [
    '| replicas | served a replica [1/s] | TTFT mean [ms] | p50 [ms] | p99 [ms] | refused [%] | n | requests measured |',
    '|---|---|---|---|---|---|---|---|',
    ...rows.map(
      ({ plan, row }) =>
        `| ${plan.replicas.toLocaleString('en')} | ${shown(row['throughput.requests'], 1 / plan.replicas)} | ${shown(row['ttft.mean'], 1e3)} | ${shown(row['ttft.p50'], 1e3)} | ${shown(row['ttft.p99'], 1e3)} | ${shown(row['share.shed'], 100)} | ${plan.replications} | ${Math.round(row.requests).toLocaleString('en')} |`,
    ),
    '',
  ];
}

const PICTURED: readonly {
  readonly title: string;
  readonly demand: Demand;
  readonly routing: Plan['routing'];
}[] = [
  { title: 'load 0.70', demand: 'load 0.70', routing: 'least-loaded' },
  { title: 'load 0.95', demand: 'load 0.95', routing: 'least-loaded' },
  { title: 'rush', demand: 'rush', routing: 'least-loaded' },
  { title: 'load 0.95, central', demand: 'load 0.95', routing: 'central' },
];

/** p99 of the time to first token over that of the largest cell of its kind, with intervals. */
function picture(): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const points = PICTURED.flatMap(({ title, demand, routing }) => {
    const rows = results.filter(({ plan }) => plan.demand === demand && plan.routing === routing);
    const largest = rows.at(-1)!.row['ttft.p99'].mean!;
    return rows.map(({ plan, row }) => {
      const { mean, halfWidth } = row['ttft.p99'];
      return { title, replicas: plan.replicas, ratio: mean! / largest, by: (halfWidth ?? 0) / largest };
    });
  });
  const drawing = Plot.plot({
    document,
    width: 700,
    height: 360,
    marginLeft: 60,
    marginRight: 130,
    style: { background: 'white', fontFamily: 'system-ui, sans-serif' },
    x: {
      type: 'log',
      base: 4,
      label: 'replicas in the cell',
      ticks: [16, 64, 256, 1_024, 4_096],
      tickFormat: ',d',
    },
    y: { label: 'p99 of TTFT ÷ that of the largest cell', grid: true, zero: true },
    marks: [
      Plot.ruleY([1], { stroke: '#999', strokeDasharray: '3 3' }),
      Plot.ruleX(points, {
        x: 'replicas',
        y1: (point: (typeof points)[number]) => point.ratio - point.by,
        y2: (point: (typeof points)[number]) => point.ratio + point.by,
        stroke: 'title',
      }),
      Plot.line(points, { x: 'replicas', y: 'ratio', stroke: 'title' }),
      Plot.dot(points, { x: 'replicas', y: 'ratio', fill: 'title' }),
      Plot.text(
        points,
        Plot.selectLast({ x: 'replicas', y: 'ratio', z: 'title', text: 'title', dx: 8, textAnchor: 'start' }),
      ),
    ],
  });
  return drawing.outerHTML.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ');
}

const seconds = elapsed().toFixed(0);
const lines = [
  '# How large a cell must be',
  '',
  `One provider at the same load in cells of different size: Llama 3.1 8B on one H100 a replica, at most ${BATCH} sequences; prompts lognormal with mean 1,000 and cv 1, outputs exponential with mean 2,000 tokens; ${ROOM} places to wait a replica. Load is arrivals over what one saturated replica serves, ${digits(capacity)} requests/s. Half-widths are those of ${LEVEL * 100} % intervals over n replications; larger cells are simulated for a shorter time.`,
  '',
  `Made by \`npm run study:cell-size\` in ${seconds} s of processor time (${cpus()[0]!.model}, Node ${process.versions.node}), seed cell-size.`,
  '',
  '![p99 of the time to first token by size](cell-size.svg)',
  '',
  '## Constant load 0.70, least-loaded',
  '',
  ...table('load 0.70', 'least-loaded'),
  '## Constant load 0.95, least-loaded',
  '',
  ...table('load 0.95', 'least-loaded'),
  '## A rush hour at 1.05, least-loaded',
  '',
  'Half an hour at 0.80 is not measured; the next 90 minutes are: an hour at 1.05, and half an hour at 0.80.',
  '',
  ...table('rush', 'least-loaded'),
  '## Constant load 0.95, central',
  '',
  `One line for the model. Larger cells are left out: this routing looks at every replica for each request.`,
  '',
  ...table('load 0.95', 'central'),
];
writeFileSync(`${RESULT}.md`, `${lines.join('\n')}`);
writeFileSync(`${RESULT}.svg`, `${picture()}\n`);
process.stderr.write(`wrote ${RESULT}.md and .svg\n`);
