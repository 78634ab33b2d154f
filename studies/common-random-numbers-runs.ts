/**
 * The study of common random numbers: how much better known a difference is when both sides meet the same demand. Three
 * changes of policy on one queue; nothing here knows a file or a clock.
 */
import { Columns } from '../src/experiments/columns.ts';
import { contributionsOf, differenceOf } from '../src/experiments/contributions.ts';
import { sumOf } from '../src/stats/index.ts';
import { poissonTier, queueText } from '../tests/helpers/queue.ts';
import { replications, scenarioOf } from '../tests/helpers/scenario.ts';

/** Two tiers on four replicas of five slots at a load of 0.9, and room for forty to wait. */
const text = (gateway: string) =>
  queueText({
    tiers: [poissonTier(6, 'priority: 0', 'paid'), poissonTier(12, 'priority: 1, tenants: 20', 'free')],
    slots: 5,
    replicas: 4,
    service: '{ kind: exponential, mean: 1s }',
    warmUp: 60,
    duration: 600,
    gateway: `{ admission: { kind: bounded, maxWaiting: 40 }${gateway} }`,
  });

const BASE = { text: text(''), overrides: [] as readonly string[] };

export const CHANGES: readonly {
  readonly name: string;
  readonly text: string;
  readonly overrides: readonly string[];
}[] = [
  { name: 'one more replica, 5 for 4', text: BASE.text, overrides: ['fleet.pools[0].replicas=5'] },
  {
    name: 'paid first, for all in their order',
    overrides: [],
    text: text(', discipline: { kind: strict-priority }'),
  },
  {
    name: 'free tenants limited to 30 requests a minute',
    overrides: [],
    text: text(
      ', rateLimits: [{ scope: tenant, tiers: [free], resource: requests, algorithm: { kind: token-bucket, perMinute: 30, burst: 5 } }]',
    ),
  },
];

export const METRICS = [
  { scope: 'total', metric: 'wait.mean' },
  { scope: 'tier:paid', metric: 'wait.mean' },
  { scope: 'total', metric: 'share.served' },
  { scope: 'total', metric: 'throughput.requests' },
] as const;

export interface Reduction {
  readonly change: string;
  readonly scope: string;
  readonly metric: string;
  readonly unit: string;
  readonly difference: number;
  /** Standard deviation of one replication's difference, with the same seed on both sides and with different ones. */
  readonly common: number;
  readonly independent: number;
}

export interface RandomNumbersStudy {
  readonly replications: number;
  readonly reductions: readonly Reduction[];
}

export function runStudy(count: number, told: (name: string) => void): RandomNumbersStudy {
  const columnsOf = (from: { text: string; overrides: readonly string[] }, seed: string) =>
    new Columns(
      replications(scenarioOf(from.text, from.overrides), count, { seed }).map(({ measurements }) =>
        measurements.filter((one) =>
          METRICS.some(({ scope, metric }) => scope === one.scope && metric === one.metric),
        ),
      ),
    );
  const base = columnsOf(BASE, 'common');
  const reductions = CHANGES.flatMap((change) => {
    const same = columnsOf(change, 'common');
    const other = columnsOf(change, 'independent');
    told(change.name);
    return base.names.map(({ scope, metric, unit }, place): Reduction => {
      const before = contributionsOf(base.column(place));
      const between = (columns: Columns) => differenceOf(before, contributionsOf(columns.column(place)));
      const paired = between(same);
      return {
        change: change.name,
        scope,
        metric,
        unit,
        difference: paired.point!,
        common: deviation(paired.values as readonly number[]),
        independent: deviation(between(other).values as readonly number[]),
      };
    });
  });
  return { replications: count, reductions };
}

/** How many times as many replications independent runs take for the same interval. */
export const factorOf = ({ common, independent }: Reduction): number => (independent / common) ** 2;

function deviation(values: readonly number[]): number {
  const mean = sumOf(values) / values.length;
  return Math.sqrt(sumOf(values.map((value) => (value - mean) ** 2)) / (values.length - 1));
}

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

export function randomNumbersReport({ replications: count, reductions }: RandomNumbersStudy): string {
  const factors = reductions.map(factorOf);
  const digits = (value: number) => value.toPrecision(3);
  return `# Common random numbers

How much better known a difference is when both sides meet the same demand. Made by \`npm run study:common-random-numbers\`: ${count} replications of each side; two tiers on four replicas of five slots at a load of 0.9, ten minutes. The standard deviation is that of one replication's difference, with the same seed on both sides, and with different ones; the factor, the ratio of their squares, says how many times as many independent replications give the same interval. Each square is known to about ${Math.round(100 * Math.sqrt(2 / (count - 1)))} % of itself.

**Independent runs take from ${digits(Math.min(...factors))} to ${digits(Math.max(...factors))} times as many replications.**

${[
  row(['change', 'metric', 'difference', 'common', 'independent', 'factor']),
  row(Array<string>(6).fill('---')),
  ...reductions.map((one) =>
    row([
      one.change,
      `${one.scope} ${one.metric} [${one.unit}]`,
      ...[one.difference, one.common, one.independent].map(digits),
      `**${digits(factorOf(one))}**`,
    ]),
  ),
].join('\n')}

What little a change touches is known almost exactly; where it moves every wait, the two sides differ by more than chance shares. Arrivals, lengths and service times are the same on both sides whatever the policy, because each has a stream of its own.
`;
}
