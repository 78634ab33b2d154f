/** Files that a command reads once, whoever asks for them again. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { InputFiles } from '../../src/files/input-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'fleetyield-input-'));
afterAll(() => rmSync(folder, { recursive: true }));

const path = join(folder, 'trace.csv');
const write = (text: string) => writeFileSync(path, text);

describe('the files of a command', () => {
  it('are read once, and hold what they held then', () => {
    write('at\n0\n1\n');
    const files = new InputFiles();
    const first = files.trace(path, 'csv', {});
    write('at\n5\n');
    expect(files.trace(path, 'csv', {})).toBe(first);
    expect(files.text(path).content).toBe('at\n5\n');
    write('gone');
    expect(files.text(path).content).toBe('at\n5\n');
  });

  it('are read again where more of a trace is asked for than is there, and not for less', () => {
    write('at\n0\n10\n20\n');
    const files = new InputFiles();
    expect(files.trace(path, 'csv', { until: 10 }).trace.at).toHaveLength(2);
    expect(files.trace(path, 'csv', { until: 30 }).trace.at).toHaveLength(3);
    write('at\n0\n');
    expect(files.trace(path, 'csv', { until: 5 }).trace.at).toHaveLength(3);
  });

  it('are handed to another thread as they were read, traces in memory that both share', () => {
    write('at,prompt\n0,5\n1,6\n');
    const files = new InputFiles();
    files.text(path);
    const { trace } = files.trace(path, 'csv', {});
    write('gone');
    const there = new InputFiles(undefined, structuredClone(files.held()));
    expect(there.text(path).content).toBe('at,prompt\n0,5\n1,6\n');
    const shared = there.trace(path, 'csv', {}).trace;
    expect(shared).toEqual(trace);
    trace.promptTokens![1] = 7;
    expect(shared.promptTokens![1]).toBe(7);
  });

  it('tell how far reading has come', () => {
    write(`at\n${'1\n'.repeat(400_000)}`);
    const told: number[] = [];
    new InputFiles(({ read, size }) => told.push(read / size!)).trace(path, 'csv', {});
    expect(told.length).toBeGreaterThan(2);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(told.at(-1)).toBe(1);
  });
});
