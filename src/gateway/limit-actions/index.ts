/** The actions on a request that exceeds a rate limit. */
import { Family } from '../../input/strategy.ts';
import { downgrade } from './downgrade.ts';
import { hold } from './hold.ts';
import { refuse } from './refuse.ts';

export const limitActions = new Family(
  'limit action',
  'What happens to a request that exceeds a rate limit.',
  [refuse, hold, downgrade],
);

export type { LimitAction } from './limit-action.ts';
