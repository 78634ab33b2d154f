/** The columns of exported tables and their meaning. Lightweight: `fleetyield export --help` reads them. */

export interface ExportColumn {
  readonly name: string;
  readonly type: 'text' | 'integer' | 'number' | 'boolean';
  readonly meaning: string;
}

const column =
  <Type extends ExportColumn['type']>(type: Type) =>
  <Name extends string>(name: Name, meaning: string) => ({ name, type, meaning });

const text = column('text');
const integer = column('integer');
const number = column('number');
const boolean = column('boolean');

const BATCH = [
  text('batch', 'id of the batch'),
  text('scenario', 'its name'),
  text('scenario_hash', 'digest of its content'),
  text('seed', ''),
];

const METRIC = [
  text('scope', 'total, tier:NAME, pool:NAME or hour:N'),
  text('metric', 'as fleetyield list metrics has them'),
  text('unit', ''),
];

/** By table, in order. Times are in seconds, money in US dollars, no data is empty or null. */
export const EXPORT_COLUMNS = {
  replications: [
    ...BATCH,
    integer('replication', 'its index'),
    text('status', 'done or failed'),
    text('error', 'of one that failed'),
    number('wall_seconds', 'time it took in one thread'),
    ...METRIC,
    number('value', 'in this replication alone'),
    number('numerator', 'of a ratio: the estimate is the ratio of sums'),
    number('denominator', ''),
  ],
  estimates: [
    ...BATCH,
    ...METRIC,
    number('mean', 'the estimate'),
    number('half_width', 'of its interval; none with fewer than two replications'),
    integer('n', 'replications it rests on'),
    number('confidence', 'probability that the interval covers'),
  ],
  hourly: [
    ...BATCH,
    integer('replication', 'its index'),
    text('tier', ''),
    integer('hour', 'of the window, from 0'),
    integer('hour_of_week', '0 is Monday 00:00 to 01:00'),
    number('seconds', 'of the hour that lie in the window'),
    ...(['served', 'limited', 'shed', 'abandoned', 'failed', 'unfinished'] as const).map((outcome) =>
      number(outcome, 'requests that arrived in the hour, by outcome'),
    ),
    number('degraded', 'of those served, with less than was asked for'),
    number('within_slo', 'of those that arrived, served within every bound of their SLO'),
    number('ttft_p50', 'time to the first token of those that arrived in the hour and were served'),
    number('ttft_p99', ''),
    number('completed', 'requests, in the hour, whenever they arrived'),
    number('prompt_tokens', 'of those completed'),
    number('output_tokens', ''),
    number('revenue', 'in the hour'),
  ],
  batches: [
    ...BATCH,
    text('status', 'finished, unfinished or failed'),
    integer('planned', 'replications asked for last'),
    integer('done', 'replications there are'),
    integer('failed', ''),
    boolean('by_hour', 'whether there are scopes hour:N'),
    number('confidence', 'of the intervals asked for last'),
    text('version', 'of fleetyield'),
    text('node', 'version and processor'),
    number('wall_seconds', 'of one thread, all replications together'),
    text('created_at', 'ISO 8601, UTC'),
    text('updated_at', ''),
    text('changes', 'what was replaced in the scenario, a line each'),
  ],
} satisfies Record<string, readonly ExportColumn[]>;

export type ExportTable = keyof typeof EXPORT_COLUMNS;

/** The tables that can be exported. */
export const EXPORT_TABLES = Object.keys(EXPORT_COLUMNS) as ExportTable[];

/** The formats of their files. */
export const EXPORT_FORMATS = ['csv', 'json', 'parquet'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
