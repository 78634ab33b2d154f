import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { TRACE_FORMATS } from '../../src/workload/traces/index.ts';

const csv = (text: string) => TRACE_FORMATS.csv.read(text, 'my.csv');
const azure = (text: string) => TRACE_FORMATS['azure-llm-2023'].read(text, 'azure.csv');

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

describe('the csv layout', () => {
  test('reads its columns in any order, and keeps an empty cell as not recorded', () => {
    const trace = csv(
      'tenant,at,output,prompt,cached,patience\nalice,0.5,20,100,10,3\nbob,0.5,,7,,\nalice,2,1,,,0\n',
    );
    expect([...trace.at]).toEqual([0.5, 0.5, 2]);
    expect([...trace.promptTokens]).toEqual([100, 7, NaN]);
    expect([...trace.outputTokens]).toEqual([20, NaN, 1]);
    expect([...trace.cachedTokens]).toEqual([10, NaN, NaN]);
    expect([...trace.patience]).toEqual([3, NaN, 0]);
    expect([...trace.tenant]).toEqual([0, 1, 0]);
    expect(trace.tenants).toBe(2);
  });

  test('lets each prompt of a session begin with the request before, but for a token of its own', () => {
    const trace = csv('at,prompt,output,session\n0,10,3,a\n1,50,5,b\n2,20,4,a\n3,24,1,a\n4,60,1,b\n5,9,9,\n');
    expect([...trace.session]).toEqual([0, 1, 0, 0, 1, -1]);
    // 10 + 3; then 20 + 4 of a prompt of 24, less one; 50 + 5.
    expect([...trace.prefixTokens]).toEqual([0, 0, 13, 23, 55, 0]);
  });

  test('takes Windows line ends, a byte-order mark and blank lines', () => {
    expect([...csv('\uFEFFat, prompt\r\n1,5\r\n\r\n2,6\r\n').promptTokens]).toEqual([5, 6]);
  });

  test.each([
    ['at,prompt,outptu\n1,2,3', 'my.csv:1', 'outptu'],
    ['prompt,output\n1,2', 'my.csv:1', 'expected at'],
    ['at,prompt\n1,2\n2,0', 'my.csv:3', 'prompt is "0"'],
    ['at,prompt\n1,2.5', 'my.csv:2', 'whole number'],
    ['at,prompt\nsoon,2', 'my.csv:2', 'at is "soon"'],
    ['at,prompt\n-1,2', 'my.csv:2', 'at is "-1"'],
    ['at,prompt\n1', 'my.csv:2', '1 cells'],
    ['at,prompt\n1,2,3', 'my.csv:2', '3 cells'],
    ['at,tenant\n1,"a b"', 'my.csv:2', 'quotes'],
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
    expect([...trace.promptTokens]).toEqual([374, 396, 1]);
    expect([...trace.outputTokens]).toEqual([44, 109, 1]);
    expect(trace.tenants).toBe(0);
  });

  test('reads the reduced layout, whose arrivals are seconds', () => {
    const trace = azure('arrival_s,input_tokens,output_tokens\n0.0,374,44\n4.314579,396,109\n');
    expect([...trace.at]).toEqual([0, 4.314579]);
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
