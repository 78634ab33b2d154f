/** Uniform sources: what a sampler draws from. Knows nothing of seeds, streams or generators. */

export interface UniformSource {
  /** The next number, uniform on [0, 1) with 53 random bits. Never 1; may be 0, so samplers take `log(1 - u)`. */
  next(): number;
}
