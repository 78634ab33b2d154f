/** The shape of the kinds of service a pool can choose. */
import type { Accelerator } from '../catalog/accelerator.ts';
import type { Model } from '../catalog/model.ts';
import type { DistributionEnvironment, CounterStream } from '../stats/index.ts';
import { strategiesOf } from '../input/strategy.ts';
import type { PromptTree } from '../workload/prompt-tree.ts';
import type { Service } from './replica.ts';

export interface ServiceEnvironment extends DistributionEnvironment {
  readonly model: Model | null;
  readonly accelerator: Accelerator | null;
  readonly gpusPerReplica: number;
  /** Draws of the pool that belong to a request, by tier: positioned by its ordinal, never by order of use. */
  readonly draws: readonly CounterStream[];
  /** The tiers, with their weights where requests share servers. */
  readonly tiers: readonly { readonly name: string; readonly weight?: number }[];
  /** Common prefixes of all prompts; unknown when left out. */
  readonly prompts?: PromptTree;
}

export const serviceStrategy = strategiesOf<ServiceEnvironment, Service>();
