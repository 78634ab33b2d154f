import { describe, expect, test } from 'vitest';
import { TimeStamps } from '../../src/workload/traces/time-stamps.ts';

/** Seconds from the first stamp to the second. */
const between = (first: string, second: string) => {
  const stamps = new TimeStamps();
  return [stamps.sinceFirst(first), stamps.sinceFirst(second)];
};

describe('stamps of the calendar', () => {
  test.each([
    ['2023-11-16 18:15:46.6805900', '2023-11-16 18:15:50.9951690', 4.314579],
    ['2024-05-10 00:00:00.009930+00:00', '2024-05-10 00:00:01+00:00', 0.99007],
    ['2024-10-15T12:00:00.269Z', '2024-10-15T12:00:05.819Z', 5.55],
    // Half past two at two hours east of Greenwich is half past twelve at Greenwich.
    ['2024-05-12T00:30:00Z', '2024-05-12 02:30:00.5+02:00', 0.5],
    ['2024-05-12T00:30:00Z', '2024-05-11T19:30:00-0500', 0],
    ['2024-05-12T00:30:00', '2024-05-12T06:00:01+05:30', 1],
    ['2024-02-28T23:59:59Z', '2024-03-01T00:00:00Z', 86_401], // 2024 has a 29 February
    ['2024-05-12T00:00:00,25Z', '2024-05-12T00:00:01Z', 0.75],
  ])('%s and %s are %d s apart', (first, second, seconds) => {
    const [start, end] = between(first, second);
    expect(start).toBe(0);
    expect(end).toBeCloseTo(seconds, 9);
  });

  test.each([
    '16/11/2023',
    '2023-11-16',
    '1700000000',
    '2023-02-29 10:00:00',
    '2023-13-01T10:00:00Z',
    '2023-11-16 24:00:00',
    '2023-11-16 10:60:00',
    '2023-11-16 10:00:00+25:00',
    '2023-11-16 10:00:00 CET',
    '',
  ])('%j is none', (text) => {
    expect(new TimeStamps().sinceFirst(text)).toBeNull();
  });
});
