/** The cell-size study in words and tables. Every figure is computed from the estimates; it knows no file and no clock. */
import type { Estimate } from '../src/index.ts';
import { MAX_SEQUENCES, type MeasureName, type StudyCase } from './cell-size-cases.ts';
import { erlangC, mmck, type CaseResult } from './cell-size-runs.ts';
import { ratioOf, smallestWithin, type Bounds, type Ratio } from './comparison.ts';

export interface Study {
  /** What a saturated replica serves [requests/s]. */
  readonly capacity: Estimate;
  readonly cases: readonly CaseResult[];
}

/** Each size but the largest, against the largest. */
export function ratiosOf({ sizes }: CaseResult, measure: MeasureName) {
  const reference = sizes[sizes.length - 1]!.estimates[measure]!;
  return sizes.slice(0, -1).map(({ replicas, estimates }) => ({
    replicas,
    ratio: ratioOf(estimates[measure]!, reference),
  }));
}

const NOTHING = '–';
const whole = (value: number) => value.toLocaleString('en-US');

/** `0.0533 ± 0.0012`: two digits of the interval, and as many places of the estimate. */
export function withInterval({ mean, halfWidth }: Bounds): string {
  if (mean === null) return NOTHING;
  if (halfWidth === null) return mean.toPrecision(3);
  if (halfWidth === 0) return String(mean);
  const places = Math.min(10, Math.max(0, 1 - Math.floor(Math.log10(halfWidth))));
  return `${mean.toFixed(places)} ± ${halfWidth.toFixed(places)}`;
}

const asPercent = ({ mean, halfWidth }: Bounds): Bounds => ({
  mean: mean === null ? null : 100 * mean,
  halfWidth: halfWidth === null ? null : 100 * halfWidth,
});

/** `+3.1 % (+2.8 to +3.4)`. */
function difference(ratio: Ratio | null): string {
  if (ratio === null) return NOTHING;
  const percent = (value: number) => {
    const size = Math.abs(100 * (value - 1)).toFixed(1);
    return size === '0.0' ? size : `${value < 1 ? '−' : '+'}${size}`;
  };
  return `${percent(ratio.value)} % (${percent(ratio.low)} to ${percent(ratio.high)})`;
}

const table = (rows: readonly (readonly string[])[]): string =>
  [rows[0]!, rows[0]!.map(() => '---'), ...rows.slice(1)].map((row) => `| ${row.join(' | ')} |`).join('\n');

function measured({ studied, sizes }: CaseResult): string {
  return table([
    ['replicas', 'runs', 'requests', ...studied.measures.map(headOf)],
    ...sizes.map(({ replicas, replications, requests, estimates }) => [
      whole(replicas),
      whole(replications),
      whole(requests),
      ...studied.measures.map(({ name, unit }) => {
        const one = estimates[name]!;
        return withInterval(unit === '1' ? asPercent(one) : one);
      }),
    ]),
  ]);
}

function headOf({ name, unit }: StudyCase['measures'][number]): string {
  if (unit === '1') return `${name} [%]`;
  return unit === 's' ? `${name} [s]` : name;
}

function compared(result: CaseResult): string {
  const { measures } = result.studied;
  const columns = measures.map(({ name }) => ratiosOf(result, name));
  const largest = result.sizes[result.sizes.length - 1]!.replicas;
  return table([
    [`against ${whole(largest)}`, ...measures.map(({ name }) => name)],
    ...columns[0]!.map(({ replicas }, row) => [
      whole(replicas),
      ...columns.map((column) => difference(column[row]!.ratio)),
    ]),
  ]);
}

/** By measure and case, the smallest size within 5 % and 10 % of the largest. */
function answer(cases: readonly CaseResult[]): string {
  const names: MeasureName[] = ['throughput', 'TTFT mean', 'TTFT p50', 'TTFT p99', 'E2E mean', 'lost'];
  const engines = cases.filter(({ studied }) => studied.kind === 'engine');
  const shown = (result: CaseResult, name: MeasureName, tolerance: number) => {
    const smallest = smallestWithin(ratiosOf(result, name), tolerance);
    return smallest === null ? 'none' : whole(smallest);
  };
  return table([
    ['', ...engines.map(({ studied }) => studied.name)],
    ...names.map((name) => [
      name,
      ...engines.map((result) =>
        result.studied.measures.some((measure) => measure.name === name)
          ? `${shown(result, name, 0.05)} / ${shown(result, name, 0.1)}`
          : '',
      ),
    ]),
  ]);
}

/** (1 − ρ)√c, what square-root staffing keeps constant. */
const staffing = (load: number, servers: number) => (1 - load) * Math.sqrt(servers);

function erlang({ studied, sizes }: CaseResult): string {
  return table([
    ['servers c', 'β = (1 − ρ)√c', 'Erlang C [%]', 'measured [%]'],
    ...sizes.map(({ replicas, estimates }) => [
      whole(replicas),
      staffing(studied.load, replicas).toFixed(2),
      (100 * erlangC(studied.load * replicas, replicas)).toPrecision(3),
      withInterval(asPercent(estimates.wait!)),
    ]),
  ]);
}

/** Of a bounded line before all slots of a cell, by M/M/c/K: room in steps and in line, each slot at its share. */
function lossOf({ load, waitingPerReplica }: StudyCase, replicas: number): number {
  const slots = MAX_SEQUENCES * replicas;
  return mmck(load * slots, 1, slots, slots + waitingPerReplica! * replicas).blocking;
}

function losses(cases: readonly CaseResult[]): string {
  return table([
    ['replicas', ...cases.flatMap(({ studied }) => [`${studied.name}: M/M/c/K [%]`, 'measured [%]'])],
    ...cases[0]!.sizes.map(({ replicas }, row) => [
      whole(replicas),
      ...cases.flatMap(({ studied, sizes }) => [
        (100 * lossOf(studied, replicas)).toPrecision(3),
        withInterval(asPercent(sizes[row]!.estimates.lost!)),
      ]),
    ]),
  ]);
}

function section(result: CaseResult): string {
  const { name, about, warmUp, window } = result.studied;
  return `### ${name}

${about} Warm-up ${warmUp} s, window ${window} s.

${measured(result)}

${compared(result)}`;
}

/** What the smallest and the second size of a case say of a measure, in words. */
function smallCells(result: CaseResult, measure: MeasureName): string {
  const [first, second] = ratiosOf(result, measure);
  return `${difference(first!.ratio)} with ${whole(first!.replicas)} replicas and ${difference(second!.ratio)} with ${whole(second!.replicas)}`;
}

export function cellSizeReport({ capacity, cases }: Study): string {
  const named = (name: string) => cases.find(({ studied }) => studied.name === name)!;
  const small = (name: string, measure: MeasureName) => smallCells(named(name), measure);
  const bounded = cases.filter(({ studied }) => studied.waitingPerReplica !== null);
  const day = named('day, peak 105 %').studied;
  return `# How small may a cell be?

The same load per replica, offered to cells of 16 to 4,096 replicas: what a smaller cell says, against the largest. Made by \`npm run study:cell-size\`; the estimates are in \`cell-size.json\`. Seeds are fixed, and the numbers do not depend on the machine.

![Ratio to the largest cell, by size](cell-size.svg)

## The answer

The smallest size from which on the whole 95 % interval of the ratio to the largest cell lies within 5 % / within 10 %. *None*: no size but the largest is shown to, because it differs or because its interval is too wide; the tables below tell which.

${answer(cases)}

- **Throughput and mean E2E** hardly depend on the size: at 95 % throughput differs by ${small('constant 95 %', 'throughput')}.
- **TTFT under a constant load**, each request sent to the least loaded replica: the mean differs by ${small('constant 70 %', 'TTFT mean')} at 70 %, by ${small('constant 95 %', 'TTFT mean')} at 95 %. **The p99** needs the larger cell: ${small('constant 70 %', 'TTFT p99')} at 70 %, ${small('constant 95 %', 'TTFT p99')} at 95 %.
- **With one line for all** the size shows least: an arrival is taken by whichever replica composes a step next, and even of a few one soon does. At 95 % the p99 differs by ${small('constant 95 %, one line', 'TTFT p99')}.
- **Through a peak above capacity** the p99 differs by ${small('day, peak 105 %', 'TTFT p99')}; the mean by ${small('day, peak 105 %', 'TTFT mean')}, intervals too wide to tell sizes apart.
- **Refusals above capacity** are not told apart: at 105 % the share shed differs by ${small('bounded line, 105 %', 'lost')}, the share that gives up by ${small('patience, 105 %', 'lost')}. Their intervals are wide by nature: the share lost is 1 − served ÷ arrived, and at 5 % its relative error is twenty times that of the ratio. The line before a small cell is less often full: at 105 % its mean TTFT differs by ${small('bounded line, 105 %', 'TTFT mean')}.
- **Refusals at capacity** are made by fluctuations, and small cells exaggerate them: ${bounded[0]!.sizes
    .map(({ replicas, estimates }) => `${withInterval(asPercent(estimates.lost!))} % with ${whole(replicas)}`)
    .join(', ')} replicas.

## Why

Replicas that share a load share their spare capacity: c of them at load ρ have c(1 − ρ) to spare, against fluctuations of about √(cρ). What waits for want of capacity depends on the ratio of both, β = (1 − ρ)√c, not on ρ (square-root staffing; Halfin and Whitt 1981): with β from 0 to 3 the probability of waiting falls from one to almost nothing. From then on a larger cell changes little, as the rest of TTFT, the step in progress and the reading of the prompt, is the replica’s own. The case *M/M/c, 95 %*, without an engine, where the answer is known:

${erlang(cases.find(({ studied }) => studied.kind === 'slots')!)}

A replica holds ${MAX_SEQUENCES} sequences, so a cell of c replicas behind a routing that sees loads is nearer to ${MAX_SEQUENCES} c servers: β is ${Math.sqrt(MAX_SEQUENCES)} times as large. That is why cells of an engine may be so much smaller than this table. (In the engine everybody waits for a step to end, so its own probability of waiting is 1 and says nothing.)

Above capacity the fluid decides: of 105 % offered, 1 − 1 ÷ 1.05 = 4.76 % cannot be served, however large the cell. At capacity only fluctuations lose, and their share falls with c: as 1 ÷ √c where nobody may wait, and towards 1 ÷ c where the line grows with the cell. M/M/c/K with ${MAX_SEQUENCES} servers and four places in line for each replica, as an orientation: its servers work at a pace of their own, a replica’s sequences at one that depends on how many there are; it is in steady state, and the cell at capacity, 55 s after it opened, is not.

${losses(bounded)}

The day is compressed ${Math.round(86_400 / day.window)} times, to ${day.window} s. What waits at its peak has less time to build up than in a real day, where the excess over hours is the same fluid in every cell and fluctuations are small beside it. So the compressed day should be the harder case for small cells, which is argued and not measured; it is no estimate of a real day's TTFT.

## What does not scale by thinning

- **Replicas are whole.** \`cell.share\` must leave whole replicas and tenants in every pool and tier, and is refused otherwise; a pool with few replicas bounds how small the cell can be, not the fleet as a whole.
- **Limits per tenant** are not scaled, as a tenant is not: a cell has fewer tenants, each whole. Those of a tier or of everyone are scaled.
- **The largest tenants.** Activity by \`zipf\` or \`lognormal\` is that of the cell's own tenants, so in a smaller cell the largest has a larger share of the load, and of the limits' effect.
- **A bounded line** (\`maxWaiting\`) is the cell's own and must be scaled by hand, as here.
- **Load triggers** fire for the whole cell at once, and the noise of a small one fires them more often.

## Design

Llama 3.1 8B on one H100 a replica by \`roofline\`, continuous batching of at most ${MAX_SEQUENCES} sequences [assumed], prompt and output lengths drawn from the catalogue's table of the Azure 2023 conversation trace. A saturated replica, whose line never ends, serves ${withInterval(capacity)} requests/s (measured; ${capacity.n} replications of 1,000 s): load is arrivals over that, so it is known to ${((100 * capacity.halfWidth!) / capacity.mean!).toFixed(1)} %, in all sizes alike. Poisson arrivals, one tier, no retries.

Every size of a case has the same load per replica, warm-up and window, so what is left of the transient, and the requests still in service when a run ends, are alike in all. Smaller cells have more replications. Intervals are Student's over replications; quantiles are of the pooled sample, by sectioning. Sizes have streams of their own and are independent; the interval of a ratio is that of its logarithm, relative half-widths added in squares. Intervals are not corrected for their number: of twenty, one is expected to miss.

Left out: 4,096 replicas with one line for all, with a bounded line and through a day, which take too long; slower routings (\`random\`, \`round-robin\`), whose replicas do not pool at all; failures, several tiers, retries.

## By case

${cases
  .filter(({ studied }) => studied.kind === 'engine')
  .map(section)
  .join('\n\n')}
`;
}
