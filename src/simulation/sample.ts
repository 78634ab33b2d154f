/** A sample: what is kept of many values of one quantity: moments and quantiles. */
import { Moments, QuantileSketch } from '../stats/index.ts';

export class Sample {
  readonly moments = new Moments();
  readonly sketch = new QuantileSketch();

  add(value: number, weight = 1): void {
    this.moments.add(value, weight);
    this.sketch.add(value, weight);
  }

  /** Adds `weight` of each of so many values, the first and each an increment of zero or more above the one before. */
  addProgression(first: number, increment: number, values: number, weight: number): void {
    this.moments.addProgression(first, increment, values, weight);
    this.sketch.addProgression(first, increment, values, weight);
  }
}
