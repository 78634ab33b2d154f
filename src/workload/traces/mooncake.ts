/**
 * The Mooncake traces (kvcache-ai/Mooncake, Apache-2.0; FAST'25) and what others write like them: a JSON object a line
 * with `timestamp` [ms], `input_length`, `output_length` and, where prompts begin alike, `hash_ids`: one for each block
 * of the prompt, the last of which may be filled in part. Published blocks are of 512 tokens. Arrivals count from the
 * first request. Other keys are ignored.
 */
import { eachJsonRecord, numberOf, wholeOf, type JsonRecord } from './json-lines.ts';
import { SinceFirst, traceOfFile, type TraceOptions } from './layout.ts';
import { blockIdsOf, PromptBlocks } from './prompt-blocks.ts';
import type { Refuse, Text } from './text.ts';
import type { Trace } from './trace.ts';

const BLOCK = 512;
const MILLISECONDS_PER_SECOND = 1_000;

const EXPECTED = '{"timestamp": 0, "input_length": 700, "output_length": 50, "hash_ids": [0, 1]}';

export function readMooncake(text: Text, file: string, options: TraceOptions = {}): Trace {
  return readBlockTrace(text, file, options, {
    expected: EXPECTED,
    blockSize: BLOCK,
    ticksPerSecond: MILLISECONDS_PER_SECOND,
    check: (record, refuse) => {
      if (record['chat_id'] !== undefined)
        refuse(
          'has a chat_id, as the Qwen-Bailian traces have, whose times are seconds; read it as qwen-bailian',
        );
    },
  });
}

/** How producers of block ids differ. */
interface BlockLayout {
  /** A line as it should be. */
  readonly expected: string;
  /** Tokens of a block by default. */
  readonly blockSize: number;
  /** Ticks of `timestamp`. */
  readonly ticksPerSecond: number;
  /** Says what is wrong with a record of another layout. */
  check(record: JsonRecord, refuse: Refuse): void;
}

/** The trace in a text with `timestamp`, `input_length`, `output_length` and `hash_ids` on each line. */
export function readBlockTrace(
  text: Text,
  file: string,
  options: TraceOptions,
  { expected, blockSize, ticksPerSecond, check }: BlockLayout,
): Trace {
  const { until = Infinity } = options;
  const blocks = new PromptBlocks(options.blockSize ?? blockSize);
  const ticks = new SinceFirst();
  return traceOfFile(file, options, (take) =>
    eachJsonRecord(text, file, expected, (record, refuse, line, written) => {
      check(record, refuse);
      const timestamp = numberOf(record, 'timestamp', 0, refuse);
      const prompt = wholeOf(record, 'input_length', 1, refuse);
      const output = wholeOf(record, 'output_length', 1, refuse);
      const ids = blockIdsOf(record, 'hash_ids', written, refuse);
      const at = ticks.of(timestamp) / ticksPerSecond;
      // What is not kept needs no place, nor its ids memory.
      const place = ids === null || at > until ? {} : blocks.place(ids, prompt, refuse);
      take({ at, prompt, output, ...place }, line);
    }),
  );
}
