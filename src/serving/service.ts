/** The shape of the kinds of service a pool can choose. */
import type { Accelerator } from '../catalog/accelerator.ts';
import type { Model } from '../catalog/model.ts';
import type { Precision } from '../catalog/precision.ts';
import type { DistributionEnvironment, CounterStream } from '../stats/index.ts';
import { declaringStrategiesOf } from '../input/strategy.ts';
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

/** Preemption that a service is set to, which does nothing where the discipline ranks no request above another. */
export interface PreemptionSetting {
  readonly key: string;
  readonly value: string | boolean;
  /** Whether that it does nothing is a fault, or only worth a note. */
  readonly without: 'fault' | 'note';
}

export interface ServiceDeclarations {
  /** `null` where it does not pre-empt for importance. */
  readonly preemption: PreemptionSetting | null;
  /** The key that lets one replica serve any number of requests at once; `null` where the number is bounded. */
  readonly unboundedBy: string | null;
  /** Whether a request that a failure interrupts can keep its progress. */
  readonly canResume: boolean;
  /** The precision in which it holds its model; `{}` for that of the catalogue. */
  readonly precision: Precision;
}

export const serviceStrategy = declaringStrategiesOf<ServiceEnvironment, Service, ServiceDeclarations>();
