/**
 * Lengths: the prompt and output tokens of a request. Each quantity has a stream of its own, drawn at the arrival of
 * every request whether or not it is served, so that no policy moves another request's lengths.
 */
import type { Static } from 'typebox';
import { Type } from 'typebox';
import { ParameterError, within } from '../errors.ts';
import { Fields, Probability } from '../input/schema.ts';
import {
  GaussianPair,
  tokenDistribution,
  tokenDistributions,
  wholeTokens,
  type CounterStream,
  type Distribution,
  type DistributionEnvironment,
  type Streams,
  type UniformSource,
} from '../stats/index.ts';

export const lengthsProperties = {
  prompt: tokenDistribution({
    default: { kind: 'constant', value: 1 },
    description: 'Prompt tokens of a request.',
  }),
  output: tokenDistribution({
    default: { kind: 'constant', value: 1 },
    description: 'Output tokens that a request has when nothing cuts it short.',
  }),
  maxOutput: Type.Optional(
    tokenDistribution({
      description: 'Bound on its output tokens that a request declares; none when left out.',
    }),
  ),
  rankCorrelation: Type.Optional(
    Type.Number({
      minimum: -1,
      maximum: 1,
      description:
        'Rank correlation (Spearman) of prompt and output, by a Gaussian copula; both distributions must have an inverse: constant, exponential, lognormal, weibull, uniform, geometric, pareto or empirical. Independent when left out.',
      examples: [0.3],
    }),
  ),
  cachedShare: Probability({ default: 0, description: 'Share of each prompt found in the prefix cache.' }),
};

export const lengthsSchema = Fields(lengthsProperties, {
  default: {},
  description: 'Tokens of a request; one token each where left out.',
});

export type LengthRule = Static<typeof lengthsSchema>;

/** The lengths of one tier's requests, drawn one request after another. */
export class Lengths {
  promptTokens = 0;
  cachedTokens = 0;
  outputTokens = 0;
  /** 0 when the client declares no bound. */
  maxOutput = 0;

  private readonly prompt: Distribution;
  private readonly output: Distribution;
  private readonly bound: Distribution | null;
  private readonly cachedShare: number;
  /** The correlation of output and prompt; `null` where they are drawn independently. */
  private readonly pair: GaussianPair | null;
  private readonly promptSource: UniformSource;
  private readonly outputSource: UniformSource;
  private readonly boundSource: UniformSource;
  /** The sources that go to a request before they draw for it; none where requests are drawn one after another. */
  private readonly counters: CounterStream[] = [];

  /**
   * Each request is drawn after the one before it or, `byOrdinal`, at a position of its own: where outcomes decide which
   * request comes next.
   */
  constructor(
    rule: LengthRule,
    environment: DistributionEnvironment,
    streams: Streams,
    tier: string,
    byOrdinal: boolean,
  ) {
    const { maxOutput } = rule;
    this.prompt = within('prompt', () => tokenDistributions.create(rule.prompt, environment));
    this.output = within('output', () => tokenDistributions.create(rule.output, environment));
    this.bound =
      maxOutput === undefined
        ? null
        : within('maxOutput', () => tokenDistributions.create(maxOutput, environment));
    this.cachedShare = rule.cachedShare;
    this.pair = rule.rankCorrelation === undefined ? null : new GaussianPair(rule.rankCorrelation);
    if (this.pair !== null) {
      for (const quantity of ['prompt', 'output'] as const) {
        if (this[quantity].quantile === undefined)
          throw new ParameterError(
            `${quantity}.kind`,
            `${rule[quantity].kind} has no inverse to correlate it by; choose constant, exponential, lognormal, weibull, uniform, geometric, pareto or empirical, or leave rankCorrelation out`,
          );
      }
    }
    const sourceOf = (quantity: string): UniformSource => {
      const name = `lengths/${tier}/${quantity}`;
      if (!byOrdinal) return streams.stream(name);
      const counter = streams.counter(name);
      this.counters.push(counter);
      return counter;
    };
    this.promptSource = sourceOf('prompt');
    this.outputSource = sourceOf('output');
    this.boundSource = sourceOf('max-output');
  }

  /** Draws the lengths of the request with this ordinal into the fields above. */
  draw(ordinal: number): void {
    for (const counter of this.counters) counter.at(ordinal, 0);
    const { pair, promptSource, outputSource } = this;
    pair?.draw(promptSource, outputSource);
    const prompt = pair === null ? this.prompt.sample(promptSource) : this.prompt.quantile!(pair.first);
    const output = pair === null ? this.output.sample(outputSource) : this.output.quantile!(pair.second);
    this.promptTokens = wholeTokens(prompt, promptSource);
    this.outputTokens = wholeTokens(output, outputSource);
    this.maxOutput =
      this.bound === null ? 0 : wholeTokens(this.bound.sample(this.boundSource), this.boundSource);
    // At least one token of a prompt is always prefilled: it gives the first token of the output.
    this.cachedTokens = Math.min(Math.floor(this.cachedShare * this.promptTokens), this.promptTokens - 1);
  }
}
