/** The linear terms of every step-time model with user-supplied coefficients (docs/model.md). */
import { Duration } from '../../input/schema.ts';

export const linearTerms = {
  perSequence: Duration({ description: 'Time per sequence scheduled.', default: '0s' }),
  perKvToken: Duration({
    description: 'Time per KV token resident at the start of the step.',
    default: '0s',
  }),
  perPrefillContext: Duration({
    description: 'Time per unit of prefill context: chunk x (tokens before it + chunk / 2).',
    default: '0s',
  }),
};
