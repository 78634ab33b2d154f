/**
 * Models: the shape of a transformer, as far as time and memory depend on it. It knows no quality, no price and no
 * engine. A model whose attention keeps a compressed KV (MLA) states the bytes per token and layer instead of heads.
 */
import { Type, type Static } from 'typebox';
import { ParameterError } from '../errors.ts';
import { Fields } from '../input/schema.ts';
import { CountQuantity, ENTRY_FIELDS, optionalValueOf, PositiveQuantity, valueOf } from './provenance.ts';

export interface Model {
  readonly name: string;
  readonly summary: string;
  readonly layers: number;
  readonly hiddenSize: number;
  readonly attentionHeads: number;
  readonly kvHeads: number;
  readonly headDimension: number;
  readonly vocabulary: number;
  readonly totalParameters: number;
  /** Parameters one token meets; all of them in a dense model. */
  readonly activeParameters: number;
  /** Layers whose feed-forward part is a mixture of experts; 0 in a dense model, and then the next two are 1. */
  readonly moeLayers: number;
  /** Routed experts in such a layer, and how many of them a token meets. */
  readonly experts: number;
  readonly activeExperts: number;
  readonly bytesPerParameter: number;
  /** Whether weights are widened to 16 bits before they are multiplied, as where they alone are quantised. */
  readonly widensWeights: boolean;
  readonly bytesPerKvElement: number;
  /** KV of one token in one layer [bytes]. */
  readonly kvBytesPerTokenPerLayer: number;
  /** Longest context served [tokens]. */
  readonly contextTokens: number;
}

export const ModelEntry = Fields(
  {
    kind: Type.Literal('model'),
    ...ENTRY_FIELDS,
    values: Fields({
      layers: CountQuantity('Transformer layers.'),
      hiddenSize: CountQuantity('Width of the residual stream.'),
      attentionHeads: CountQuantity('Query heads.'),
      kvHeads: CountQuantity('Key and value heads.'),
      headDimension: CountQuantity('Width of a head.'),
      vocabulary: CountQuantity('Tokens in the vocabulary.'),
      totalParameters: PositiveQuantity('Parameters in all.'),
      activeParameters: PositiveQuantity('Parameters one token meets.'),
      moeLayers: Type.Optional(CountQuantity('Layers with experts; leave out in a dense model.')),
      experts: Type.Optional(CountQuantity('Routed experts in such a layer.')),
      activeExperts: Type.Optional(CountQuantity('Routed experts a token meets in such a layer.')),
      bytesPerParameter: PositiveQuantity('Bytes a weight takes in memory: 2 for bf16, 1 for fp8.'),
      bytesPerKvElement: PositiveQuantity('Bytes an element of the KV cache takes.'),
      kvBytesPerTokenPerLayer: Type.Optional(
        PositiveQuantity(
          'KV of a token in a layer [bytes], where it is not 2 x heads x width x bytes (MLA).',
        ),
      ),
      contextTokens: CountQuantity('Longest context served [tokens].'),
    }),
  },
  { description: 'A language model.' },
);

/** Throws `ParameterError` when the parameters contradict the experts. */
export function readModel(entry: Static<typeof ModelEntry>): Model {
  const { values } = entry;
  const total = valueOf(values.totalParameters);
  const active = valueOf(values.activeParameters);
  const moeLayers = optionalValueOf(values.moeLayers) ?? 0;
  const experts = optionalValueOf(values.experts) ?? 1;
  const activeExperts = optionalValueOf(values.activeExperts) ?? 1;
  const refuse = (key: string, message: string): never => {
    throw new ParameterError(`values.${key}`, message);
  };
  if (active > total) refuse('activeParameters', `${active} is more than totalParameters, ${total}`);
  if (moeLayers > valueOf(values.layers)) refuse('moeLayers', `${moeLayers} exceeds the number of layers`);
  if (moeLayers === 0 && active !== total) {
    refuse(
      'activeParameters',
      `${active} differs from totalParameters, ${total}: give moeLayers, experts, activeExperts`,
    );
  }
  if (moeLayers > 0 && activeExperts >= experts) {
    refuse(
      'activeExperts',
      `${activeExperts} of ${experts} experts; the number of active experts must be smaller (give both)`,
    );
  }
  const routedShare = moeLayers === 0 ? 0 : ((total - active) / (experts - activeExperts)) * experts;
  if (routedShare > total) {
    refuse('activeParameters', `${active} leaves less than nothing for the parts every token meets`);
  }
  const perHead =
    2 * valueOf(values.kvHeads) * valueOf(values.headDimension) * valueOf(values.bytesPerKvElement);
  return {
    name: entry.name,
    summary: entry.summary,
    layers: valueOf(values.layers),
    hiddenSize: valueOf(values.hiddenSize),
    attentionHeads: valueOf(values.attentionHeads),
    kvHeads: valueOf(values.kvHeads),
    headDimension: valueOf(values.headDimension),
    vocabulary: valueOf(values.vocabulary),
    totalParameters: total,
    activeParameters: active,
    moeLayers,
    experts,
    activeExperts,
    bytesPerParameter: valueOf(values.bytesPerParameter),
    widensWeights: false,
    bytesPerKvElement: valueOf(values.bytesPerKvElement),
    kvBytesPerTokenPerLayer: optionalValueOf(values.kvBytesPerTokenPerLayer) ?? perHead,
    contextTokens: valueOf(values.contextTokens),
  };
}

/** KV of one token in all layers [bytes]: 131,072 for Llama 3.1 8B in bf16. */
export function kvBytesPerToken(model: Model): number {
  return model.layers * model.kvBytesPerTokenPerLayer;
}

/** Weights of the whole model [bytes]. */
export function weightBytes(model: Model): number {
  return model.totalParameters * model.bytesPerParameter;
}

/**
 * Parameters that belong to routed experts, of all layers together; 0 in a dense model. From the two totals: they
 * differ by the experts a token does not meet.
 */
export function routedParameters(model: Model): number {
  if (model.moeLayers === 0) return 0;
  const perExpert = (model.totalParameters - model.activeParameters) / (model.experts - model.activeExperts);
  return perExpert * model.experts;
}

/** Bytes of a weight as it is multiplied. */
export function operandBytes({ bytesPerParameter, widensWeights }: Model): number {
  return widensWeights ? 2 : bytesPerParameter;
}

/**
 * KV heads are split over the GPUs of a tensor-parallel replica and repeated once they run out: into how many different
 * parts the KV of a token falls.
 */
export function kvShards(model: Model, gpus: number): number {
  return Math.min(gpus, model.kvHeads);
}
