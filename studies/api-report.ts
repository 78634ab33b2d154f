/** The load study of the API as a report. It knows numbers and words, and measures nothing. */

/** What one measurement found. Times in ms. */
export interface Load {
  readonly operation: string;
  readonly connections: number;
  /** Between an answer and the next request of a connection [ms]. */
  readonly pause: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
  readonly requests: number;
  /** Answers other than 200, and requests without one. */
  readonly failed: number;
}

export interface ApiStudy {
  readonly date: string;
  readonly version: string;
  readonly machine: string;
  /** Load average of the last minute before and after; the server, its threads and the measurement add to it. */
  readonly loadBefore: number;
  readonly loadAfter: number;
  /** The batch that runs meanwhile. */
  readonly replications: number;
  readonly doneBefore: number;
  readonly doneAfter: number;
  /** Between these two [s]. */
  readonly seconds: number;
  /** On an idle server, and while the batch runs. */
  readonly idle: readonly Load[];
  readonly busy: readonly Load[];
}

/** The 99th percentile that a page of batches must stay below while a batch runs [ms]. */
export const PROMISED_P99 = 50;

const row = ({
  operation,
  connections,
  pause,
  perSecond,
  p50,
  p99,
  longest,
  requests,
  failed,
}: Load): string =>
  `| \`${operation}\` | ${connections} | ${pause} | ${Math.round(perSecond).toLocaleString('en')} | ${p50} | ${p99} | ${Math.round(longest)} | ${requests.toLocaleString('en')} | ${failed} |`;

const table = (loads: readonly Load[]): string =>
  [
    '| operation | connections | pause [ms] | answered [1/s] | p50 [ms] | p99 [ms] | longest [ms] | requests | failed |',
    '|---|---|---|---|---|---|---|---|---|',
    ...loads.map(row),
  ].join('\n');

export function apiReport(study: ApiStudy): string {
  const { date, version, machine, loadBefore, loadAfter, replications, doneBefore, doneAfter, seconds } =
    study;
  const rate = (doneAfter - doneBefore) / seconds;
  return `# Load on the results API

Measured by \`npm run study:api\` on ${date}, fleetyield ${version}, ${machine}. The server runs one batch in one thread; autocannon, which asks, has the same cores. Load average of the last minute ${loadBefore} before and ${loadAfter} after: what is above about 3 is other work on the machine, and makes all times longer.

## While a batch runs

A batch of ${replications.toLocaleString('en')} replications of an M/M/2 queue of fifty minutes is in progress; from ${doneBefore.toLocaleString('en')} to ${doneAfter.toLocaleString('en')} replications were finished meanwhile, ${rate.toFixed(0)} a second, each kept on the disk.

${table(study.busy)}

The promise is a page of batches within ${PROMISED_P99} ms at p99 for a caller who asks again and again: the first row. Without pauses, times are those of the line before one thread on cores that are all taken. Estimates of the batch that runs are folded from all its replications by a thread of their own, once for all who ask at the time; the longest time is that of the first fold. Whoever asks later is told what was found before, with the number of its replications, while the next is folded.

## With nothing to run

${table(study.idle)}
`;
}
