/**
 * The per_request_lifecycle_metrics.json of inference-perf (kubernetes-sigs/inference-perf, reportgen/base.py, 2026): a
 * list of requests with `start_time` in seconds and, in `info`, their tokens and when each came; since 2026 the latter
 * are in `request_metrics.text` and `response_metrics`. A request with an `error` is left out. It is written where the
 * configuration says report.request_lifecycle.per_request: true.
 */
import { jsonDocument, mappingOf, Numbers, type JsonMapping } from './json-document.ts';
import { wrongAt, type FoundRequests, type ServedLayout } from './served-requests.ts';
import type { Text } from './text.ts';

export const inferencePerf: ServedLayout = {
  summary: 'The per_request_lifecycle_metrics.json of inference-perf; failed requests are left out.',
  read: readInferencePerf,
};

function readInferencePerf(text: Text, file: string, found: FoundRequests): void {
  const requests = jsonDocument(text, file);
  if (!Array.isArray(requests))
    throw wrongAt(
      file,
      '',
      'is no list of requests; give per_request_lifecycle_metrics.json, which is written with report.request_lifecycle.per_request: true',
    );
  const numbers = new Numbers(file);
  requests.forEach((written: unknown, index) => {
    const place = `[${index}]`;
    const request = mappingOf(written) ?? {};
    if ((request['error'] ?? null) !== null) return found.leftOut();
    const info = mappingOf(request['info']) ?? {};
    const asked = mappingOf(mappingOf(info['request_metrics'])?.['text']) ?? {};
    const answered = mappingOf(info['response_metrics']) ?? {};
    const times = timesOf(info['output_token_times'] ?? answered['output_token_times'], numbers, place);
    const ends = times.length === 0 ? {} : { firstTokenAt: times[0]!, lastTokenAt: times.at(-1)! };
    found.served(
      {
        sentAt: numbers.number(request['start_time'], `${place}.start_time`),
        promptTokens: numbers.count(
          info['input_tokens'] ?? asked['input_tokens'],
          `${place}.info.input_tokens`,
        ),
        outputTokens: numbers.count(outputOf(info, answered), `${place}.info.output_tokens`),
        ...ends,
      },
      place,
    );
  });
}

const outputOf = (info: JsonMapping, answered: JsonMapping): unknown =>
  info['output_tokens'] ??
  answered['output_tokens'] ??
  mappingOf(answered['server_usage'])?.['completion_tokens'];

function timesOf(written: unknown, numbers: Numbers, place: string): readonly number[] {
  if (!Array.isArray(written)) return [];
  return written.map((one, index) => numbers.number(one, `${place}.info.output_token_times[${index}]`));
}
