/** Statistics: randomness in, estimates out. Table of contents of the folder; nothing here knows of requests. */

// Uniform numbers: from (seed, replication, name) to independent streams.
export { Streams, type UniformSource } from './random.ts';
export { CounterStream } from './counter-stream.ts';
export { GaussianPair } from './gaussian-pair.ts';

// Distributions that a scenario may choose.
export * from './distributions/index.ts';

// Collecting: values one at a time, paths over time, quantiles in bounded memory.
export { CompensatedSum, sumOf } from './compensated-sum.ts';
export { Moments } from './moments.ts';
export { TimeAverage } from './time-average.ts';
export { quantileOfSorted } from './quantiles.ts';
export { QuantileSketch, type QuantileSketchState } from './quantile-sketch.ts';
export { WeightSteps } from './weight-steps.ts';

// Estimating: intervals over replications.
export {
  deltaRatioInterval,
  meanInterval,
  ratioInterval,
  ratioPseudoValues,
  sectioningInterval,
  tQuantile,
  tTails,
  type Interval,
} from './intervals.ts';
export {
  clopperPearsonLimits,
  fiellerLimits,
  quantileLimits,
  quantileRanks,
  trialsToCertify,
  wilsonLimits,
  type Limits,
  type QuantileRanks,
} from './limits.ts';
export {
  controlledMean,
  pairedDifference,
  welchDifference,
  type ControlledMean,
  type PairedDifference,
} from './comparison.ts';
export { quantileContributions, type UpTo } from './quantile-interval.ts';
export { holmAdjusted } from './holm.ts';
export { jackknifeInterval, meanWithout } from './jackknife.ts';

// Estimating from one long run.
export { batchMeans, mser5, overlappingBatchMeans, type BatchMeans, type WarmUp } from './one-run.ts';

// Closed forms of queueing theory, and chains.
export {
  erlangB,
  erlangC,
  mg1,
  mm1,
  mmc,
  mmck,
  waitQuantile,
  waitTail,
  type BoundedQueueMeans,
  type QueueMeans,
} from './queueing.ts';

export { stationaryDistribution } from './markov.ts';

// What a replication contributes to an estimate.
export type { Measurement, Observation } from './observation.ts';
