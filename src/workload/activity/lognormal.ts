/** Activities drawn once from a lognormal distribution. */
import { Positive } from '../../input/schema.ts';
import { durationDistributions } from '../../stats/index.ts';
import { activityStrategy, WeightedChoice } from './tenant-activity.ts';

export const lognormal = activityStrategy({
  kind: 'lognormal',
  summary: 'Each tenant’s share is proportional to a lognormal draw, made once a replication.',
  parameters: { cv: Positive({ description: 'Standard deviation ÷ mean of the tenants’ activities.' }) },
  example: { kind: 'lognormal', cv: 2 },
  declares: { file: null, isEven: false },
  create: ({ cv }, { tenants, weights }) => {
    const distribution = durationDistributions.create(
      { kind: 'lognormal', mean: 1, cv },
      { quantileTable: () => null },
    );
    return new WeightedChoice(() => new Float64Array(tenants).map(() => distribution.sample(weights)));
  },
});
