/**
 * Sessions: chains of requests, each sent some time after the answer to the one before, with a context that grows by
 * what was said. An agent run is a session with an outcome. This file knows a session's rule and its draws, not what
 * happens to its requests.
 *
 * Each draw belongs to a request by its ordinal. All turns of a session have their ordinals from its start, so what a
 * policy does to one request moves no draw of another.
 */
import type { Static } from 'typebox';
import { Type } from 'typebox';
import { ParameterError, within } from '../errors.ts';
import { Count, Fields, OneOf, PositiveDuration } from '../input/schema.ts';
import {
  durationDistribution,
  durationDistributions,
  sampledMean,
  tokenDistribution,
  tokenDistributions,
  wholeTokens,
  type CounterStream,
  type Distribution,
  type DistributionEnvironment,
  type Streams,
} from '../stats/index.ts';

export const sessionSchema = Fields(
  {
    turns: tokenDistribution({ description: 'Requests of a session, made whole as numbers of tokens are.' }),
    think: durationDistribution({
      description:
        'From the end of an answer to the next request: a person reads and types, or a tool works.',
    }),
    context: Type.Optional(
      Fields(
        {
          max: Count({
            description: 'The longest prompt of any request but the first [tokens].',
            examples: [64_000],
          }),
          whenFull: OneOf(['end', 'truncate'] as const, {
            default: 'end',
            description:
              'What happens to a longer one: the session ends instead, or the oldest tokens are dropped, after which nothing of it is found in the prefix cache.',
          }),
        },
        { description: 'How long the context may grow; without bound when left out.' },
      ),
    ),
    onFailure: OneOf(['end', 'continue'] as const, {
      default: 'end',
      description:
        'What happens when a request is lost for good: the session ends, or the next request continues from the last answer.',
    }),
    run: Type.Optional(
      Fields(
        {
          deadline: Type.Optional(
            PositiveDuration({
              description:
                'Counted from the first arrival. When it passes the run has failed and sends no more; a call in flight is given up.',
              examples: ['5min'],
            }),
          ),
        },
        {
          description:
            'Makes each session an agent run: it succeeds if all its calls are served within its deadline.',
        },
      ),
    ),
  },
  {
    description:
      'An arrival begins a chain of requests, each of which repeats the context before it; lengths.prompt are the new tokens of each. None is under way when the run starts, so warm it up.',
  },
);

export type SessionRule = Static<typeof sessionSchema>;

/** The distributions of one tier's sessions. */
export class SessionDistributions {
  readonly rule: SessionRule;
  private readonly turns: Distribution;
  private readonly think: Distribution;
  private readonly turnDraws: CounterStream;
  private readonly thinkDraws: CounterStream;

  constructor(rule: SessionRule, environment: DistributionEnvironment, streams: Streams, tier: string) {
    if (rule.run !== undefined && rule.onFailure === 'continue') {
      throw new ParameterError(
        'onFailure',
        'an agent run that loses a call has failed; drop continue, or drop run',
      );
    }
    this.rule = rule;
    this.turns = within('turns', () => tokenDistributions.create(rule.turns, environment));
    this.think = within('think', () => durationDistributions.create(rule.think, environment));
    this.turnDraws = streams.counter(`session-turns/${tier}`);
    this.thinkDraws = streams.counter(`session-think/${tier}`);
  }

  /** Requests of a session on average, by 4,096 draws; and of the time before each but the first [s]. */
  means(): { readonly turns: number; readonly think: number } {
    return { turns: Math.max(1, sampledMean(this.turns)), think: sampledMean(this.think) };
  }

  /** Requests of the session whose first has this ordinal. */
  turnsOf(ordinal: number): number {
    const draws = this.turnDraws.at(ordinal, 0);
    return wholeTokens(this.turns.sample(draws), draws);
  }

  /** How long its client thinks before it sends the request of this ordinal [s]. */
  thinkBefore(ordinal: number): number {
    return this.think.sample(this.thinkDraws.at(ordinal, 0));
  }
}
