/** A sample: what is kept of many values of one quantity: moments and quantiles. */
import { Moments, QuantileSketch } from '../stats/index.ts';

export class Sample {
  readonly moments = new Moments();
  readonly sketch = new QuantileSketch();

  add(value: number, weight = 1): void {
    this.moments.add(value, weight);
    this.sketch.add(value, weight);
  }
}
