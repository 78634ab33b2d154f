/**
 * The profile_export.jsonl of AIPerf (ai-dynamo/aiperf, docs/tutorials/working-with-profile-exports.md, 2026), successor of
 * GenAI-Perf: a request a line, with its start in Unix nanoseconds and metrics with their units. A record with an `error`,
 * or cancelled, is left out. GenAI-Perf's own profile_export.json has texts and no numbers of tokens, and is refused.
 */
import { shown } from '../../shown.ts';
import { mappingOf, Numbers, type JsonMapping } from './json-document.ts';
import { eachJsonRecord, withLongNumbersAsText } from './json-lines.ts';
import { wrongAt, type FoundRequests, type ServedLayout } from './served-requests.ts';
import type { Text } from './text.ts';

export const aiperf: ServedLayout = {
  summary: 'The profile_export.jsonl of AIPerf; failed and cancelled requests are left out.',
  read: readAiperf,
};

const EXPECTED =
  '{"metadata": {"request_start_ns": …}, "metrics": {"input_sequence_length": {"value": 550, "unit": "tokens"}, …}, "error": null} of profile_export.jsonl';

const NANOSECONDS = 1e9;

function readAiperf(text: Text, file: string, found: FoundRequests): void {
  const numbers = new Numbers(file);
  let origin: bigint | null = null;
  eachJsonRecord(text, file, EXPECTED, (_, refuse, line, written) => {
    // Nanoseconds since 1970 have more digits than a double holds.
    const record = withLongNumbersAsText(written);
    const place = `line ${line}`;
    if ('experiments' in record)
      return refuse(
        'is the profile_export.json of GenAI-Perf, which has no numbers of tokens; run AIPerf and give its profile_export.jsonl',
      );
    const metadata = mappingOf(record['metadata']);
    const metrics = mappingOf(record['metrics']);
    if (metadata === null || metrics === null)
      return refuse(`has no metadata and metrics; expected a line such as ${EXPECTED}`);
    if ((record['error'] ?? null) !== null || metadata['was_cancelled'] === true) return found.leftOut();
    const start = metadata['request_start_ns'];
    if (typeof start !== 'string' || !/^\d+$/.test(start))
      return refuse(`metadata.request_start_ns is ${shown(start)}; expected nanoseconds since 1970`);
    origin ??= BigInt(start);
    const sentAt = Number(BigInt(start) - origin) / NANOSECONDS;
    const seconds = (name: string) => {
      const after = secondsIn(metrics, name, numbers, file, place);
      return after === null ? undefined : sentAt + after;
    };
    const tokens = (name: string) =>
      numbers.count(mappingOf(metrics[name])?.['value'], `${place} metrics.${name}.value`);
    const [first, last] = [seconds('time_to_first_token'), seconds('request_latency')];
    found.served(
      {
        sentAt,
        promptTokens: tokens('input_sequence_length'),
        outputTokens: tokens('output_sequence_length'),
        ...(first === undefined ? {} : { firstTokenAt: first }),
        ...(last === undefined ? {} : { lastTokenAt: last }),
      },
      place,
    );
  });
}

const SECONDS_PER_UNIT: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, ms: 1e-3, s: 1, sec: 1 };

/** A duration among the metrics [s]; `null` where it was not measured. */
function secondsIn(
  metrics: JsonMapping,
  name: string,
  numbers: Numbers,
  file: string,
  place: string,
): number | null {
  const metric = mappingOf(metrics[name]);
  if (metric === null) return null;
  const unit = SECONDS_PER_UNIT[String(metric['unit'])];
  if (unit === undefined)
    throw wrongAt(
      file,
      `${place} metrics.${name}.unit`,
      `is ${shown(metric['unit'])}; expected ${Object.keys(SECONDS_PER_UNIT).join(', ')}`,
    );
  return numbers.number(metric['value'], `${place} metrics.${name}.value`) * unit;
}
