/**
 * The result of `vllm bench serve --save-result --save-detailed` (vLLM, vllm/benchmarks/serve.py, 2026): one JSON document
 * with a list for each quantity, in the order of the requests, in seconds. A request was sent at `start_times`, had its
 * first token `ttfts` later and its last after the sum of its `itls`. One with an error, or without output, has failed.
 */
import { shown } from '../../shown.ts';
import { jsonDocument, mappingOf, Numbers } from './json-document.ts';
import { wrongAt, type FoundRequests, type ServedLayout } from './served-requests.ts';
import type { Text } from './text.ts';

const LISTS = ['input_lens', 'output_lens', 'start_times', 'ttfts', 'itls'] as const;

export const vllmBench: ServedLayout = {
  summary: 'The JSON of vllm bench serve with --save-detailed; failed requests are left out.',
  read: readVllmBench,
};

function readVllmBench(text: Text, file: string, found: FoundRequests): void {
  const result = mappingOf(jsonDocument(text, file));
  const missing = LISTS.filter((name) => !Array.isArray(result?.[name]));
  if (result === null || missing.length > 0)
    throw wrongAt(
      file,
      '',
      `has no ${missing.join(', ')}, so that it says nothing of single requests; run vllm bench serve with --save-result --save-detailed, of a vLLM that writes start_times`,
    );
  const lists = Object.fromEntries(LISTS.map((name) => [name, result[name] as readonly unknown[]]));
  const requests = lists['start_times']!.length;
  for (const name of LISTS) {
    const { length } = lists[name]!;
    if (length !== requests)
      throw wrongAt(
        file,
        name,
        `has ${length} entries where start_times has ${requests}; give the file as written`,
      );
  }
  const errors = Array.isArray(result['errors']) ? (result['errors'] as readonly unknown[]) : [];
  const numbers = new Numbers(file);
  for (let index = 0; index < requests; index++) {
    const at = (name: (typeof LISTS)[number]) => [lists[name]![index], `${name}[${index}]`] as const;
    const hasFailed = (errors[index] ?? '') !== '' || lists['output_lens']![index] === 0;
    if (hasFailed) {
      found.leftOut();
      continue;
    }
    const [gaps, place] = at('itls');
    if (!Array.isArray(gaps)) throw wrongAt(file, place, `is ${shown(gaps)}; expected a list of numbers`);
    const sentAt = numbers.number(...at('start_times'));
    const firstTokenAt = sentAt + numbers.number(...at('ttfts'));
    const rest = gaps.reduce((sum: number, gap) => sum + numbers.number(gap, place), 0);
    found.served(
      {
        sentAt,
        promptTokens: numbers.count(...at('input_lens')),
        outputTokens: numbers.count(...at('output_lens')),
        firstTokenAt,
        lastTokenAt: firstTokenAt + rest,
      },
      `[${index}]`,
    );
  }
}
