/**
 * Lengths: how many tokens a request brings and wants. Each quantity has a stream of its own, drawn at the arrival of
 * every request whether or not it is served, so that no policy moves another request's lengths.
 */
import type { Static } from 'typebox';
import { Type } from 'typebox';
import { within } from '../errors.ts';
import { Fields, Probability } from '../schema.ts';
import {
  tokenLaws,
  wholeTokens,
  type CounterStream,
  type Law,
  type LawEnvironment,
  type Streams,
  type UniformSource,
} from '../stats/index.ts';

export const lengthsProperties = {
  prompt: Type.Unsafe<Static<typeof tokenLaws.schema>>({
    $ref: 'tokenLaw',
    default: { kind: 'constant', value: 1 },
  }),
  output: Type.Unsafe<Static<typeof tokenLaws.schema>>({
    $ref: 'tokenLaw',
    default: { kind: 'constant', value: 1 },
  }),
  maxOutput: Type.Optional(Type.Unsafe<Static<typeof tokenLaws.schema>>({ $ref: 'tokenLaw' })),
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

  private readonly prompt: Law;
  private readonly output: Law;
  private readonly bound: Law | null;
  private readonly cachedShare: number;
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
    environment: LawEnvironment,
    streams: Streams,
    tier: string,
    byOrdinal: boolean,
  ) {
    const { maxOutput } = rule;
    this.prompt = within('prompt', () => tokenLaws.create(rule.prompt, environment));
    this.output = within('output', () => tokenLaws.create(rule.output, environment));
    this.bound =
      maxOutput === undefined ? null : within('maxOutput', () => tokenLaws.create(maxOutput, environment));
    this.cachedShare = rule.cachedShare;
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
    this.promptTokens = wholeTokens(this.prompt.sample(this.promptSource), this.promptSource);
    this.outputTokens = wholeTokens(this.output.sample(this.outputSource), this.outputSource);
    this.maxOutput =
      this.bound === null ? 0 : wholeTokens(this.bound.sample(this.boundSource), this.boundSource);
    // At least one token of a prompt is always read: it gives the first token of the output.
    this.cachedTokens = Math.min(Math.floor(this.cachedShare * this.promptTokens), this.promptTokens - 1);
  }
}
