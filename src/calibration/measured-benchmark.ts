/** Measured runs in the files that benchmarks and gateways write. It knows what of a request a measured run needs. */
import { BENCHMARKS } from '../workload/traces/benchmarks.ts';
import type { BenchmarkFormat } from '../workload/traces/format-names.ts';
import { servedRequests, wrongAt } from '../workload/traces/served-requests.ts';
import type { Text } from '../workload/traces/text.ts';
import { MeasuredRunBuilder, type MeasuredRun } from './measured-run.ts';

/**
 * The run in a text of a layout; `file` is its name in messages. Requests that failed are left out, though the engine may
 * have worked on them. Throws `InputError` for what is wrong, and where a request does not say when its tokens came.
 */
export function readMeasuredBenchmark(text: Text, file: string, format: BenchmarkFormat): MeasuredRun {
  const { requests, leftOut } = servedRequests(BENCHMARKS[format], text, file);
  const builder = new MeasuredRunBuilder((index) => `${file} ${requests[index]!.place}`);
  for (const {
    sentAt,
    firstTokenAt,
    lastTokenAt,
    place,
    promptTokens,
    outputTokens,
    cachedTokens,
  } of requests) {
    if (firstTokenAt === undefined || lastTokenAt === undefined)
      throw wrongAt(
        file,
        place,
        'does not say when its first and last token came; measure with streamed answers',
      );
    builder.add({
      arrivedAt: sentAt,
      firstTokenAt,
      lastTokenAt,
      promptTokens,
      outputTokens,
      ...(cachedTokens === undefined ? {} : { cachedTokens }),
    });
  }
  return { ...builder.take(), leftOut };
}
