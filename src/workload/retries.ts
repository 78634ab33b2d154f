/**
 * Retries: whether and when a request that was refused, or whose client gave up, is tried again. It
 * knows the client's rule and nothing of why it was refused.
 */
import type { Static } from 'typebox';
import { Type } from 'typebox';
import { defaulted, Fields, Flag, OneOf, PositiveDuration, Probability } from '../input/schema.ts';
import type { UniformSource } from '../stats/index.ts';

/** The most attempts of a request: each has its own draws, and a counter stream has this many positions per request. */
const MOST_ATTEMPTS = 2 ** 24 - 1;

export const retriesSchema = Fields(
  {
    maxAttempts: Type.Integer({
      minimum: 1,
      maximum: MOST_ATTEMPTS,
      description: 'Attempts in all, the first included.',
      examples: [3],
    }),
    persistence: Probability({
      description: 'Probability that the client tries again after a failure.',
      default: 1,
    }),
    backoff: Fields(
      {
        base: PositiveDuration({ description: 'The wait before the second attempt.', examples: ['1s'] }),
        factor: defaulted(
          Type.Number({
            minimum: 1,
            default: 2,
            description: 'Factor by which each further wait is multiplied.',
          }),
        ),
        cap: PositiveDuration({
          description: 'The longest wait; with exponential jitter the largest mean.',
          default: '60s',
        }),
        jitter: OneOf(['full', 'none', 'exponential'] as const, {
          description:
            'full: uniform between zero and the wait; none: the wait itself; exponential: memoryless, with the wait as its mean.',
          default: 'full',
        }),
      },
      { description: 'How long the client waits before it tries again.' },
    ),
    honourRetryAfter: Flag({
      default: true,
      description: 'Whether the client waits at least as long as the refusal asks.',
    }),
  },
  { description: 'Whether and when clients try again after a failure; never when left out.' },
);

export type RetryRule = Static<typeof retriesSchema>;

/** A client that does not retry. */
export const GIVES_UP = -1;

/**
 * How long the client waits before its next attempt [s], or `GIVES_UP`.
 * `attempts` have been made; `retryAfter` is what the refusal asked for [s], ∞ when trying again can never help.
 * Uses two draws of `source` whatever it answers.
 */
export function retryDelay(
  rule: RetryRule,
  attempts: number,
  retryAfter: number,
  source: UniformSource,
): number {
  const persists = source.next() < rule.persistence;
  const spread = source.next();
  if (!persists || attempts >= rule.maxAttempts) return GIVES_UP;
  const { base, factor, cap, jitter } = rule.backoff;
  const longest = Math.min(cap, base * factor ** (attempts - 1));
  const backoff = jittered(jitter, longest, spread);
  if (!rule.honourRetryAfter) return backoff;
  return retryAfter === Infinity ? GIVES_UP : Math.max(backoff, retryAfter);
}

function jittered(jitter: RetryRule['backoff']['jitter'], wait: number, spread: number): number {
  switch (jitter) {
    case 'none':
      return wait;
    case 'full':
      return spread * wait;
    case 'exponential':
      return -wait * Math.log(1 - spread);
  }
}
