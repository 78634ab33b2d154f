/**
 * What benchmarks and gateways write, read as traces and as measured runs: a small file of each, made for the purpose with
 * the names of the real ones, and what each lacks told with the way out. All tell of the same two requests: 100 prompt
 * tokens sent at 0 s, of 3 output tokens at 0.5, 0.6 and 0.8 s; and 50 sent at 2 s, of one token at 2.25 s.
 */
import { describe, expect, it } from 'vitest';
import { readMeasuredBenchmark } from '../../src/calibration/measured-benchmark.ts';
import { readMeasuredCsv } from '../../src/calibration/measured-csv.ts';
import { BENCHMARK_FORMATS, TRACE_FORMATS, type BenchmarkFormat } from '../../src/workload/traces/index.ts';

const VLLM = {
  date: '20261130-090000',
  backend: 'vllm',
  model_id: 'toy',
  num_prompts: 3,
  completed: 2,
  failed: 1,
  input_lens: [100, 70, 50],
  output_lens: [3, 0, 1],
  start_times: [1_000, 1_001, 1_002],
  ttfts: [0.5, 0, 0.25],
  itls: [[0.1, 0.2], [], []],
  generated_texts: ['a', '', 'b'],
  errors: ['', 'Service Unavailable', ''],
};

const guide = (start: number, prompt: number, output: number, first: number, last: number) => ({
  request_id: 'r',
  request_start_time: start,
  request_end_time: last + 0.01,
  prompt_tokens: prompt,
  output_tokens: output,
  info: { status: 'completed', timings: { first_token_iteration: first, last_token_iteration: last } },
});
const GUIDELLM = {
  metadata: { version: 1 },
  benchmarks: [
    {
      requests: {
        // In the order in which they ended, and not that in which they were sent.
        successful: [guide(1_002, 50, 1, 1_002.25, 1_002.25), guide(1_000, 100, 3, 1_000.5, 1_000.8)],
        incomplete: [{ request_id: 's' }],
        errored: [],
      },
    },
  ],
};

const INFERENCE_PERF = [
  {
    start_time: 1_000,
    end_time: 1_000.81,
    request: '{}',
    response: '…',
    info: { input_tokens: 100, output_tokens: 3, output_token_times: [1_000.5, 1_000.6, 1_000.8] },
    error: null,
  },
  { start_time: 1_001, end_time: 1_001.5, info: { input_tokens: 70 }, error: { error_type: 'Timeout' } },
  {
    start_time: 1_002,
    end_time: 1_002.26,
    info: {
      request_metrics: { text: { input_tokens: 50 } },
      response_metrics: { output_tokens: 1, output_token_times: [1_002.25] },
    },
    error: null,
  },
];

const air = (start: string, prompt: number, output: number, first: number, whole: number) =>
  `{"metadata": {"request_start_ns": ${start}, "benchmark_phase": "profiling", "was_cancelled": false}, "metrics": {"input_sequence_length": {"value": ${prompt}, "unit": "tokens"}, "output_sequence_length": {"value": ${output}, "unit": "tokens"}, "time_to_first_token": {"value": ${first}, "unit": "ms"}, "request_latency": {"value": ${whole}, "unit": "ms"}}, "error": null}`;
const AIPERF = [
  air('1759813207532900363', 100, 3, 500, 800),
  '{"metadata": {"request_start_ns": 1759813208532900363, "was_cancelled": true}, "metrics": {"error_isl": {"value": 70, "unit": "tokens"}}, "error": {"code": 499, "type": "RequestCancellationError"}}',
  air('1759813209532900363', 50, 1, 250, 250),
].join('\n');

const lite = (start: string, first: string, end: string, prompt: number, output: number, more = {}) => ({
  request_id: 'r',
  call_type: 'acompletion',
  api_key: 'hash',
  model: 'toy',
  startTime: `2026-03-01T09:00:${start}Z`,
  completionStartTime: `2026-03-01T09:00:${first}Z`,
  endTime: `2026-03-01T09:00:${end}Z`,
  prompt_tokens: prompt,
  completion_tokens: output,
  cache_hit: 'False',
  status: 'success',
  metadata: {},
  ...more,
});
const LITELLM = [
  // The newest row comes first, as the proxy answers. One token has all come when the first has.
  lite('02.000', '02.250', '02.2500001', 50, 1, { api_key: 'other' }),
  lite('01.000', '01.100', '01.200', 70, 5, { cache_hit: 'True' }),
  lite('00.000', '00.500', '00.800', 100, 3, {
    metadata: { usage_object: { prompt_tokens_details: { cached_tokens: 64 } } },
  }),
];

const FILES: Readonly<Record<BenchmarkFormat, string>> = {
  'vllm-bench': JSON.stringify(VLLM),
  guidellm: JSON.stringify(GUIDELLM),
  'inference-perf': JSON.stringify(INFERENCE_PERF),
  aiperf: AIPERF,
  litellm: JSON.stringify(LITELLM),
};

const traceOf = (format: BenchmarkFormat, text = FILES[format]) =>
  TRACE_FORMATS[format].read(text, 'run.json');
const runOf = (format: BenchmarkFormat, text = FILES[format]) =>
  readMeasuredBenchmark(text, 'run.json', format);

const near = (column: Float64Array, expected: readonly number[]) => {
  expect(column).toHaveLength(expected.length);
  expected.forEach((value, index) => expect(column[index]).toBeCloseTo(value, 6));
};

describe.each(BENCHMARK_FORMATS)('%s', (format) => {
  it('is a trace of what was served, in order of being sent, from the first request on', () => {
    const trace = traceOf(format);
    near(trace.at, [0, 2]);
    expect([...trace.promptTokens!]).toEqual([100, 50]);
    expect([...trace.outputTokens!]).toEqual([3, 1]);
    expect(trace.leftOut).toBe(1);
    expect(trace.recorded).toBe(2);
  });

  it('is a measured run with the first and the last token of each request', () => {
    const run = runOf(format);
    near(run.arrivedAt, [0, 2]);
    near(run.firstTokenAt, [0.5, 2.25]);
    near(run.lastTokenAt, [0.8, 2.25]);
    expect([...run.promptTokens]).toEqual([100, 50]);
    expect([...run.outputTokens]).toEqual([3, 1]);
    expect(run.leftOut).toBe(1);
  });
});

describe('spend logs', () => {
  it('have the tenant of their key and the cached tokens of the provider, under data or a row a line too', () => {
    const data = JSON.stringify({ data: LITELLM, total: 3 }, null, 2);
    const pages = { total: 3, page: 1, data: LITELLM };
    const lines = LITELLM.map((row) => JSON.stringify(row)).join('\n');
    const answers = [data, JSON.stringify(pages), JSON.stringify(pages, null, 2)];
    for (const text of [FILES.litellm, ...answers, lines, `\n\n${lines}\r\n`]) {
      const trace = traceOf('litellm', text);
      expect(trace.tenants).toBe(2);
      expect([...trace.cachedTokens!]).toEqual([64, -1]);
      near(trace.at, [0, 2]);
    }
  });

  it('may be a single row over several lines', () => {
    near(traceOf('litellm', JSON.stringify(LITELLM[0], null, 2)).at, [0]);
  });

  it('read in chunks say the same', () => {
    const chunks = FILES.litellm.match(/[^]{1,7}/g)!;
    near(TRACE_FORMATS.litellm.read(chunks, 'run.json').at, [0, 2]);
  });
});

describe('reports of GuideLLM by earlier versions', () => {
  const served = [
    { start: 1_002, prompt: 50, output: 1, first: 1_002.25, last: 1_002.25 },
    { start: 1_000, prompt: 100, output: 3, first: 1_000.5, last: 1_000.8 },
  ];
  it.each([
    [
      '0.2, with all instants beside the tokens',
      ({ start, first, last }: (typeof served)[number]) => ({
        start_time: start,
        first_token_time: first,
        last_token_time: last,
      }),
    ],
    [
      'with the timings of the scheduler',
      ({ start, first, last }: (typeof served)[number]) => ({
        request_start_time: start,
        scheduler_info: { request_timings: { first_iteration: first, last_iteration: last } },
      }),
    ],
  ])('are read: %s', (_, timesOf) => {
    const successful = served.map((request) => ({
      prompt_tokens: request.prompt,
      output_tokens: request.output,
      ...timesOf(request),
    }));
    const run = runOf('guidellm', JSON.stringify({ benchmarks: [{ requests: { successful } }] }));
    near(run.arrivedAt, [0, 2]);
    near(run.firstTokenAt, [0.5, 2.25]);
    near(run.lastTokenAt, [0.8, 2.25]);
  });
});

describe('what a file lacks is told with the way out', () => {
  const { start_times: _starts, ttfts: _first, ...summary } = VLLM;
  const aggregated = JSON.stringify({ experiments: [] });
  const withoutStream = LITELLM.map((row) => ({ ...row, completionStartTime: row.endTime }));

  it.each([
    [
      'vllm-bench',
      JSON.stringify(summary),
      /run\.json has no start_times, ttfts.*--save-result --save-detailed/,
    ],
    [
      'vllm-bench',
      JSON.stringify({ ...VLLM, ttfts: [0.5] }),
      /run\.json ttfts: has 1 entries where start_times has 3/,
    ],
    ['vllm-bench', '{"a": 1}{"a": 2}', /run\.json:1 is not one JSON document/],
    [
      'vllm-bench',
      JSON.stringify({ ...VLLM, input_lens: [100, 70, 'x'] }),
      /input_lens\[2\]: is "x"; expected a whole/,
    ],
    [
      'guidellm',
      JSON.stringify({ benchmarks: [...GUIDELLM.benchmarks, ...GUIDELLM.benchmarks] }),
      /benchmarks: are 2, each a run of its own; keep one/,
    ],
    ['guidellm', JSON.stringify({ benchmarks: [{}] }), /benchmarks\[0\]\.requests\.successful: is missing/],
    [
      'inference-perf',
      '{"successes": {}}',
      /is no list of requests; give per_request_lifecycle_metrics\.json/,
    ],
    ['aiperf', aggregated, /run\.json:1 is the profile_export\.json of GenAI-Perf.*run AIPerf/],
    ['aiperf', '{', /run\.json:1 is not a JSON object.*profile_export\.jsonl.*jq -c \. FILE/],
    ['aiperf', '[{}]', /run\.json:1 is not a JSON object.*jq -c '\.\[\]' FILE/],
    ['aiperf', '{"a": "NaN", "b": -Infinity}', /JSON has no Infinity: write null, or leave the key out/],
    ['vllm-bench', '{"mean_ttft_ms": NaN}', /not one JSON document: .*JSON has no NaN: write null/],
    ['vllm-bench', '{"a": "NaN \\" Infinity", b}', /not one JSON document: (?!.*JSON has no)/],
    ['litellm', '{"startTime": 2x}', /run\.json:1 is not a JSON object/],
    [
      'guidellm',
      JSON.stringify({ benchmarks: [{ requests: { successful: [{}] } }] }),
      /request_start_time: is/,
    ],
    ['litellm', '[]', /run\.json holds no requests/],
    [
      'litellm',
      JSON.stringify([{ ...LITELLM[0], status: 'failure' }]),
      /holds 1 requests, none of which was served/,
    ],
    [
      'litellm',
      JSON.stringify([{ ...LITELLM[0], startTime: 12 }]),
      /\[0\]\.startTime: is 12; expected a time such as/,
    ],
  ] as const)('%s: %s', (format, text, message) => {
    expect(() => traceOf(format, text)).toThrow(message);
  });

  it('a request that was not streamed is a trace and no measured run', () => {
    expect(traceOf('litellm', JSON.stringify(withoutStream)).recorded).toBe(2);
    expect(() => runOf('litellm', JSON.stringify(withoutStream))).toThrow(
      /does not say when its first and last token came; measure with streamed answers/,
    );
  });

  it('a measured run that is JSON is told the formats there are', () => {
    expect(() => readMeasuredCsv(FILES['vllm-bench'], 'run.json')).toThrow(
      /is JSON and not comma-separated text; what benchmarks write is read with --format vllm-bench, guidellm/,
    );
  });
});
