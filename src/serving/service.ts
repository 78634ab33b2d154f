/** The shape of the kinds of service a pool can choose. */
import type { Accelerator } from '../catalog/accelerator.ts';
import type { Model } from '../catalog/model.ts';
import type { DistributionEnvironment, CounterStream } from '../stats/index.ts';
import { strategiesOf } from '../strategy.ts';
import type { PromptTree } from '../workload/prompt-tree.ts';
import type { Service } from './replica.ts';

export interface ServiceEnvironment extends DistributionEnvironment {
  readonly model: Model | null;
  readonly accelerator: Accelerator | null;
  readonly gpusPerReplica: number;
  /** Draws of the pool that belong to a request, by tier: positioned by its ordinal, never by order of asking. */
  readonly draws: readonly CounterStream[];
  /** The tiers; where requests share servers, those of one get so much in proportion. */
  readonly tiers: readonly { readonly name: string; readonly weight?: number }[];
  /** What is known of how the prompts of all requests begin alike; nothing when left out. */
  readonly prompts?: PromptTree;
}

export const serviceStrategy = strategiesOf<ServiceEnvironment, Service>();
