/**
 * The report of GuideLLM, benchmarks.json (vllm-project/guidellm, src/guidellm/schemas, 2026): of each benchmark the
 * requests that were successful, with the instants of `info.timings` in Unix seconds. Those that are incomplete or errored
 * are left out. A report of several benchmarks is several runs, at other loads, and one must be chosen.
 */
import { jsonDocument, mappingOf, Numbers } from './json-document.ts';
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
    const timings = mappingOf(mappingOf(request['info'])?.['timings']) ?? {};
    const cached = request['cached_tokens'];
    const optional = (key: string) =>
      timings[key] === undefined || timings[key] === null
        ? undefined
        : numbers.number(timings[key], `${place}.info.timings.${key}`);
    const first = optional('first_token_iteration');
    const last = optional('last_token_iteration');
    found.served(
      {
        sentAt: numbers.number(request['request_start_time'], `${place}.request_start_time`),
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
