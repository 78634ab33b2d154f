/** The plain layout as JSON lines: the keys are the columns of `csv.ts`, and one that is not recorded is left out. */
import { COLUMNS } from './csv.ts';
import { shown, shownText } from '../../shown.ts';
import { eachJsonRecord, numberOf, wholeOf, type JsonRecord } from './json-lines.ts';
import { traceOfFile, type TraceOptions } from './layout.ts';
import type { Refuse, Text } from './text.ts';
import type { RecordedRequest, Trace } from './trace.ts';

const EXPECTED = '{"at": 1.5, "prompt": 700, "output": 50}';

export function readJsonl(text: Text, file: string, options: TraceOptions = {}): Trace {
  return traceOfFile(file, options, (take) =>
    eachJsonRecord(text, file, EXPECTED, (record, refuse, line) => take(requestOf(record, refuse), line)),
  );
}

function requestOf(record: JsonRecord, refuse: Refuse): RecordedRequest {
  const unknown = Object.keys(record).find((key) => !COLUMNS.includes(key));
  if (unknown !== undefined)
    return refuse(
      `unknown key "${shownText(unknown)}"; expected at (seconds) and any of ${COLUMNS.slice(1).join(', ')}`,
    );
  const optional = <Value>(key: string, value: () => Value) =>
    record[key] === undefined ? {} : { [key]: value() };
  const label = (key: string) => {
    const value = record[key];
    return typeof value === 'string' || Number.isSafeInteger(value)
      ? (value as string | number)
      : refuse(`${key} is ${shown(value)}; expected a name or a whole number`);
  };
  return {
    at: numberOf(record, 'at', 0, refuse),
    ...optional('prompt', () => wholeOf(record, 'prompt', 1, refuse)),
    ...optional('output', () => wholeOf(record, 'output', 1, refuse)),
    ...optional('cached', () => wholeOf(record, 'cached', 0, refuse)),
    ...optional('patience', () => numberOf(record, 'patience', 0, refuse)),
    ...optional('tenant', () => label('tenant')),
    ...optional('session', () => label('session')),
    ...optional('tier', () => nameOf(record, 'tier', refuse)),
    ...optional('priority', () => wholeOf(record, 'priority', 0, refuse)),
    ...optional('finished', () => numberOf(record, 'finished', 0, refuse)),
  };
}

function nameOf(record: JsonRecord, key: string, refuse: Refuse): string {
  const value = record[key];
  return typeof value === 'string' ? value : refuse(`${key} is ${shown(value)}; expected a name`);
}
