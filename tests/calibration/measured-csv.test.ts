import { describe, expect, it } from 'vitest';
import { readMeasuredCsv } from '../../src/calibration/measured-csv.ts';
import { readMeasuredPrompts } from '../../src/calibration/measured-prompts.ts';
import { fromQueue, measuredRunOf } from '../../src/calibration/measured-run.ts';

const PUBLISHED = 'id,input_tokens,output_tokens,arrival_s,queued_s,scheduled_s,first_token_s,last_token_s';
const NAMES = 'arrival_s,input_tokens,output_tokens,first_token_s,last_token_s';

const read = (...lines: readonly string[]) => readMeasuredCsv(lines.join('\n'), 'run.csv');
const listed = (column: Float64Array | null) => (column === null ? null : [...column]);

describe('a measured run', () => {
  it('is read as vLLM benchmarks publish it, from the first arrival on', () => {
    const run = read(PUBLISHED, 'a,100,3,5,5.25,5.5,6,8', 'b,50,1,5.5,5.5,6,7,7');
    expect(listed(run.arrivedAt)).toEqual([0, 0.5]);
    expect(listed(run.queuedAt)).toEqual([0.25, 0.5]);
    expect(listed(run.firstTokenAt)).toEqual([1, 2]);
    expect(listed(run.lastTokenAt)).toEqual([3, 2]);
    expect(listed(run.promptTokens)).toEqual([100, 50]);
    expect(listed(run.outputTokens)).toEqual([3, 1]);
    expect(listed(run.cachedTokens)).toEqual([0, 0]);
  });

  it('is read as `run --requests` writes it', () => {
    const run = read(
      'id,tier,tenant,arrived,admitted,firstToken,finished,outcome,attempts,prompt,cached,output,model,degraded,preemptions',
      '0,all,0,0,0,0.021,0.05,served,1,100,16,3,toy,0,0',
    );
    expect(listed(run.firstTokenAt)).toEqual([0.021]);
    expect(listed(run.lastTokenAt)).toEqual([0.05]);
    expect(listed(run.cachedTokens)).toEqual([16]);
    expect(run.queuedAt).toBeNull();
  });

  it('may be in any order: requests are put in order of arrival, with the line of each', () => {
    const run = read(NAMES, '2,10,2,3,4', '1,20,2,2,3');
    expect(listed(run.promptTokens)).toEqual([20, 10]);
    expect([run.placeOf(0), run.placeOf(1)]).toEqual(['run.csv:3', 'run.csv:2']);
  });

  it('takes the entry into the queue for the arrival when asked', () => {
    const run = fromQueue(read(PUBLISHED, 'a,100,3,5,5.25,5.5,6,8', 'b,50,1,5.5,5.5,6,7,7'));
    expect(listed(run.arrivedAt)).toEqual([0, 0.25]);
    expect(listed(run.firstTokenAt)).toEqual([0.75, 1.75]);
    expect(() => fromQueue(read(NAMES, '1,20,2,2,3'))).toThrow('give a column queued_s, or use arrival');
  });

  it.each([
    [
      'columns that are missing',
      ['arrival_s,prompt,first_token_s', '0,1,1'],
      'run.csv:1 the header is "arrival_s,prompt,first_token_s" and lacks output_tokens (or completion_tokens, output), ' +
        'last_token_s (or finished, finished_s, last_token, finish_s)',
    ],
    [
      'two columns of one thing',
      [`${NAMES},prompt`, '0,1,1,1,1,1'],
      'run.csv:1 input_tokens and prompt are the same thing; leave one of them out',
    ],
    [
      'a cell that is no number',
      [NAMES, '0,1,1,1,1', 'soon,1,1,1,1'],
      'run.csv:3 arrival_s is "soon"; expected a decimal number of at least 0',
    ],
    [
      'a request that was never served',
      [NAMES, '0,1,1,,'],
      'run.csv:2 first_token_s is empty; every request of the run needs it',
    ],
    [
      'no output',
      [NAMES, '0,1,0,1,1'],
      'run.csv:2 output_tokens is "0"; expected a decimal number of at least 1',
    ],
    ['half a token', [NAMES, '0,1.5,1,1,1'], 'run.csv:2 input_tokens is "1.5"; expected a whole number'],
    [
      'a first token before the arrival',
      [NAMES, '0,1,2,1,2', '3,1,2,2.5,4'],
      'run.csv:3 has its first token at 2.5 s, not after it arrives at 3 s',
    ],
    [
      'a queue before the arrival',
      [PUBLISHED, 'a,1,2,3,2,2,4,5'],
      'run.csv:2 enters the queue at 2 s, before it arrives at 3 s',
    ],
    [
      'a last token before the first',
      [NAMES, '0,1,2,2,1'],
      'run.csv:2 has its last token at 1 s, before its first at 2 s',
    ],
    [
      'an answer that came in one piece',
      [NAMES, '0,1,9,2,2'],
      'run.csv:2 has 9 output tokens, and all of them at 2 s; measure tokens as they come, streamed',
    ],
    [
      'a prompt that is cached whole',
      [`${NAMES},cached_tokens`, '0,16,2,2,3,16'],
      'run.csv:2 has 16 cached tokens of a prompt of 16; expected a whole number from 0 to 15',
    ],
    ['no requests', [NAMES], 'run.csv:1 holds no requests'],
  ])('is refused with file, line and column: %s', (_, lines, message) => {
    expect(() => read(...lines)).toThrow(message);
  });

  it('has the blocks of its prompts, a line a request, in either layout', () => {
    const prompts = readMeasuredPrompts(
      '{"input_tokens": 20, "block_ids": [7]}\n{"input_length": 10, "hash_ids": []}\n',
      'prompts.jsonl',
    );
    const run = readMeasuredCsv([NAMES, '2,20,2,3,4', '1,10,2,2,3'].join('\n'), 'run.csv', prompts);
    expect(run.blockIds).toEqual([[], [7]]);
  });

  it.each([
    ['no JSON', 'what', 'prompts.jsonl:1 is not a JSON object'],
    ['no ids', '{"input_tokens": 20}', 'prompts.jsonl:1 is not a prompt'],
    [
      'another prompt',
      '{"input_tokens": 21, "block_ids": [7]}',
      'run.csv:2 has 20 prompt tokens, and its prompt at prompts.jsonl:1 has 21',
    ],
    ['none', '', 'prompts.jsonl:1 holds no requests'],
    [
      'too many',
      '{"input_tokens": 20, "block_ids": [7]}\n{"input_tokens": 20, "block_ids": [8]}',
      'run.csv:1 holds 1 requests, but there are 2 prompts',
    ],
  ])('is refused with prompts that are not its own: %s', (_, text, message) => {
    const csv = [NAMES, '2,20,2,3,4'].join('\n');
    expect(() => readMeasuredCsv(csv, 'run.csv', readMeasuredPrompts(text, 'prompts.jsonl'))).toThrow(
      message,
    );
  });

  it('does not take both prompts and what was found of them in the cache', () => {
    const prompts = readMeasuredPrompts('{"input_tokens": 20, "block_ids": [7]}', 'prompts.jsonl');
    const csv = [`${NAMES},cached_tokens`, '2,20,2,3,4,16'].join('\n');
    expect(() => readMeasuredCsv(csv, 'run.csv', prompts)).toThrow('leave cached_tokens out');
  });

  it('made by a program is refused with the place in its list, all faults at once', () => {
    const request = { arrivedAt: 1, firstTokenAt: 2, lastTokenAt: 3, promptTokens: 1, outputTokens: 2 };
    const wrong = [request, { ...request, firstTokenAt: NaN }, { ...request, promptTokens: 0 }];
    expect(() => measuredRunOf(wrong)).toThrow(
      /requests\[1\] firstTokenAt is NaN[\s\S]*requests\[2\] has 0 prompt tokens/,
    );
  });
});
