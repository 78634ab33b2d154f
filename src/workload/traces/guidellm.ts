/**
 * The report of GuideLLM, benchmarks.json (vllm-project/guidellm, src/guidellm/schemas, 2026): of each benchmark the
 * requests that were successful, with the instants of `info.timings` in Unix seconds; earlier versions have them in
 * `scheduler_info.request_timings` (2025), and the first beside the tokens (0.2, src/guidellm/benchmark/benchmark.py).
 * Requests that are incomplete or errored are left out. A report of several benchmarks is several runs, at other loads,
 * and one must be chosen.
 */
import { jsonDocument, mappingOf, Numbers, type JsonMapping } from './json-document.ts';
import { wrongAt, type FoundRequests, type ServedLayout } from './served-requests.ts';
import type { Text } from './text.ts';

export const guidellm: ServedLayout = {
  summary: 'The benchmarks.json of GuideLLM, of one benchmark; incomplete and errored requests are left out.',
  read: readGuidellm,
};

function readGuidellm(text: Text, file: string, found: FoundRequests): void {
  const benchmarks = mappingOf(jsonDocument(text, file))?.['benchmarks'];
  if (!Array.isArray(benchmarks))
    throw wrongAt(
      file,
      'benchmarks',
      'is missing; give the report that GuideLLM writes as json (benchmarks.json)',
    );
  if (benchmarks.length !== 1)
    throw wrongAt(
      file,
      'benchmarks',
      `are ${benchmarks.length}, each a run of its own; keep one: jq '.benchmarks |= .[0:1]' FILE`,
    );
  const requests = mappingOf(mappingOf(benchmarks[0])?.['requests']);
  const successful = requests?.['successful'];
  if (requests === null || !Array.isArray(successful))
    throw wrongAt(
      file,
      'benchmarks[0].requests.successful',
      'is missing: the report has no single requests; let GuideLLM write them all to json',
    );
  for (const name of ['incomplete', 'errored']) {
    const others = requests[name];
    if (Array.isArray(others)) others.forEach(() => found.leftOut());
  }
  const numbers = new Numbers(file);
  successful.forEach((written, index) => {
    const place = `benchmarks[0].requests.successful[${index}]`;
    const request = mappingOf(written) ?? {};
    const instant = (name: InstantName) => {
      const [value, path] = instantOf(request, name);
      return value === undefined ? undefined : numbers.number(value, `${place}.${path}`);
    };
    const cached = request['cached_tokens'];
    const [first, last] = [instant('first'), instant('last')];
    found.served(
      {
        sentAt: instant('start') ?? numbers.number(undefined, `${place}.request_start_time`),
        promptTokens: numbers.count(request['prompt_tokens'], `${place}.prompt_tokens`),
        outputTokens: numbers.count(request['output_tokens'], `${place}.output_tokens`),
        ...(typeof cached === 'number' ? { cachedTokens: cached } : {}),
        ...(first === undefined ? {} : { firstTokenAt: first }),
        ...(last === undefined ? {} : { lastTokenAt: last }),
      },
      place,
    );
  });
}

/** The keys of an instant, the latest version first. */
const PLACES = {
  start: [['request_start_time'], ['start_time']],
  first: [
    ['info', 'timings', 'first_token_iteration'],
    ['scheduler_info', 'request_timings', 'first_iteration'],
    ['first_token_time'],
  ],
  last: [
    ['info', 'timings', 'last_token_iteration'],
    ['scheduler_info', 'request_timings', 'last_iteration'],
    ['last_token_time'],
  ],
} as const;

type InstantName = keyof typeof PLACES;

/** An instant of a request and its path; `undefined` where no version has it. */
function instantOf(request: JsonMapping, name: InstantName): readonly [unknown, string] {
  for (const keys of PLACES[name]) {
    const value = keys.reduce<unknown>((at, key) => mappingOf(at)?.[key], request) ?? undefined;
    if (value !== undefined) return [value, keys.join('.')];
  }
  return [undefined, ''];
}
