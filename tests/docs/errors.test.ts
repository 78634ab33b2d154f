/** Error codes: each kind of fault has one, messages end with it, and the page says what each means. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { problemOf } from '../../src/api/problems.ts';
import {
  codeOfFault,
  describeWithCode,
  EnvironmentError,
  InputError,
  InvariantError,
  ParameterError,
} from '../../src/errors.ts';
import { FAULT_KINDS } from '../../src/faults.ts';
import { FaultList } from '../../src/input/fault-list.ts';
import { SourceDocument } from '../../src/input/source-document.ts';
import { errorCodes } from '../../tools/error-codes.ts';
import { smallQueue } from '../helpers/queue.ts';
import { scenarioOf } from '../helpers/scenario.ts';

const codes = Object.values(FAULT_KINDS).map(({ code }) => code);

/** The codes of the faults with which something is refused. */
function codesOf(read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.faults.map(codeOfFault);
  }
}

describe('the code of a fault', () => {
  it('belongs to one kind, and the codes rise', () => {
    expect(codes).toEqual([...new Set(codes)].toSorted());
    for (const code of codes) expect(code).toMatch(/^FY-[1-69]\d\d$/);
  });

  it('is explained by the page of codes (npm run docs)', () => {
    const page = new URL('../../docs/reference/errors.md', import.meta.url);
    expect(readFileSync(page, 'utf8')).toBe(errorCodes());
  });

  it.each([
    ['a syntax that is none', 'name: "x', 'FY-101'],
    ['a key written twice', 'a: 1\na: 2', 'FY-102'],
    ['an alias of nothing', 'a: *b', 'FY-103'],
    ['a text without values', '# nothing', 'FY-103'],
    ['levels without end', `a: ${'['.repeat(20_000)}`, 'FY-104'],
  ])('is that of the YAML for %s', (_what, text, code) => {
    expect(codesOf(() => new SourceDocument(text, 'x.yaml'))).toEqual([code]);
  });

  const right = smallQueue(60);
  it.each([
    ['a key that is not known', 'name:', 'nmae: x\nname:', 'FY-110'],
    ['a key that is missing', /^name:.*$/m, 'description: x', 'FY-111'],
    ['a kind that is not known', 'kind: poisson', 'kind: poison', 'FY-112'],
    ['a number for a name', /^name:.*$/m, 'name: 7', 'FY-114'],
    ['a rate below zero', /ratePerSecond: [\d.]+/, 'ratePerSecond: -1', 'FY-115'],
    ['a duration without a unit', /duration: \w+/, 'duration: 60', 'FY-117'],
    ['an empty name', /^name:.*$/m, 'name: ""', 'FY-118'],
  ])('is that of the schema for %s', (_what, from, to, code) => {
    const text = right.replace(from, to);
    expect(text).not.toBe(right);
    expect(codesOf(() => scenarioOf(text))).toEqual([code]);
  });

  it('is that of an unknown name for a model that no pool serves, and of a path for one that leads nowhere', () => {
    const document = new SourceDocument(right, 'x.yaml');
    expect(codesOf(() => document.override('fleet'))).toEqual(['FY-119']);
    expect(codesOf(() => scenarioOf(right.replace(/model: \w+/, 'model: other')))).toContain('FY-201');
  });

  it('is that of values that do not go together where a check says nothing narrower', () => {
    const faults = new FaultList(new SourceDocument('a: 1', 'x.yaml'));
    faults.add(['a'], 'is more than b');
    faults.attempt(['a'], () => {
      throw new ParameterError('', 'is less than c');
    });
    expect(codesOf(() => faults.throwIfAny())).toEqual(['FY-200', 'FY-200']);
  });

  it('ends the line of its message, above the choices', () => {
    const fault = { place: 'x:1', path: 'a', message: 'is odd; even it', choices: ['2', '4'] };
    expect(describeWithCode({ ...fault, kind: 'out-of-range' })).toBe(
      'x:1 a: is odd; even it [FY-115]\n  2\n  4',
    );
    expect(describeWithCode(fault)).toContain('[FY-100]');
  });

  it('stands beside place, path and message in problem documents', () => {
    const fault = { kind: 'unknown-key', place: 'x:1', path: 'a', message: 'unknown' } as const;
    expect(problemOf(new InputError([fault])).problem.faults).toEqual([
      { code: 'FY-110', place: 'x:1', path: 'a', message: 'unknown' },
    ]);
    expect(problemOf(new InvariantError('broken')).problem.faultCode).toBe('FY-900');
    expect(problemOf(new EnvironmentError('no disk')).problem.faultCode).toBe('FY-600');
    expect(problemOf(new TypeError('a bug')).problem.faultCode).toBe('FY-900');
  });
});
