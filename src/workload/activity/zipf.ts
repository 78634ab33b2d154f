/** A few tenants send most: Zipf's law. */
import { Positive } from '../../input/schema.ts';
import { activityStrategy, WeightedChoice } from './tenant-activity.ts';

export const zipf = activityStrategy({
  kind: 'zipf',
  summary: 'The k-th most active tenant sends a share proportional to k to the power of −exponent.',
  parameters: { exponent: Positive({ description: 'How unequal: 0.5 mildly, 1.1 strongly.' }) },
  example: { kind: 'zipf', exponent: 1.1 },
  declares: { file: null, isEven: false },
  create: ({ exponent }, { tenants }) => choiceAmong(tenants, exponent),
});

/** Choices made before: nothing in them is drawn, so that the replications of a batch share them. */
const made = new Map<string, WeightedChoice>();
const MOST_MADE = 8;

function choiceAmong(tenants: number, exponent: number): WeightedChoice {
  const key = `${tenants}/${exponent}`;
  let choice = made.get(key);
  if (choice === undefined) {
    if (made.size === MOST_MADE) made.clear();
    choice = new WeightedChoice(() => new Float64Array(tenants).map((_, rank) => (rank + 1) ** -exponent));
    made.set(key, choice);
  }
  return choice;
}
