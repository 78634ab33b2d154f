/**
 * The Azure LLM inference trace of 2023 (Azure/AzurePublicDataset, CC-BY 4.0; Splitwise, ISCA'24), in its published
 * layout `TIMESTAMP,ContextTokens,GeneratedTokens` or reduced to `arrival_s,input_tokens,output_tokens`. Arrivals
 * count from the first request.
 */
import { numberIn, readTable, wholeIn } from './table.ts';
import type { Trace } from './trace.ts';

const PUBLISHED = 'TIMESTAMP,ContextTokens,GeneratedTokens';
const REDUCED = 'arrival_s,input_tokens,output_tokens';

const TIMESTAMP = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(\.\d+)?(?:\+00:00)?$/;

export function readAzureLlm2023(text: string, file: string): Trace {
  return readTable(text, file, (header) => {
    const layout = header.join(',');
    if (layout !== PUBLISHED && layout !== REDUCED) {
      return `the header is "${layout}"; expected "${PUBLISHED}" or "${REDUCED}"`;
    }
    /** The whole second of the first timestamp [ms] and its fraction [s], apart so that no digit is lost. */
    let origin: { readonly second: number; readonly fraction: number } | null = null;
    return ([when, prompt, output], refuse) => {
      const lengths = {
        prompt: wholeIn(prompt!, 'prompt tokens', 1, refuse),
        output: wholeIn(output!, 'output tokens', 1, refuse),
      };
      if (layout === REDUCED) return { at: numberIn(when!, 'arrival_s', 0, refuse), ...lengths };
      const match = TIMESTAMP.exec(when!.trim());
      const second = match === null ? NaN : Date.parse(`${match[1]!}T${match[2]!}Z`);
      if (match === null || Number.isNaN(second)) {
        return refuse(`TIMESTAMP is "${when!}"; expected a time such as 2023-11-16 18:15:46.6805900`);
      }
      const fraction = Number(match[3] ?? 0);
      origin ??= { second, fraction };
      return { at: (second - origin.second) / 1_000 + (fraction - origin.fraction), ...lengths };
    };
  });
}
