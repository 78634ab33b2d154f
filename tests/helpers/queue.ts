/** Scenarios of one pool of slots, for holding the engine against queueing theory. */

export interface QueueText {
  /** Lines of tiers, each a YAML flow mapping without its model. */
  readonly tiers: readonly string[];
  readonly slots: number;
  /** Replicas of so many slots each; 1 unless told. */
  readonly replicas?: number;
  /** A law, as a YAML flow mapping. */
  readonly service: string;
  /** More settings of the slots, beginning with a comma. */
  readonly serving?: string;
  /** How replicas fail, as a YAML flow mapping; not at all unless told. */
  readonly failures?: string;
  readonly warmUp: number;
  readonly duration: number;
  /** The gateway, as a YAML flow mapping. */
  readonly gateway?: string;
}

/** The scenario as YAML. Times are in seconds. */
export function queueText(queue: QueueText): string {
  const {
    tiers,
    slots,
    replicas = 1,
    service,
    serving = '',
    warmUp,
    duration,
    gateway = '{}',
    failures,
  } = queue;
  return `
fleetyield: 1
name: queue
horizon: { warmUp: ${warmUp}s, duration: ${duration}s }
workload:
  tiers:
${tiers.map((tier) => `    - { model: any, ${tier} }`).join('\n')}
fleet:
  pools:
    - { name: main, model: any, replicas: ${replicas}, serving: { kind: slots, concurrency: ${slots}, serviceTime: ${service}${serving} }${failures === undefined ? '' : `, failures: ${failures}`} }
gateway: ${gateway}
`;
}

/** A tier that sends Poisson arrivals. */
export const poissonTier = (ratePerSecond: number, more = '', name = 'all'): string =>
  `name: ${name}, arrivals: { kind: poisson, ratePerSecond: ${ratePerSecond} }${more === '' ? '' : `, ${more}`}`;

/** A queue of two slots that simulates in milliseconds, for the seconds given. */
export const smallQueue = (duration: number, name = 'queue'): string =>
  queueText({
    tiers: [poissonTier(1)],
    slots: 2,
    service: '{ kind: exponential, mean: 1s }',
    warmUp: 0,
    duration,
  }).replace('name: queue', `name: ${name}`);
