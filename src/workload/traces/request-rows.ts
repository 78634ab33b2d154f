/**
 * The rows of requests that `run --requests` writes, read again as a trace: tenant, arrival and lengths of each
 * request. What became of them is not read, but for the cached tokens of requests without a session, which are those
 * that it declared, and the end of the answer, from which the clients of closed sessions think.
 */
import type { Recognise } from './table.ts';
import { numberIn, wholeIn } from './table.ts';
import type { RecordedRequest } from './trace.ts';

/** The columns that identify these rows, and the others that are read. */
const TELLING = ['arrived', 'outcome'];
const READ = [
  'arrived',
  'tier',
  'tenant',
  'prompt',
  'cached',
  'wanted',
  'priority',
  'session',
  'prefix',
  'patience',
  'finished',
];

/** Whether a header is that of such rows, of whatever version. */
export const areRequestRows = (header: readonly string[]): boolean =>
  TELLING.every((name) => header.includes(name));

/** The reader of such rows. */
export const recogniseRequestRows: Recognise<RecordedRequest> = (header) => {
  const missing = READ.filter((name) => !header.includes(name));
  if (missing.length > 0)
    return `these rows of run --requests have no ${missing.join(', ')}; write them anew: run SCENARIO --requests FILE.csv`;
  const place = Object.fromEntries(READ.map((name) => [name, header.indexOf(name)]));
  return (cells, refuse) => {
    const cell = (name: string) => cells[place[name]!]!;
    const whole = (name: string, least: number) => wholeIn(cell(name), name, least, refuse);
    const instant = (name: string) =>
      cell(name) === '' ? {} : { [name]: numberIn(cell(name), name, 0, refuse) };
    const tier = cell('tier');
    const session = cell('session');
    return {
      at: numberIn(cell('arrived'), 'arrived', 0, refuse),
      tier,
      tenant: cell('tenant'),
      prompt: whole('prompt', 1),
      output: whole('wanted', 1),
      // Sessions are numbered within their tier.
      ...(session === ''
        ? { cached: whole('cached', 0) }
        : { session: `${tier}/${session}`, prefix: whole('prefix', 0) }),
      ...(cell('priority') === '' ? {} : { priority: whole('priority', 0) }),
      ...instant('patience'),
      ...instant('finished'),
    };
  };
};
