/** The kinds of service a pool can choose. */
import { Family } from '../input/strategy.ts';
import { continuousBatching } from './continuous-batching.ts';
import { slots } from './slots.ts';

export const services = new Family('serving', 'How the replicas of a pool serve requests.', [
  continuousBatching,
  slots,
]);

export { GatedReplica } from './gated-replica.ts';
export { ReplicaMeter } from './replica-meter.ts';
export {
  fitsInPhase,
  PHASES,
  type Queue,
  type Phase,
  type Release,
  type Replica,
  type Schedule,
  type Service,
  type ServiceObserver,
} from './replica.ts';
export type { ServiceEnvironment } from './service.ts';
