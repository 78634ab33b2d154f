/**
 * The roofline step-time model: step time from data sheets. A step streams weights or multiplies by them, whichever
 * takes longer, and besides reads KV, attends, launches kernels and exchanges activations between GPUs. It knows
 * nothing measured on the pool at hand: use `affine` where a measurement exists.
 *
 * Basis of each default:
 * - Weight, KV, layer, sequence, expert-layer and collective terms of a decode step: fitted to 45 measured operating
 *   points of five models on the H100 under vLLM 0.15; TPOT within 4.9 % (MAPE) on 26 points of other models.
 * - `computeEfficiency` 0.55 and 0.5: fitted to the TPOT of Qwen3-32B on the H100 (bf16 under vLLM 0.12, fp8 under
 *   TensorRT-LLM 1.0), where prefill and decode share steps; checked on Llama 3.1 8B and 70B.
 * - `expertEfficiency` 0.12: fitted to Qwen3-235B-A22B in fp8 (TensorRT-LLM 1.0); checked on MiniMax M2.5. Weak: it
 *   moves TPOT little, and prefill of mixtures of experts still comes out too fast.
 * - `attentionEfficiency` and `linkEfficiency`: assumed. On other accelerators all of them are the H100's, scaled by
 *   the data sheets: expect errors of 14 to 38 % (docs/model.md). Time to first token lacks what happens outside the
 *   steps or overlaps them (a step that is already composed when the request arrives, hand-over, front end): below
 *   capacity it is about half of the measured one, for dense models and mixtures of experts alike, where time per token
 *   is right to 2 %. Measured is 2.6 to 3.1 x TPOT + 2 to 10 ms (vLLM 0.15 on the H100; Llama-2-70b on four GPUs,
 *   CodeLlama-34b on two).
 */
import { Type } from 'typebox';
import { peakFlopsFor, type Accelerator } from '../../catalog/accelerator.ts';
import {
  kvBytesPerToken,
  kvShards,
  operandBytes,
  routedParameters,
  type Model,
} from '../../catalog/model.ts';
import { ParameterError } from '../../errors.ts';
import { Duration, Positive, Share } from '../../input/schema.ts';
import { stepTimeLaw, type AttentionParallelism, type StepTime, type StepWork } from './step-time.ts';

/** Activations are sent, and logits computed, in 16 bits. */
const ACTIVATION_BYTES = 2;

/** All-reduces over the GPUs in one layer: after attention and after the feed-forward part. */
const COLLECTIVES_PER_LAYER = 2;

/** Default `computeEfficiency`, by width of the operands. */
const EFFICIENCY_16_BIT = 0.55;
const EFFICIENCY_8_BIT = 0.5;

/** The parameters of the model [s, shares], defaults filled in. */
interface Coefficients {
  readonly weightTime: number;
  readonly kvTime: number;
  readonly perLayer: number;
  readonly perMoeLayer: number;
  readonly perCollective: number;
  readonly perSequence: number;
  readonly computeEfficiency: number;
  readonly expertEfficiency: number;
  readonly attentionEfficiency: number;
  readonly linkEfficiency: number;
}

/**
 * Step time from the shape of the model and the data sheet of the accelerator, tensor parallel over the GPUs of a
 * pipeline stage. With w the weights, all per GPU and streamed at data-sheet bandwidth:
 *
 *   max(0.973 w_dense / bandwidth, FLOP_dense / (peak x efficiency))
 *   + the same for the experts that the step's tokens are expected to meet
 *   + 0.925 KV / bandwidth + attention FLOP of prefill / (peak in bf16 x efficiency)
 *   + 75.3 us x layers + 32.6 us x layers with experts + 22.6 us x sequences
 *   + when a stage has several GPUs, 2 x layers x (3.2 us + bytes exchanged / (link x efficiency))
 *
 * The table of input embeddings is looked up, not streamed. The output head works once per sequence. Experts expected
 * among E when each of n tokens meets k: E (1 - (1 - k/E)^n), as if tokens chose independently; real routers are less
 * even.
 *
 * With data-parallel attention g GPUs each hold all dense weights and 1/g of the experts, and the sequences fall evenly
 * on r = min(g, sequences) of them. So a GPU streams all dense weights, multiplies them by 1/r of the tokens, reads 1/r
 * of the KV and samples for 1/r of the sequences; experts are streamed and multiplied as above. Nothing is summed over
 * GPUs: in each layer with experts a token's activations go to the other GPUs that have its k experts, in the format that
 * is multiplied, and come back in 16 bits, 2 x layers with experts exchanges in all. Of g - 1 others (g - 1)(1 - (1 -
 * 1/g)^k) are expected to have one. Beyond the GPUs that the link joins, the network carries what goes there, at the same
 * time; a sum over several hosts is a ring, which crosses from host to host on the network of all GPUs of a host. Assumed:
 * the most loaded GPU has no more than the mean, and no exchange hides behind arithmetic.
 *
 * With p pipeline stages the sequences fall into m = min(p, sequences) micro-batches, and a step is the round in which
 * all have passed all stages. Each stage serves m of them in turn, each with 1/p of the layers and 1/m of the work. When
 * m = p all stages are busy and the round is p such turns: layers' weights, launches and collectives' latency count
 * p x 1/p, so in full, as on the GPUs of one stage; KV, FLOP and bytes exchanged count p x 1/p x 1/m. When m = 1 the
 * round is the one micro-batch's way through p stages: all of it in full. Both are work / m. Head and sampling are in
 * the last stage alone: its weights stream m times, and it samples for all sequences. Between stages,
 * (p - 1) x (3.2 us + activations of a micro-batch / (link x efficiency)). So stages make room and let more sequences
 * run; they do not make a step shorter than the GPUs of one stage would stream the weights. Assumed: layers and work
 * split evenly, hand-overs as quick as collectives and on the same link, though stages often lie on different hosts.
 * The 45 measured points have one stage. `maxSequences` and `maxBatchedTokens` are those of the whole round.
 */
export const roofline = stepTimeLaw({
  kind: 'roofline',
  summary:
    'Derived from the data sheets of model and accelerator with efficiencies measured on the H100; its time to first token is optimistic below capacity.',
  parameters: {
    weightTime: Type.Optional(
      Positive({ description: 'Time to stream weights over data-sheet time.', default: 0.973 }),
    ),
    kvTime: Type.Optional(Positive({ description: 'Time to read KV over data-sheet time.', default: 0.925 })),
    perLayer: Type.Optional(
      Duration({ description: 'Launch of the kernels of a layer.', default: '0.0753ms' }),
    ),
    perMoeLayer: Type.Optional(
      Duration({ description: 'Routing and launch on top, in a layer with experts.', default: '0.0326ms' }),
    ),
    perCollective: Type.Optional(
      Duration({
        description: 'Latency of one exchange between GPUs, two a layer and one between stages.',
        default: '0.0032ms',
      }),
    ),
    perSequence: Type.Optional(Duration({ description: 'Sampling and scheduling.', default: '0.0226ms' })),
    computeEfficiency: Type.Optional(
      Share({
        description: 'Share of peak reached by dense layers; 0.55 in 16 bits and 0.5 below.',
        examples: [0.55],
      }),
    ),
    expertEfficiency: Type.Optional(
      Share({ description: 'Share of peak reached by experts.', default: 0.12 }),
    ),
    attentionEfficiency: Type.Optional(
      Share({ description: 'Share of the bf16 peak reached by attention in prefill.', default: 0.5 }),
    ),
    linkEfficiency: Type.Optional(
      Share({ description: 'Share of the link reached by collectives.', default: 0.8 }),
    ),
  },
  example: { kind: 'roofline' },
  create: (given, { model, accelerator, gpusPerReplica, pipelineStages, attention }) => {
    if (model === null) {
      throw new ParameterError(
        'kind',
        '"roofline" needs a model of the catalogue, and the model of the pool is none; name one that fleetyield list models shows, or use affine',
      );
    }
    if (accelerator === null) {
      throw new ParameterError(
        'kind',
        '"roofline" needs an accelerator; name one in the pool, or use affine',
      );
    }
    const layout = { gpus: gpusPerReplica / pipelineStages, stages: pipelineStages, attention };
    return new Roofline(model, accelerator, layout, {
      weightTime: given.weightTime ?? 0.973,
      kvTime: given.kvTime ?? 0.925,
      perLayer: given.perLayer ?? 75.3e-6,
      perMoeLayer: given.perMoeLayer ?? 32.6e-6,
      perCollective: given.perCollective ?? 3.2e-6,
      perSequence: given.perSequence ?? 22.6e-6,
      computeEfficiency:
        given.computeEfficiency ?? (operandBytes(model) > 1 ? EFFICIENCY_16_BIT : EFFICIENCY_8_BIT),
      expertEfficiency: given.expertEfficiency ?? 0.12,
      attentionEfficiency: given.attentionEfficiency ?? 0.5,
      linkEfficiency: given.linkEfficiency ?? 0.8,
    });
  },
});

/** GPUs per stage, stages, and how the GPUs of a stage share a layer. */
interface Layout {
  readonly gpus: number;
  readonly stages: number;
  readonly attention: AttentionParallelism;
}

class Roofline implements StepTime {
  /** Launches and latencies of every step [s]. */
  private readonly base: number;
  private readonly stages: number;
  /** GPUs that have their own sequences; 1 where all GPUs work on all sequences. */
  private readonly ranks: number;
  /** Streaming the dense weights of the layers, and of the output head [s]. */
  private readonly layerStream: number;
  private readonly headStream: number;
  /** Multiplying by the dense weights [s/token], and by the output head [s/sequence]. */
  private readonly densePerToken: number;
  private readonly headPerSequence: number;
  /** Streaming all experts [s], the logarithm of the share one token leaves out, multiplying by a token's experts [s/token]. */
  private readonly expertStream: number;
  private readonly logExpertMiss: number;
  private readonly expertPerToken: number;
  private readonly kvToken: number;
  private readonly perPrefillContext: number;
  private readonly perSequence: number;
  /** Exchanging activations within a stage, and handing them to the next [s/token]. */
  private readonly exchangePerToken: number;
  private readonly handOverPerToken: number;

  constructor(
    model: Model,
    accelerator: Accelerator,
    { gpus, stages, attention }: Layout,
    coefficients: Coefficients,
  ) {
    const bandwidth = accelerator.memoryBandwidth;
    const peakOfOne = peakFlopsFor(accelerator, operandBytes(model));
    const peak = gpus * peakOfOne;
    const ranks = attention === 'data-parallel' ? gpus : 1;
    // GPUs that share the weights that every token uses.
    const together = gpus / ranks;
    const embedding = model.vocabulary * model.hiddenSize;
    const routed = routedParameters(model);
    const routedActive = (routed * model.activeExperts) / model.experts;
    const streamOfOne = (coefficients.weightTime * model.bytesPerParameter) / bandwidth;
    const densePeak = together * peakOfOne * coefficients.computeEfficiency;

    this.stages = stages;
    this.ranks = ranks;
    this.layerStream = ((model.totalParameters - routed - 2 * embedding) * streamOfOne) / together;
    this.headStream = (embedding * streamOfOne) / together;
    this.densePerToken = (2 * (model.activeParameters - routedActive - 2 * embedding)) / densePeak;
    this.headPerSequence = (2 * embedding) / densePeak;
    this.expertStream = (routed * streamOfOne) / gpus;
    this.logExpertMiss = model.moeLayers === 0 ? 0 : Math.log1p(-model.activeExperts / model.experts);
    this.expertPerToken = (2 * routedActive) / (peak * coefficients.expertEfficiency);
    this.kvToken = (coefficients.kvTime * kvBytesPerToken(model)) / (kvShards(model, together) * bandwidth);
    this.perPrefillContext =
      (4 * model.layers * model.attentionHeads * model.headDimension) /
      (together * accelerator.peakFlops.bf16 * coefficients.attentionEfficiency);
    this.perSequence = coefficients.perSequence;

    const layers = attention === 'data-parallel' ? model.moeLayers : model.layers;
    const collectives = gpus > 1 ? COLLECTIVES_PER_LAYER * layers : 0;
    this.exchangePerToken =
      gpus === 1
        ? 0
        : (layers *
            (attention === 'data-parallel'
              ? dispatchTime(model, accelerator, gpus)
              : COLLECTIVES_PER_LAYER * sumTime(model, accelerator, gpus))) /
          coefficients.linkEfficiency;
    this.base =
      coefficients.perLayer * model.layers +
      coefficients.perMoeLayer * model.moeLayers +
      coefficients.perCollective * (collectives + stages - 1);
    this.handOverPerToken =
      ((stages - 1) * ACTIVATION_BYTES * model.hiddenSize) /
      (accelerator.interconnectBandwidth * coefficients.linkEfficiency);
  }

  duration(work: StepWork): number {
    const batches = this.microBatches(work);
    const ranks = this.ranksAtWork(work);
    const tokens = partOf(work.prefillTokens + work.decodeTokens, batches);
    const dense = partOf(this.densePerToken * tokens + this.headPerSequence * work.sequences, ranks);
    const experts = this.expertPerToken * tokens;
    const expertStream =
      this.expertStream === 0 ? 0 : -this.expertStream * Math.expm1(tokens * this.logExpertMiss);
    return (
      this.base +
      Math.max(this.layerStream + this.headStream * batches, dense) +
      Math.max(expertStream, experts) +
      partOf(this.kvToken * work.kvTokens + this.perPrefillContext * work.prefillContext, batches * ranks) +
      partOf(this.perSequence * work.sequences, ranks) +
      (partOf(this.exchangePerToken, ranks) + this.handOverPerToken) * tokens
    );
  }

  perKvToken(work: StepWork): number {
    return partOf(this.kvToken, this.microBatches(work) * this.ranksAtWork(work));
  }

  kvLinearUntil(): number {
    return Infinity;
  }

  /** A sequence is in one micro-batch, and there is one per stage if there are enough sequences. */
  private microBatches({ sequences }: StepWork): number {
    return Math.min(this.stages, sequences);
  }

  /** A sequence is on one of the GPUs that have their own sequences. */
  private ranksAtWork({ sequences }: StepWork): number {
    return Math.min(this.ranks, sequences);
  }
}

/** One of equal parts. Nearly always there is just one, and a division is slow. */
function partOf(whole: number, parts: number): number {
  return parts === 1 ? whole : whole / parts;
}

/** Summing a token's activations over GPUs, once, at the full speed of link and network [s]: a ring (all-reduce). */
function sumTime({ hiddenSize }: Model, { interconnectBandwidth, network }: Accelerator, gpus: number) {
  const bytes = (2 * ACTIVATION_BYTES * hiddenSize * (gpus - 1)) / gpus;
  return network === null || gpus <= network.linkedGpus
    ? bytes / interconnectBandwidth
    : bytes / Math.min(interconnectBandwidth, network.linkedGpus * network.bandwidth);
}

/**
 * Sending a token's activations from its GPU to those of its experts and back, in one layer [s]. Some of those GPUs are
 * reached over the link and the others over the network, in parallel.
 */
function dispatchTime(model: Model, { interconnectBandwidth, network }: Accelerator, gpus: number) {
  const bytes = model.hiddenSize * (operandBytes(model) + ACTIVATION_BYTES);
  const reached = 1 - (1 - 1 / gpus) ** model.activeExperts;
  const linked = Math.min(gpus, network?.linkedGpus ?? gpus);
  const overLink = (bytes * reached * (linked - 1)) / interconnectBandwidth;
  return network === null
    ? overLink
    : Math.max(overLink, (bytes * reached * (gpus - linked)) / network.bandwidth);
}
