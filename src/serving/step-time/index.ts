/** Step-time models, in the order in which `fleetyield list` shows them. */
import { Family } from '../../input/strategy.ts';
import { affine } from './affine.ts';
import { roofline } from './roofline.ts';
import { smoothRoofline } from './smooth-roofline.ts';
import { table } from './table.ts';

export type { AttentionParallelism, StepTime, StepTimeEnvironment, StepWork } from './step-time.ts';
export { speculationSchema, SpeculativeStepTime } from './speculation.ts';
export { ATTENTION_PARALLELISMS, emptyStepWork } from './step-time.ts';

export const stepTimes = new Family(
  'step-time model',
  'How long one step of a continuously batching engine takes.',
  [affine, smoothRoofline, roofline, table],
);
