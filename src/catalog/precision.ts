/**
 * Precision: the formats in which an engine may hold a model's weights and KV, where they are not those of its entry. It
 * knows bytes and in what the weights are multiplied; what a format does to answers it does not know.
 */
import type { Static } from 'typebox';
import { Type } from 'typebox';
import { Fields, OneOf } from '../input/schema.ts';
import type { Model } from './model.ts';

/**
 * Bytes of a number in each format: its bits / 8. The scales of 4-bit formats, 3 to 12 % more (4 bits of zero and 16 of
 * scale for 128 weights in AWQ, 8 bits for 16 in NVFP4), are left out.
 */
const BYTES = { bf16: 2, fp8: 1, fp4: 0.5, int4: 0.5 } as const;

export const precisionSchema = Fields(
  {
    weights: Type.Optional(
      OneOf(['bf16', 'fp8', 'fp4', 'int4'], {
        description:
          'Format of all weights, embeddings included; int4 is widened to 16 bits before it is multiplied.',
      }),
    ),
    kv: Type.Optional(OneOf(['bf16', 'fp8'], { description: 'Format of the KV cache.' })),
  },
  {
    description: 'Formats the engine holds the model in, where they are not those of the catalogue.',
  },
);

export type Precision = Static<typeof precisionSchema>;

/** The model with weights and KV in other formats; what is not given stays as its entry has it. */
export function inPrecision(model: Model, { weights, kv }: Precision): Model {
  const kvBytes = kv === undefined ? model.bytesPerKvElement : BYTES[kv];
  return {
    ...model,
    bytesPerParameter: weights === undefined ? model.bytesPerParameter : BYTES[weights],
    widensWeights: weights === undefined ? model.widensWeights : weights === 'int4',
    bytesPerKvElement: kvBytes,
    kvBytesPerTokenPerLayer: (model.kvBytesPerTokenPerLayer * kvBytes) / model.bytesPerKvElement,
  };
}
