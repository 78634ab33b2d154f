import { describe, expect, it } from 'vitest';
import { parseCatalog } from '../../src/catalog/catalog.ts';
import { InputError } from '../../src/errors.ts';

const HEAD = 'summary: s\nsource: a data sheet\nasOf: 2025-01-02\nconfidence: reported\n';

const CHIP = `kind: accelerator
name: chip
${HEAD}values:
  memoryBytes: 80e9
  memoryBytesPerSecond: { value: 3e12, source: a measurement, asOf: 2025-03-04, confidence: estimated, note: one run }
  bf16FlopPerSecond: 1e15
  interconnectBytesPerSecond: 450e9
  idleWatts: 300
  busyWatts: 1200
`;

const TABLES = (prompt: string) => `kind: quantile-tables
name: t
${HEAD}tables:
  prompt: ${prompt}
  output: { probabilities: [0, 1], tokens: [1, 9], sampleMean: 5 }
`;

const faultOf = (...texts: string[]): string => {
  try {
    parseCatalog(texts.map((text, at) => ({ name: `f${at}.yaml`, text })));
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return 'no fault';
};

describe('a catalogue', () => {
  it('answers null for a name it does not hold, and lists those it does', () => {
    const catalog = parseCatalog([{ name: 'a.yaml', text: CHIP }]);
    expect(catalog.accelerator('chip')?.memoryBytes).toBe(80e9);
    expect(catalog.accelerator('chop')).toBeNull();
    expect(catalog.model('chip')).toBeNull();
    expect(catalog.names('accelerator')).toEqual(['chip']);
  });

  it('leaves formats that are not computed in as null, never 0', () => {
    expect(parseCatalog([{ name: 'a.yaml', text: CHIP }]).accelerator('chip')?.peakFlops).toEqual({
      bf16: 1e15,
      fp8: null,
      fp4: null,
    });
  });

  it('gives each number the source of its file unless it has its own', () => {
    const [entry] = parseCatalog([{ name: 'a.yaml', text: CHIP }]).entries;
    expect(entry!.provenance.find(({ quantity }) => quantity === 'memoryBytes')).toEqual({
      quantity: 'memoryBytes',
      value: 80e9,
      source: 'a data sheet',
      asOf: '2025-01-02',
      confidence: 'reported',
      note: null,
    });
    expect(entry!.provenance.find(({ quantity }) => quantity === 'memoryBytesPerSecond')).toEqual({
      quantity: 'memoryBytesPerSecond',
      value: 3e12,
      source: 'a measurement',
      asOf: '2025-03-04',
      confidence: 'estimated',
      note: 'one run',
    });
  });

  it('says file, line and what would do for everything wrong, in all files at once', () => {
    const message = faultOf(
      CHIP.replace('memoryBytes: 80e9', 'memoryBites: 80e9'),
      CHIP.replace('kind: accelerator', 'kind: acelerator'),
    );
    expect(message).toContain(
      'f0.yaml:8 values.memoryBites: unknown key "memoryBites"; did you mean "memoryBytes"?',
    );
    expect(message).toContain(
      'f1.yaml:1 kind: unknown catalogue entry "acelerator"; did you mean "accelerator"?',
    );
  });

  it('refuses a number that its meaning forbids, bare or with a source', () => {
    expect(faultOf(CHIP.replace('80e9', '-1'))).toContain('f0.yaml:8 values.memoryBytes: -1 is out of range');
    expect(faultOf(CHIP.replace('value: 3e12', 'value: 0'))).toContain(
      'values.memoryBytesPerSecond.value: 0 is out',
    );
    expect(faultOf(CHIP.replace('80e9', 'much'))).toContain('values.memoryBytes: "much" is not');
  });

  it('refuses a number whose day or confidence is not one', () => {
    expect(faultOf(CHIP.replace('2025-03-04', 'spring'))).toContain(
      'values.memoryBytesPerSecond.asOf: "spring" is not',
    );
    expect(faultOf(CHIP.replace('confidence: reported', 'confidence: sure'))).toContain(
      'known: reported, estimated, assumed',
    );
    expect(faultOf(CHIP.replace('asOf: 2025-01-02\n', ''))).toContain('asOf: "asOf" is missing');
  });

  it('refuses an accelerator that draws more idle than busy', () => {
    expect(faultOf(CHIP.replace('idleWatts: 300', 'idleWatts: 1300'))).toContain(
      'f0.yaml:12 values.idleWatts: 1300 W is more',
    );
  });

  it('refuses the same name twice within a kind', () => {
    expect(faultOf(CHIP, CHIP)).toContain('f1.yaml name: "chip" is the name of another accelerator');
  });

  it('names quantile tables after their file and part', () => {
    const text = TABLES('{ probabilities: [0, 0.5, 1], tokens: [1, 10, 30], sampleMean: 12 }');
    const catalog = parseCatalog([{ name: 'a.yaml', text }]);
    expect(catalog.quantileTable('t.prompt')?.tokens).toEqual([1, 10, 30]);
    expect(catalog.names('quantile-table')).toEqual(['t.prompt', 't.output']);
  });

  it('refuses quantiles that fall, are too few, or do not span 0 to 1', () => {
    expect(faultOf(TABLES('{ probabilities: [0, 0.5, 1], tokens: [1, 30, 10], sampleMean: 12 }'))).toContain(
      'f0.yaml:8 tables.prompt.tokens[2]: 10 is below the quantile before it',
    );
    expect(faultOf(TABLES('{ probabilities: [0, 1], tokens: [1, 2, 3], sampleMean: 2 }'))).toContain(
      '3 quantiles for 2 probabilities',
    );
    expect(faultOf(TABLES('{ probabilities: [0.1, 1], tokens: [1, 2], sampleMean: 2 }'))).toContain(
      'begin at 0 and end at 1',
    );
  });

  it('divides a profile by its mean, and refuses one whose mean is far from 1', () => {
    const profile = (factor: number) =>
      `kind: week-profile\nname: p\n${HEAD}weekday: [${Array<number>(24).fill(factor).join(', ')}]\n`;
    const { hours } = parseCatalog([{ name: 'a.yaml', text: profile(1.005) }]).profile('p')!;
    expect(hours).toHaveLength(168);
    expect(hours[0]).toBeCloseTo(1, 12);
    expect(faultOf(profile(2))).toContain('f0.yaml:7 weekday: the mean over the week is 2.0000');
  });
});
