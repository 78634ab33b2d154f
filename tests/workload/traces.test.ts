import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { TRACE_FORMATS } from '../../src/workload/traces/index.ts';

const csv = (text: string) => TRACE_FORMATS.csv.read(text, 'my.csv');
const azure = (text: string) => TRACE_FORMATS['azure-llm-2023'].read(text, 'azure.csv');

const burst = (text: string) => TRACE_FORMATS.burstgpt.read(text, 'burst.csv');
const mooncake = (text: string) => TRACE_FORMATS.mooncake.read(text, 'moon.jsonl');

/** A Mooncake line: arrival [ms], prompt tokens, ids. */
const moon = (timestamp: number, prompt: number, ids: readonly number[], output = 10) =>
  JSON.stringify({ timestamp, input_length: prompt, output_length: output, hash_ids: ids });

/** The message of the `InputError` that reading throws. */
function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('the jsonl layout', () => {
  const jsonl = (text: string) => TRACE_FORMATS.jsonl.read(text, 'my.jsonl');

  test('says what the csv layout says, key by key', () => {
    const rows = [
      {
        at: 0.5,
        prompt: 100,
        output: 20,
        cached: 10,
        tenant: 'alice',
        patience: 3,
        tier: 'paid',
        priority: 2,
        finished: 1.5,
      },
      { at: 2, prompt: 7, output: 4, tenant: 'bob', tier: 'free' },
    ];
    const lines = rows.map((row) => JSON.stringify(row)).join('\n\n');
    expect(jsonl(`${lines}\n`)).toEqual(
      csv(
        'at,prompt,output,cached,tenant,patience,tier,priority,finished\n0.5,100,20,10,alice,3,paid,2,1.5\n2,7,4,,bob,,free,,\n',
      ),
    );
  });

  test.each([
    ['{"at": 1, "promt": 5}', 'my.jsonl:1', 'promt'],
    ['{"at": 1}\n{"prompt": 5}', 'my.jsonl:2', 'at is missing'],
    ['{"at": "soon"}', 'my.jsonl:1', 'soon'],
    ['{"at": 1, "prompt": 2.5}', 'my.jsonl:1', '2.5'],
    ['{"at": 1, "tenant": [3]}', 'my.jsonl:1', 'tenant is [3]'],
    ['{"at": 1, "tier": 3}', 'my.jsonl:1', 'tier is 3'],
    ['{"at": 1, "priority": -1}', 'my.jsonl:1', 'priority is -1'],
    ['{"at": 1, "priority": 100}', 'my.jsonl:1', 'priority is 100'],
    ['{"at": 1', 'my.jsonl:1', 'not a JSON object'],
    ['{"at": 2}\n\n{"at": 1}', 'my.jsonl:3', 'before the request above'],
    ['', 'my.jsonl:1', 'holds no requests'],
  ])('is refused with line and value: %j', (text, place, value) => {
    const message = refusal(() => jsonl(text));
    expect(message).toContain(place);
    expect(message).toContain(value);
  });
});

describe('the csv layout', () => {
  test('reads its columns in any order, and keeps an empty cell as not recorded', () => {
    const trace = csv(
      'tenant,at,output,prompt,cached,patience\nalice,0.5,20,100,10,3\nbob,0.5,,7,,\nalice,2,1,,,0\n',
    );
    expect([...trace.at]).toEqual([0.5, 0.5, 2]);
    expect([...trace.promptTokens!]).toEqual([100, 7, -1]);
    expect([...trace.outputTokens!]).toEqual([20, -1, 1]);
    expect([...trace.cachedTokens!]).toEqual([10, -1, -1]);
    expect([...trace.patience!]).toEqual([3, -1, 0]);
    expect([...trace.tenant!]).toEqual([0, 1, 0]);
    expect(trace.tenants).toBe(2);
  });

  test('lets each prompt of a session begin with the request before, but for a token of its own', () => {
    const trace = csv('at,prompt,output,session\n0,10,3,a\n1,50,5,b\n2,20,4,a\n3,24,1,a\n4,60,1,b\n5,9,9,\n');
    expect([...trace.session!]).toEqual([0, 1, 0, 0, 1, -1]);
    // 10 + 3; then 20 + 4 of a prompt of 24, less one; 50 + 5.
    expect([...trace.prefixTokens!]).toEqual([0, 0, 13, 23, 55, 0]);
  });

  test('reads quoted cells, as spreadsheets and data frames write them', () => {
    const trace = csv('"at","prompt","tenant"\n"0","100","Smith, Alice"\n1,"200","said ""no"""\n');
    expect([...trace.at]).toEqual([0, 1]);
    expect([...trace.promptTokens!]).toEqual([100, 200]);
    expect(trace.tenants).toBe(2);
  });

  test('has no column where nothing is recorded, and a place for each request where something is', () => {
    const trace = csv('at,prompt,patience\n0,5,\n1,,2.5\n');
    expect([trace.outputTokens, trace.session, trace.tenant, trace.priority]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect([...trace.promptTokens!]).toEqual([5, -1]);
    expect([...trace.patience!]).toEqual([-1, 2.5]);
  });

  test('keeps what arrives by the end of what is asked for, and counts the rest', () => {
    const text = 'at,prompt,output,session\n0,5,1,a\n2,9,1,a\n2.5,9,1,b\n7,9,1,a\n';
    const trace = TRACE_FORMATS.csv.read(text, 'my.csv', { until: 2 });
    expect([...trace.at]).toEqual([0, 2]);
    expect([trace.recorded, trace.lastAt, trace.sessions]).toEqual([4, 7, 1]);
    // What is not kept is checked all the same.
    expect(refusal(() => TRACE_FORMATS.csv.read(`${text}6,1,1,\n`, 'my.csv', { until: 2 }))).toContain(
      'my.csv:6 arrives at 6 s, before the request above it (7 s)',
    );
  });

  test.each([
    [
      'at\n1700000000.5\n1700000001.5\n',
      'my.csv:2',
      'arrives at 1700000000.5 s, as if it were Unix time, and',
    ],
    [
      'at\n5000\n',
      'my.csv:2',
      'ends at 600 s, so nothing would arrive; arrivals count from the start of the run',
    ],
  ])('is refused where nothing of it arrives by the end: %j', (text, place, says) => {
    const message = refusal(() => TRACE_FORMATS.csv.read(text, 'my.csv', { until: 600 }));
    expect(message).toContain(place);
    expect(message).toContain(says);
  });

  test('says in a few hundred characters what is wrong with a line of a hundred thousand', () => {
    const long = `{"input_lens": [${Array.from({ length: 20_000 }, () => '100').join(', ')}]}`;
    expect(refusal(() => csv(long)).length).toBeLessThan(300);
    expect(refusal(() => csv(`at,prompt\n1,${'7'.repeat(100_000)}x`)).length).toBeLessThan(300);
    expect(refusal(() => csv(`at,${'x'.repeat(100_000)}\n`)).length).toBeLessThan(400);
  });

  test('takes Windows line ends, a byte-order mark and blank lines', () => {
    expect([...csv('\uFEFFat, prompt\r\n1,5\r\n\r\n2,6\r\n').promptTokens!]).toEqual([5, 6]);
  });

  test.each([
    ['at,prompt,outptu\n1,2,3', 'my.csv:1', 'outptu'],
    ['prompt,output\n1,2', 'my.csv:1', 'expected at'],
    ['at,prompt\n1,2\n2,0', 'my.csv:3', 'prompt is "0"'],
    ['at,prompt\n1,2.5', 'my.csv:2', 'whole number'],
    ['at,prompt\nsoon,2', 'my.csv:2', 'at is "soon"'],
    ['at,prompt\n1,0x10', 'my.csv:2', 'prompt is "0x10"; expected a decimal number of at least 1'],
    ['at,prompt\n0b1,1', 'my.csv:2', 'at is "0b1"; expected a decimal number'],
    ['at,prompt\n1,1_000', 'my.csv:2', 'prompt is "1_000"; expected a decimal number'],
    ['at,prompt\nInfinity,1', 'my.csv:2', 'at is "Infinity"; expected a decimal number'],
    ['at,prompt\n-1,2', 'my.csv:2', 'at is "-1"'],
    ['at,prompt\n1', 'my.csv:2', '1 cells'],
    ['at,prompt\n1,2,3', 'my.csv:2', '3 cells'],
    ['at,tenant\n1,"a b"x', 'my.csv:2', 'has a quote within a cell; put the whole cell in quotes'],
    ['at,tenant\n1,a"b', 'my.csv:2', 'has a quote within a cell'],
    ['at,tenant\n1,"a b\n2,c', 'my.csv:2', 'has a quote that is never closed'],
    ['at,prompt,output,prompt\n0,100,10,7', 'my.csv:1', 'the column "prompt" is duplicated'],
    [
      '{"at": 0, "prompt": 1}',
      'my.csv:1',
      'is JSON and not comma-separated text; the layouts jsonl, mooncake',
    ],
    ['at;prompt;output\n0;1;1', 'my.csv:1', 'the cells are separated by semicolons; write commas'],
    ['at\tprompt\n0\t1', 'my.csv:1', 'the cells are separated by tabs; write commas'],
    ['at,prompt\r0,1\r', 'my.csv:1', 'ends its lines with carriage returns alone, as old Macs did'],
    ['at,prompt\n1,3000000000', 'my.csv:2', '3000000000 prompt tokens are more than the 2147483647'],
    ['at,prompt\n\n5,1\n\n4,1', 'my.csv:5', 'before the request above it (5 s)'],
    ['at,prompt,cached\n1,5,4\n\n2,5,5', 'my.csv:4', 'cached'],
    ['at,prompt\n', 'my.csv:1', 'no requests'],
    ['', 'my.csv:1', 'expected at'],
  ])('refuses %j at %s', (text, place, says) => {
    const message = refusal(() => csv(text));
    expect(message).toContain(place);
    expect(message).toContain(says);
  });
});

describe('the Azure layout', () => {
  test('reads timestamps as published, from the first on, to a ten-millionth of a second', () => {
    const trace = azure(
      'TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n2023-11-16 18:15:50.9951690,396,109\n2023-11-17 00:00:00.0000000,1,1\n',
    );
    // 50.9951690 − 46.6805900 = 4.314579; midnight is 5 h 44 min 13.31941 s after the first.
    expect(trace.at[0]).toBe(0);
    expect(trace.at[1]).toBeCloseTo(4.314579, 9);
    expect(trace.at[2]).toBeCloseTo(5 * 3600 + 44 * 60 + 13.31941, 9);
    expect([...trace.promptTokens!]).toEqual([374, 396, 1]);
    expect([...trace.outputTokens!]).toEqual([44, 109, 1]);
    expect(trace.tenants).toBe(0);
  });

  test('reads the reduced layout, whose arrivals are seconds', () => {
    const trace = azure('arrival_s,input_tokens,output_tokens\n0.0,374,44\n4.314579,396,109\n');
    expect([...trace.at]).toEqual([0, 4.314579]);
  });

  test('counts from the first request in both, whenever that was', () => {
    expect([...azure('arrival_s,input_tokens,output_tokens\n5000,3,4\n5001,3,4\n').at]).toEqual([0, 1]);
  });

  test('reads ISO 8601 with an offset, quoted too, and lets other columns be in any order', () => {
    const trace = azure(
      'TIMESTAMP,NumImages,GeneratedTokens,ContextTokens\n2024-10-15T12:00:00.269Z,0,491,770\n"2024-10-15 14:00:05.819+02:00",1,126,949\n',
    );
    expect(trace.at[1]).toBeCloseTo(5.55, 9);
    expect([...trace.promptTokens!]).toEqual([770, 949]);
    expect([...trace.outputTokens!]).toEqual([491, 126]);
  });

  test('gives the same trace by both', () => {
    const published = azure(
      'TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:00:00,3,4\n2023-11-16 18:00:02.5,5,6\n',
    );
    expect(azure('arrival_s,input_tokens,output_tokens\n0,3,4\n2.5,5,6\n')).toEqual(published);
  });

  test.each([
    ['TIMESTAMP,Context,Generated\n', 'azure.csv:1', 'expected "TIMESTAMP,ContextTokens,GeneratedTokens"'],
    ['TIMESTAMP,ContextTokens,GeneratedTokens\n16/11/2023,3,4', 'azure.csv:2', 'TIMESTAMP is "16/11/2023"'],
    ['TIMESTAMP,ContextTokens,GeneratedTokens\n2023-13-45 10:00:00,3,4', 'azure.csv:2', 'TIMESTAMP'],
    [
      'TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:00:02,3,4\n2023-11-16 18:00:01,3,4',
      'azure.csv:3',
      'before the request above it',
    ],
    ['arrival_s,input_tokens,output_tokens\n0,3,0', 'azure.csv:2', 'output tokens is "0"'],
  ])('refuses %j at %s', (text, place, says) => {
    const message = refusal(() => azure(text));
    expect(message).toContain(place);
    expect(message).toContain(says);
  });
});

describe('the BurstGPT layout', () => {
  const HEADER = 'Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n';
  const LATER =
    'Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type\n';

  test('reads arrivals from the first on, and lengths', () => {
    const trace = burst(`${HEADER}5,ChatGPT,300,18,318,Conversation log\n45.5,GPT-4,7,230,237,API log\n`);
    expect([...trace.at]).toEqual([0, 40.5]);
    expect([...trace.promptTokens!]).toEqual([300, 7]);
    expect([...trace.outputTokens!]).toEqual([18, 230]);
  });

  test('reads the layout with sessions, of which it makes nothing', () => {
    const trace = burst(
      `${LATER}900.0,a1,43,GPT-4,90,44,134,Conversation log\n902.0,,2,ChatGPT,36,29,65,API log\n`,
    );
    expect([...trace.at]).toEqual([0, 2]);
    expect([...trace.promptTokens!]).toEqual([90, 36]);
    expect([...trace.outputTokens!]).toEqual([44, 29]);
    expect([trace.sessions, trace.tenants]).toEqual([0, 0]);
  });

  test('reads columns by their names, in any order', () => {
    const trace = burst(
      'Session ID,Timestamp,Elapsed time,Log Type,Model,Response tokens,Request tokens,Total tokens\n' +
        ',12,3,API log,GPT-4,44,90,134\ns7,12,1.5,Conversation log,ChatGPT,6,700,706\n',
    );
    expect([...trace.at]).toEqual([0, 0]);
    expect([...trace.promptTokens!]).toEqual([90, 700]);
    expect([...trace.outputTokens!]).toEqual([44, 6]);
  });

  test.each([
    ['Timestamp,Model\n', 'burst.csv:1', 'expected the columns Timestamp, Request tokens, Response tokens'],
    [`${HEADER}5,ChatGPT,9,0,9,API log`, 'burst.csv:2', 'Response tokens is "0", a failed request'],
    [`${HEADER}5,ChatGPT,0,4,4,API log`, 'burst.csv:2', 'Request tokens is "0"'],
    [`${HEADER}noon,ChatGPT,3,4,7,API log`, 'burst.csv:2', 'Timestamp is "noon"'],
    [`${HEADER}5,ChatGPT,3,,7,API log`, 'burst.csv:2', 'Response tokens is ""; expected a decimal number'],
    [`${HEADER}5,GPT-4,3,4,7,API log\n4,GPT-4,3,4,7,API log`, 'burst.csv:3', 'before the request above it'],
  ])('refuses %j at %s', (text, place, says) => {
    const message = refusal(() => burst(text));
    expect(message).toContain(place);
    expect(message).toContain(says);
  });
});

describe('the Mooncake layout', () => {
  test('reads milliseconds and lengths, blank lines and Windows line ends', () => {
    const trace = mooncake(`${moon(0, 600, [0, 1])}\r\n\r\n${moon(27_500, 512, [7], 3)}\n`);
    expect([...trace.at]).toEqual([0, 27.5]);
    expect([...trace.promptTokens!]).toEqual([600, 512]);
    expect([...trace.outputTokens!]).toEqual([10, 3]);
  });

  test('continues the session whose latest prompt is repeated in all its whole blocks', () => {
    const trace = mooncake(
      [
        moon(0, 1_100, [0, 1, 2]), // opens session 0, which ends with block 1
        moon(1, 1_100, [0, 3, 4]), // goes another way from block 0: session 1, which ends with 3
        moon(2, 2_000, [0, 1, 5, 6]), // repeats 0 and 1: session 0, which ends with 5
        moon(3, 1_536, [0, 3, 8]), // repeats 0 and 3: session 1, which ends with 8
        moon(4, 1_600, [0, 1, 9, 10]), // session 0 has gone on to 5: a session of its own
        moon(5, 2_100, [0, 1, 5, 11, 12]), // repeats 0, 1 and 5: session 0
        moon(6, 100, [13]), // no whole block
        moon(7, 200, [13]), // and so nothing to repeat
      ].join('\n'),
    );
    expect([...trace.session!]).toEqual([0, 1, 0, 1, 2, 0, 3, 4]);
    expect([...trace.prefixTokens!]).toEqual([0, 0, 1_024, 1_024, 0, 1_536, 0, 0]);
  });

  test('counts from the first request, in fractions of a millisecond where there are any', () => {
    const trace = mooncake(`${moon(1_700_000_000_000, 5, [0])}\n${moon(1_700_000_000_000.5, 5, [0])}\n`);
    expect([...trace.at]).toEqual([0, 0.0005]);
  });

  test('has no sessions where no ids are given, and none for a request without', () => {
    const plain = (timestamp: number) =>
      `{"timestamp": ${timestamp}, "input_length": 600, "output_length": 5}`;
    expect(mooncake(`${plain(0)}\n${plain(1)}`).session).toBeNull();
    expect([...mooncake(`${plain(0)}\n${moon(1, 600, [0, 1])}`).session!]).toEqual([-1, 0]);
  });

  test('tells apart ids of 64 bits that one double stands for', () => {
    const line = (id: string) =>
      `{"timestamp": 0, "input_length": 512, "output_length": 5, "hash_ids": [${id}]}`;
    // 9884467569437184729 and …730 are both 9884467569437184000 as doubles.
    const trace = mooncake(
      ['9884467569437184729', '9884467569437184730', '9884467569437184729'].map(line).join('\n'),
    );
    expect([...trace.session!]).toEqual([0, 1, 0]);
  });

  test('takes blocks of the size that is told, with an id for a begun block or without', () => {
    const trace = TRACE_FORMATS.mooncake.read(
      `${moon(0, 40, [0, 1, 2])}\n${moon(1, 60, [0, 1, 3])}\n`,
      'moon.jsonl',
      { blockSize: 16 },
    );
    // 40 tokens are two whole blocks of 16 and a begun one; 60 are three whole ones, two of which repeat.
    expect([...trace.prefixTokens!]).toEqual([0, 32]);
  });

  test('reads a token at least of a prompt that is repeated whole', () => {
    const twice = mooncake(`${moon(0, 1_024, [0, 1])}\n${moon(0, 1_024, [0, 1])}\n`);
    expect([...twice.prefixTokens!]).toEqual([0, 1_023]);
    expect([...twice.session!]).toEqual([0, 0]);
  });

  test('keeps apart two sessions that end with one block', () => {
    const trace = mooncake(
      [
        moon(0, 512, [0]),
        moon(1, 1_024, [0, 1]), // session 0
        moon(2, 512, [0]), // session 1, for session 0 has left block 0
        moon(3, 1_100, [0, 1, 2]), // session 0 again
        moon(4, 600, [0, 3]), // session 1, which stays at block 0
      ].join('\n'),
    );
    expect([...trace.session!]).toEqual([0, 0, 1, 0, 1]);
  });

  test.each([
    [
      '{"timestamp": 0',
      'moon.jsonl:1',
      'is not a JSON object: "{\\"timestamp\\": 0"; expected a line such as {"timestamp": 0,',
    ],
    ['[1]', 'moon.jsonl:1', 'is not a JSON object'],
    [
      '{"timestamp": 0, "input_length": 5}',
      'moon.jsonl:1',
      'output_length is missing; expected a whole number of at least 1',
    ],
    [moon(0, 5, [0], 0), 'moon.jsonl:1', 'output_length is 0; expected a whole number of at least 1'],
    [moon(-1, 5, [0]), 'moon.jsonl:1', 'timestamp is -1'],
    [
      '{"timestamp":0,"input_length":5,"output_length":1,"hash_ids":["a"]}',
      'moon.jsonl:1',
      'hash_ids is ["a"]',
    ],
    [moon(0, 1_025, [0]), 'moon.jsonl:1', 'has 1 hash_ids for 1025 prompt tokens; expected 3'],
    [moon(0, 40, [0, 1, 2]), 'moon.jsonl:1', 'blockSize beside the file, --block-size of fit-workload'],
    [
      '{"chat_id": 1, "timestamp": 61.1, "input_length": 33, "output_length": 2}',
      'moon.jsonl:1',
      'read it as qwen-bailian',
    ],
    [
      `${moon(0, 600, [0, 1])}\n\n${moon(0, 600, [2, 1])}`,
      'moon.jsonl:3',
      'hash id 1 follows a different block than before',
    ],
    [`${moon(9, 5, [0])}\n${moon(8, 5, [0])}`, 'moon.jsonl:2', 'before the request above it'],
    ['\n', 'moon.jsonl:1', 'holds no requests'],
  ])('refuses %j at %s', (text, place, says) => {
    const message = refusal(() => mooncake(text));
    expect(message).toContain(place);
    expect(message).toContain(says);
  });
});

describe('the Qwen-Bailian layout', () => {
  const qwen = (text: string) => TRACE_FORMATS['qwen-bailian'].read(text, 'qwen.jsonl');
  const line = (timestamp: number, prompt: number, ids: readonly number[]) =>
    `{"chat_id": 7, "parent_chat_id": -1, "timestamp": ${timestamp}, "input_length": ${prompt}, "output_length": 9, "type": "text", "turn": 1, "hash_ids": ${JSON.stringify(ids)}}`;

  test('reads seconds, and blocks of 16 tokens', () => {
    const trace = qwen(`${line(61.114, 33, [1, 2, 3])}\n${line(62.614, 50, [1, 2, 4, 5])}\n`);
    expect(trace.at[1]).toBeCloseTo(1.5, 9);
    expect([...trace.session!]).toEqual([0, 0]);
    expect([...trace.prefixTokens!]).toEqual([0, 32]);
  });

  test('is told apart from Mooncake’s, whose times are milliseconds', () => {
    expect(refusal(() => qwen(moon(0, 5, [0])))).toContain('qwen.jsonl:1 has no chat_id');
  });
});
