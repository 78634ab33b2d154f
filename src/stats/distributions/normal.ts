/**
 * The standard normal distribution: an ingredient of samplers, not a distribution to choose, since its values may be
 * negative.
 */
import type { UniformSource } from '../uniform-source.ts';

const TWO_PI = 2 * Math.PI;

/**
 * A standard normal value from two uniforms. The second value that they would give is not kept, so that a draw
 * depends on the source alone.
 *
 * Source: Box and Muller, "A note on the generation of random normal deviates", Ann. Math. Statist. 29 (1958).
 */
export function standardNormal(source: UniformSource): number {
  const radius = Math.sqrt(-2 * Math.log(1 - source.next()));
  return radius * Math.cos(TWO_PI * source.next());
}
