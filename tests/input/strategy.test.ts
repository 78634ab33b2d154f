/** Strategies: a family is its list of members, and everything else follows from that. */
import { describe, expect, it } from 'vitest';
import { Count, NonNegative } from '../../src/input/schema.ts';
import { Family, strategiesOf } from '../../src/input/strategy.ts';

const greeting = strategiesOf<{ readonly name: string }, string>();

const greetings = new Family('greeting', 'What is said.', [
  greeting({
    kind: 'plain',
    summary: 'Once.',
    parameters: {},
    example: { kind: 'plain' },
    create: (_parameters, { name }) => `hello ${name}`,
  }),
  greeting({
    kind: 'insistent',
    summary: 'More than once.',
    parameters: {
      times: Count({ description: 'How often.' }),
      pause: NonNegative({ default: 0, description: 'Between.' }),
    },
    example: { kind: 'insistent', times: 2 },
    create: ({ times, pause }, { name }) => `hello ${name} × ${times}, every ${pause}`,
  }),
]);

describe('a family', () => {
  it('builds the member of the kind chosen, with its parameters and what is beside them', () => {
    expect(greetings.create({ kind: 'plain' }, { name: 'Ada' })).toBe('hello Ada');
    expect(greetings.create({ kind: 'insistent', times: 3, pause: 1 }, { name: 'Ada' })).toBe(
      'hello Ada × 3, every 1',
    );
  });

  it('throws for a kind that no member has', () => {
    expect(() => greetings.create({ kind: 'toString' } as never, { name: 'Ada' })).toThrow(
      'unknown greeting "toString"',
    );
  });

  it('has a schema with a member for each kind, which takes its parameters and no others', () => {
    expect(greetings.schema).toMatchObject({
      noun: 'greeting',
      discriminator: { propertyName: 'kind' },
      oneOf: [
        { description: 'Once.', properties: { kind: { const: 'plain' } }, additionalProperties: false },
        {
          description: 'More than once.',
          properties: { kind: { const: 'insistent' }, times: { minimum: 1 }, pause: { default: 0 } },
          required: ['kind', 'times', 'pause'],
          additionalProperties: false,
        },
      ],
    });
  });
});
