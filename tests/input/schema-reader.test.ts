/** Validation: defaults, quantities, and faults in words, on a schema as small as possible. */
import { Ajv } from 'ajv';
import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { SourceDocument } from '../../src/input/source-document.ts';
import { InputError } from '../../src/errors.ts';
import { scenarioSchema } from '../../src/scenario/schema.ts';
import {
  Count,
  Duration,
  Fields,
  OneOf,
  PositiveDuration,
  Share,
  Window,
  RunStartTime,
} from '../../src/input/schema.ts';
import { durationDistributions, tokenDistributions } from '../../src/stats/index.ts';
import { Family, strategiesOf } from '../../src/input/strategy.ts';
import { alternatives } from '../../src/input/suggest.ts';
import { SchemaReader } from '../../src/input/schema-reader.ts';

const shape = strategiesOf<null, string>();
const shapes = new Family('shape', 'What it looks like.', [
  shape({
    kind: 'circle',
    summary: 'Round.',
    parameters: { radius: PositiveDuration({ description: 'Half its width.', default: '1s' }) },
    example: { kind: 'circle' },
    create: ({ radius }) => `circle of ${radius}`,
  }),
  shape({
    kind: 'pile',
    summary: 'Shapes upon shapes.',
    parameters: { of: Type.Array(Type.Unsafe<object>({ $ref: 'shape' }), { minItems: 1 }) },
    example: { kind: 'pile', of: [{ kind: 'circle' }] },
    create: ({ of }) => `pile of ${of.length}`,
  }),
]);

const schema = Fields({
  count: Count({ default: 3, description: 'How many.' }),
  share: Type.Optional(Share({ description: 'How much.' })),
  wait: Duration({ default: '250ms', description: 'How long.' }),
  from: Type.Optional(RunStartTime({ description: 'When.' })),
  windows: Type.Array(Window({ description: 'Open.' }), { default: [], maxItems: 2 }),
  word: OneOf(['red', 'green'] as const, { default: 'red', description: 'The colour.' }),
  inner: Fields({ flag: Type.Boolean({ default: true }) }, { default: {}, description: 'Within.' }),
  who: Type.Optional(Type.Union([Type.String(), Type.Integer({ minimum: 0 })])),
  shape: Type.Unsafe<object>({ ...shapes.schema, default: { kind: 'circle' } }),
});

const reader = new SchemaReader(schema, { shape: shapes.schema });

const read = (text: string) => reader.read(new SourceDocument(text, 'x.yaml'));

function faultsOf(text: string): string[] {
  try {
    read(text);
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.message.split('\n');
  }
}

describe('reading', () => {
  it('fills in every default, read as if it had been written', () => {
    expect(read('{}')).toEqual({
      count: 3,
      wait: 0.25,
      windows: [],
      word: 'red',
      inner: { flag: true },
      shape: { kind: 'circle', radius: 1 },
    });
  });

  it('turns written quantities into numbers, at any depth', () => {
    expect(
      read(
        'from: Tue 13:00\nwait: 2min\nwindows: [Sat 00:00-24:00]\nshape: { kind: pile, of: [{ kind: circle, radius: 5ms }] }',
      ),
    ).toMatchObject({
      from: { ofWeek: 37 * 3_600, date: null },
      wait: 120,
      windows: [{ days: [5], from: 0, to: 86_400 }],
      shape: { kind: 'pile', of: [{ kind: 'circle', radius: 0.005 }] },
    });
  });

  it('gives fresh values each time, though a default is one object', () => {
    const first = read('{}') as { windows: unknown[] };
    first.windows.push('changed');
    expect(read('{}').windows).toEqual([]);
  });

  it('reads what an alias repeats in every place', () => {
    const { shape: pile } = read('shape: { kind: pile, of: [&a { kind: circle, radius: 5ms }, *a] }');
    expect(pile).toMatchObject({ of: [{ radius: 0.005 }, { radius: 0.005 }] });
  });
});

describe('a fault', () => {
  it.each([
    ['count: 0', 'count: 0 is out of range; expected a whole number of 1 or more'],
    ['count: 1.5', 'count: 1.5 is not accepted; expected a whole number of 1 or more'],
    ['count: "1"', 'count: "1" is not accepted; expected a whole number of 1 or more'],
    ['count: .inf', 'count: .inf is not accepted; expected a whole number of 1 or more'],
    ['count: -.inf', 'count: -.inf is not accepted; expected a whole number of 1 or more'],
    ['count:', 'count: has no value; expected a whole number of 1 or more'],
    ['share: .nan', 'share: .nan is not accepted; expected a number above 0 and at most 1'],
    ['share: 1.1', 'share: 1.1 is out of range; expected a number above 0 and at most 1'],
    ['word: gren', 'word: invalid value "gren"; did you mean "green"? known: red, green'],
    ['word: 5', 'word: invalid value 5; known: red, green'],
    ['inner: []', 'inner: [] is not accepted; expected a mapping { key: value } with the keys flag'],
    ['inner: { flag: yes }', 'inner.flag: "yes" is not accepted; expected true or false'],
    ['windows: Sat', 'windows: "Sat" is not accepted; expected a list, such as [ … ]'],
    ['who: 1.5', 'who: 1.5 is not accepted; expected text or a whole number of 0 or more'],
    [
      'shape: circle',
      'shape: "circle" is not accepted; expected a mapping { kind: … } of one of the kinds circle, pile',
    ],
    ['shape: {}', 'shape.kind: "kind" is missing; known: circle, pile'],
    [
      'shape: { kind: cirle }',
      'shape.kind: unknown shape "cirle"; did you mean "circle"? known: circle, pile',
    ],
    ['shape: { kind: pile }', 'shape.of: "of" is missing; give a list, such as [ … ]'],
    ['shape: { kind: pile, of: [] }', 'shape.of: the list has 0 items; expected at least 1'],
    [
      'shape: { kind: pile, of: [{ kind: square }] }',
      'shape.of[0].kind: unknown shape "square"; known: circle, pile',
    ],
  ])('of %j is told once, in words', (text, message) => {
    expect(faultsOf(text)).toEqual([`x.yaml:1 ${message}`]);
  });

  it('quotes what is written, not what reading made of it', () => {
    expect(faultsOf('windows: [Sat 00:00-24:00, 01:00-02:00, 02:00-03:00]')).toEqual([
      'x.yaml:1 windows: the list has 3 items; expected at most 2',
    ]);
    expect(faultsOf(`word: ${'long'.repeat(40)}`)[0]).toMatch(
      /^x\.yaml:1 word: invalid value "(long)+(l|lo|lon)?…?/u,
    );
  });

  it('says of months where a duration is meant what they are', () => {
    expect(faultsOf('wait: 2 months')).toEqual([
      'x.yaml:1 wait: "2 months" has no fixed length; write days, such as 30d. Months of the calendar are windows of the rate limit fixed-window',
    ]);
  });

  it('does not hide another: all are told, each at its line', () => {
    expect(
      faultsOf('count: 0\nwait: 5\ncolour: red\nshape:\n  kind: circle\n  radius: 0s\n').toSorted(),
    ).toEqual([
      'x.yaml:1 count: 0 is out of range; expected a whole number of 1 or more',
      'x.yaml:2 wait: 5 is not a duration; write a number with a unit (ms s min h d week), such as 250ms or 1.5h',
      'x.yaml:3 colour: unknown key "colour"; known: count, share, wait, from, windows, word, inner, who, shape',
      'x.yaml:6 shape.radius: "0s" is not a duration longer than zero; write a number with a unit (ms s min h d week), such as 250ms or 1.5h',
    ]);
  });
});

describe('the schema of a scenario', () => {
  it('is a JSON Schema, as are those it refers to', () => {
    const ajv = new Ajv({ strict: false, validateSchema: true });
    for (const one of [scenarioSchema, durationDistributions.schema, tokenDistributions.schema]) {
      expect(ajv.validateSchema(one as object), JSON.stringify(ajv.errors)).toBe(true);
    }
  });
});

describe('alternatives', () => {
  it.each([
    ['horison', ['horizon', 'name'], 'did you mean "horizon"? known: horizon, name'],
    ['CSV', ['csv', 'azure'], 'did you mean "csv"? known: csv, azure'],
    ['h100', ['a100-sxm', 'h100-sxm'], 'did you mean "h100-sxm"? known: a100-sxm, h100-sxm'],
    ['h10', ['h100-sxm', 'h100-pcie'], 'known: h100-sxm, h100-pcie'],
    ['sieve', ['token-bucket'], 'known: token-bucket'],
    ['x', [], 'known: '],
  ])('to %j among %j', (written, known, text) => {
    expect(alternatives(written, known)).toBe(text);
  });
});
