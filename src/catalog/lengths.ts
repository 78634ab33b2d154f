/**
 * Lengths: measured quantiles of prompt and output tokens. It knows tables; `workload` draws from them.
 */
import { Type, type Static } from 'typebox';
import { ParameterError } from '../errors.ts';
import { Fields, NonNegative, Positive, Probability } from '../input/schema.ts';
import { ENTRY_FIELDS } from './provenance.ts';

/** Points of a distribution function, linear between them: `tokens[i]` is the quantile at `probabilities[i]`. */
export interface QuantileTable {
  readonly name: string;
  /** Rising from 0 to 1. */
  readonly probabilities: readonly number[];
  /** Never falling [tokens]. */
  readonly tokens: readonly number[];
  /** Mean of the sample behind the table [tokens], which straight lines between the points need not keep. */
  readonly sampleMean: number;
}

const Table = Fields({
  probabilities: Type.Array(Probability({ description: 'A probability.' }), { minItems: 2 }),
  tokens: Type.Array(NonNegative({ description: 'A quantile [tokens].' }), { minItems: 2 }),
  sampleMean: Positive({ description: 'Mean of the sample behind the table [tokens].' }),
});

export const QuantileTablesEntry = Fields(
  {
    kind: Type.Literal('quantile-tables'),
    ...ENTRY_FIELDS,
    tables: Fields({ prompt: Table, output: Table }),
  },
  { description: 'Measured lengths of prompts and outputs.' },
);

/** The tables as `NAME.prompt` and `NAME.output`. Throws `ParameterError` when one is not a distribution. */
export function readQuantileTables(entry: Static<typeof QuantileTablesEntry>): QuantileTable[] {
  return (['prompt', 'output'] as const).map((key) => {
    const { probabilities, tokens, sampleMean } = entry.tables[key];
    const refuse = (part: string, message: string): never => {
      throw new ParameterError(`tables.${key}.${part}`, message);
    };
    if (tokens.length !== probabilities.length) {
      refuse(
        'tokens',
        `${tokens.length} quantiles for ${probabilities.length} probabilities; give one for each`,
      );
    }
    if (probabilities[0] !== 0 || probabilities.at(-1) !== 1)
      refuse('probabilities', 'expected to begin at 0 and end at 1');
    for (let i = 1; i < probabilities.length; i++) {
      if (probabilities[i]! <= probabilities[i - 1]!)
        refuse(`probabilities[${i}]`, `${probabilities[i]!} does not rise`);
      if (tokens[i]! < tokens[i - 1]!)
        refuse(`tokens[${i}]`, `${tokens[i]!} is below the quantile before it`);
    }
    return { name: `${entry.name}.${key}`, probabilities, tokens, sampleMean };
  });
}
