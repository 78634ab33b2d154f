/**
 * The Qwen-Bailian traces (alibaba-edu/qwen-bailian-usagetraces-anon, Apache-2.0; ATC'25), whose README says: a JSON
 * object a line with `chat_id`, `parent_chat_id`, `timestamp` [s], `input_length`, `output_length`, `type`, `turn` and
 * `hash_ids`, one for each block of 16 tokens of the prompt (read on 30 November 2026). Arrivals count from the first request.
 *
 * Of conversations the ids say more than `parent_chat_id`: how much of the prompt is repeated. The type, the turn and the
 * chats are not used.
 */
import type { TraceOptions } from './layout.ts';
import { readBlockTrace } from './mooncake.ts';
import type { Text } from './text.ts';
import type { Trace } from './trace.ts';

const BLOCK = 16;

const EXPECTED =
  '{"chat_id": 159, "timestamp": 61.114, "input_length": 20, "output_length": 132, "hash_ids": [7, 8]}';

export function readQwenBailian(text: Text, file: string, options: TraceOptions = {}): Trace {
  return readBlockTrace(text, file, options, {
    expected: EXPECTED,
    blockSize: BLOCK,
    ticksPerSecond: 1,
    check: (record, refuse) => {
      if (record['chat_id'] === undefined)
        refuse('has no chat_id; lines without one, with times in milliseconds, are read as mooncake');
    },
  });
}
