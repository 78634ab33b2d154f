/**
 * Engines: the settings with which a serving engine runs by default. It knows the settings by the names a
 * pool's `serving` uses; what they do is defined in `serving`.
 */
import { Type, type Static } from 'typebox';
import { Fields } from '../input/schema.ts';
import { CountQuantity, ENTRY_FIELDS, Quantity, valueOf } from './provenance.ts';

export interface Engine {
  readonly name: string;
  readonly summary: string;
  /** Settings of `continuous-batching` as a scenario writes them. */
  readonly settings: {
    readonly maxSequences: number;
    readonly maxBatchedTokens: number;
    readonly chunkedPrefill: boolean;
    readonly prefixCache: boolean;
    readonly kv: { readonly memoryUtilisation: number; readonly blockSize: number };
    readonly stepTime: { readonly kind: string };
  };
}

export const EngineEntry = Fields(
  {
    kind: Type.Literal('engine'),
    ...ENTRY_FIELDS,
    values: Fields({
      maxSequences: CountQuantity('Sequences in a step at most.'),
      maxBatchedTokens: CountQuantity('Tokens in a step at most.'),
      memoryUtilisation: Quantity({
        description: 'Share of GPU memory the engine may use.',
        exclusiveMinimum: 0,
        maximum: 1,
      }),
      blockSize: CountQuantity('Tokens in a KV block.'),
    }),
    chunkedPrefill: Type.Boolean({ description: 'Whether a prompt may be read in several steps.' }),
    prefixCache: Type.Boolean({
      description: 'Whether the context of a session stays for its next request.',
    }),
    stepTime: Type.String({ description: 'The step-time model; `fleetyield list step-times` shows them.' }),
  },
  { description: 'Settings of a serving engine.' },
);

export function readEngine(entry: Static<typeof EngineEntry>): Engine {
  const { name, summary, values, chunkedPrefill, prefixCache, stepTime } = entry;
  return {
    name,
    summary,
    settings: {
      maxSequences: valueOf(values.maxSequences),
      maxBatchedTokens: valueOf(values.maxBatchedTokens),
      chunkedPrefill,
      prefixCache,
      kv: { memoryUtilisation: valueOf(values.memoryUtilisation), blockSize: valueOf(values.blockSize) },
      stepTime: { kind: stepTime },
    },
  };
}
