/**
 * The Azure LLM inference traces (Azure/AzurePublicDataset, CC-BY 4.0): that of 2023 (Splitwise, ISCA'24) and its
 * successors, in their published layout `TIMESTAMP,ContextTokens,GeneratedTokens` or reduced to
 * `arrival_s,input_tokens,output_tokens`. Other columns are ignored, such as the `NumImages` of the multimodal trace.
 * Arrivals count from the first request.
 */
import { shown } from '../../shown.ts';
import { SinceFirst, traceOfTable, type TraceOptions } from './layout.ts';
import { headerText, numberIn, wholeIn } from './table.ts';
import { TimeStamps } from './time-stamps.ts';
import type { Text } from './text.ts';
import type { Trace } from './trace.ts';

const PUBLISHED = ['TIMESTAMP', 'ContextTokens', 'GeneratedTokens'];
const REDUCED = ['arrival_s', 'input_tokens', 'output_tokens'];

export function readAzureLlm2023(text: Text, file: string, options: TraceOptions = {}): Trace {
  return traceOfTable(text, file, options, (header) => {
    const names = [PUBLISHED, REDUCED].find((layout) => layout.every((name) => header.includes(name)));
    if (names === undefined) {
      return `${headerText(header)}; expected "${PUBLISHED.join(',')}" or "${REDUCED.join(',')}", or give it our own column names as csv (fleetyield list traces)`;
    }
    const [when, asked, answered] = names.map((name) => header.indexOf(name)) as [number, number, number];
    const stamps = new TimeStamps();
    const seconds = new SinceFirst();
    return (cells, refuse) => {
      const written = cells[when]!;
      const at =
        names === REDUCED
          ? seconds.of(numberIn(written, 'arrival_s', 0, refuse))
          : (stamps.sinceFirst(written) ??
            refuse(
              `TIMESTAMP is ${shown(written)}; expected a time such as 2023-11-16 18:15:46.6805900 or 2024-05-10T00:00:00.01Z`,
            ));
      return {
        at,
        prompt: wholeIn(cells[asked]!, 'prompt tokens', 1, refuse),
        output: wholeIn(cells[answered]!, 'output tokens', 1, refuse),
      };
    };
  });
}
