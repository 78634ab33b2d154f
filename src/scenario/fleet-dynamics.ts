/**
 * The part of a scenario that makes its fleet change: failures, maintenance, GPUs that move between pools and GPUs that
 * train. Here are its keys, what they mean together, and how they become plans of the cell.
 */
import { Type, type Static } from 'typebox';
import type { FaultList } from '../input/fault-list.ts';
import { triggers } from '../gateway/degradation/index.ts';
import { Count, Duration, Fields, Flag, List, OneOf, WholeNumber, Window } from '../input/schema.ts';
import type { ChoiceOf } from '../input/strategy.ts';
import { services } from '../serving/index.ts';
import type { Cell } from '../simulation/cell.ts';
import { failureDistributions } from '../simulation/dynamics/failures.ts';
import { TREATMENTS, type PoolDynamics, type ReallocationPlan } from '../simulation/dynamics/plan.ts';
import { durationDistribution, sumOf, type DistributionEnvironment } from '../stats/index.ts';
import { nearestCounts, shareOf } from '../units.ts';
import { alternatives } from '../input/suggest.ts';

const duration = (description: string) => durationDistribution({ description });

/** Keys of a pool. */
export const poolDynamicsProperties = {
  failures: Type.Optional(
    Fields(
      {
        mtbf: duration('Time in service to the next failure of a replica, or of a group of them.'),
        mttr: duration('Time that a crew needs to repair it.'),
        crews: Type.Optional(
          Count({
            description:
              'Repairs at the same time, first come, first served; any number when left out. They are the cell’s own and not scaled by cell.share.',
            examples: [2],
          }),
        ),
        while: OneOf(['always', 'busy'] as const, {
          default: 'always',
          description:
            'Whether time to failure counts down whenever a replica is in service, or only while it serves requests.',
        }),
        onFailure: OneOf(TREATMENTS, {
          default: 'retry',
          description:
            'What happens to requests in service: back to its queue to be redone (retry), the attempt fails (fail), or back to its queue keeping its progress (resume, slots only).',
        }),
        group: Count({ default: 1, description: 'Replicas that fail together, such as those of a rack.' }),
      },
      { description: 'How replicas fail and are repaired.' },
    ),
  ),
  maintenance: List(
    Fields({
      windows: Type.Array(
        Window({ description: 'Days and times, such as Tue 02:00-04:00; 22:00-06:00 ends on the next day.' }),
        {
          minItems: 1,
          description: 'When replicas are out of service.',
          examples: [['Tue 02:00-04:00']],
        },
      ),
      replicas: Count({
        description: 'Replicas of the provider that each window takes, in turn.',
        examples: [2],
      }),
      drain: Flag({
        default: true,
        description:
          'Whether they finish what they serve; otherwise it goes back to its queue at once, as when a rack is lost.',
      }),
    }),
    { default: [], description: 'Windows in which replicas are out of service.' },
  ),
  coldStart: Duration({
    default: '0s',
    description: 'Time from the end of a repair, of maintenance or of switching to service.',
  }),
};

/** Keys of the fleet beside its pools. */
export const fleetDynamicsProperties = {
  training: List(
    Fields({
      name: Type.String({
        pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$',
        description: 'A name of letters, digits, dots, dashes.',
        examples: ['pretraining'],
      }),
      gpus: WholeNumber({ default: 0, description: 'GPUs of the provider that train from the start.' }),
      accelerator: Type.Optional(
        Type.String({ description: 'An accelerator of the catalogue.', examples: ['h100-sxm'] }),
      ),
    }),
    { default: [], description: 'GPUs that train: they cost money and serve no requests.' },
  ),
  reallocation: List(
    Fields({
      trigger: triggers.schema,
      from: Type.String({
        description: 'The pool, or training, that the GPUs belong to.',
        examples: ['h100'],
      }),
      to: Type.String({
        description: 'The pool, or training, that has them while the trigger is on.',
        examples: ['pretraining'],
      }),
      gpus: Count({ description: 'GPUs of the provider that move.', examples: [16] }),
      switching: Duration({ description: 'Time during which the GPUs serve neither.', examples: ['10min'] }),
      drain: Flag({
        default: true,
        description:
          'Whether replicas finish what they serve before they move; otherwise it goes back to its queue.',
      }),
    }),
    { default: [], description: 'GPUs that move between pools, or between serving and training.' },
  ),
};

/** The parts of a file's fleet that matter here. */
export interface DynamicFleet extends Static<ReturnType<typeof Fields<typeof fleetDynamicsProperties>>> {
  readonly pools: readonly (Static<ReturnType<typeof Fields<typeof poolDynamicsProperties>>> & {
    readonly name: string;
    readonly model: string;
    readonly accelerator?: string;
    readonly gpusPerReplica: number;
    readonly replicas: number;
    readonly serving: ChoiceOf<typeof services>;
  })[];
}

type Path = readonly (string | number)[];
/** A count of the provider scaled to the cell; adds a fault where that is not whole. */
export type OfCell = (count: number, path: Path) => number;

/** A pool or training, as far as GPUs move from it or to it: the provider's counts. */
interface Site {
  readonly name: string;
  readonly gpusPerReplica: number;
  readonly replicas: number;
  readonly model: string | null;
}

/** Checks that do not depend on the cell's share. */
export function checkDynamics(fleet: DynamicFleet, faults: FaultList): void {
  const { pools, training, reallocation } = fleet;
  pools.forEach(({ failures, maintenance, coldStart, replicas, serving, name }, index) => {
    const path = ['fleet', 'pools', index];
    if (failures?.onFailure === 'resume' && !services.declared(serving, 'canResume'))
      faults.add(
        [...path, 'failures', 'onFailure'],
        'is resume, but an engine loses its KV when the replica fails; use retry',
      );
    if (failures?.while === 'busy' && failures.group > 1)
      faults.add(
        [...path, 'failures', 'group'],
        'with while: busy each replica fails on its own; drop group, or set while: always',
      );
    maintenance.forEach((one, at) => {
      if (one.replicas > replicas)
        faults.add(
          [...path, 'maintenance', at, 'replicas'],
          `${one.replicas} of ${replicas} replicas; give at most ${replicas}`,
        );
    });
    const moves = reallocation.some(({ from, to }) => from === name || to === name);
    if (coldStart > 0 && failures === undefined && maintenance.length === 0 && !moves)
      faults.add(
        [...path, 'coldStart'],
        'has no effect while replicas stay in service; drop it, or add failures, maintenance or reallocation',
      );
  });
  const names = [...pools, ...training].map(({ name }) => name);
  training.forEach(({ name }, index) => {
    if (names.indexOf(name) < pools.length + index)
      faults.add(
        ['fleet', 'training', index, 'name'],
        `"${name}" is already the name of another pool; choose another name`,
      );
  });
  reallocation.forEach((rule, index) => {
    const path = ['fleet', 'reallocation', index];
    for (const end of ['from', 'to'] as const) {
      if (!names.includes(rule[end]))
        faults.add(
          [...path, end],
          `no pool is called "${rule[end]}"; ${alternatives(rule[end], names)}`,
          'unknown-name',
        );
    }
    if (rule.from === rule.to)
      faults.add([...path, 'to'], 'is the pool the GPUs come from; name another pool');
    if (
      triggers.declared(rule.trigger, 'follows') !== 'clock' &&
      training.some(({ name }) => name === rule.to)
    )
      faults.add(
        [...path, 'to'],
        `the load trigger ${rule.trigger.kind} never fires for training, which has no queue; move GPUs to a pool that serves, or use a clock trigger`,
      );
    const [from, to] = [rule.from, rule.to].map((end) =>
      [...pools, ...training].find(({ name }) => name === end),
    );
    if (from !== undefined && to !== undefined && from.accelerator !== to.accelerator)
      faults.add(
        [...path, 'to'],
        `has ${to.accelerator ?? 'no accelerator'}, but ${rule.from} has ${from.accelerator ?? 'none'}; move GPUs between pools of the same accelerator`,
      );
  });
}

/** Plans of the cell: for each pool and training in their order, and for what moves between them. */
export interface DynamicsPlan {
  readonly pools: readonly (PoolDynamics | null)[];
  readonly reallocation: readonly ReallocationPlan[];
}

/**
 * `models` are the names of the cell's models. Rules with unknown names are left out: they are faults already.
 */
export function compileDynamics(
  fleet: DynamicFleet,
  models: readonly string[],
  share: number,
  ofCell: OfCell,
  faults: FaultList,
): DynamicsPlan {
  const sites: Site[] = [
    ...fleet.pools.map(({ name, gpusPerReplica, replicas, model }) => ({
      name,
      gpusPerReplica,
      replicas,
      model,
    })),
    ...fleet.training.map(({ name, gpus }) => ({ name, gpusPerReplica: 1, replicas: gpus, model: null })),
  ];
  const gained = sites.map(() => 0);
  const reallocation = fleet.reallocation.flatMap((rule, index): ReallocationPlan[] => {
    const path = ['fleet', 'reallocation', index, 'gpus'];
    const [from, to] = [rule.from, rule.to].map((end) => sites.findIndex(({ name }) => name === end)) as [
      number,
      number,
    ];
    if (from < 0 || to < 0) return [];
    const gpusPerLot = leastCommonMultiple(sites[from]!.gpusPerReplica, sites[to]!.gpusPerReplica);
    const others = sumOf(
      fleet.reallocation
        .filter((other) => other !== rule && other.from === rule.from)
        .map(({ gpus }) => gpus),
    );
    const left = sites[from]!.replicas * sites[from]!.gpusPerReplica - others;
    const fault = immovable(rule.gpus, left, gpusPerLot, share, sites[from]!.name);
    if (fault !== null) faults.add(path, fault);
    const gpus = fault === null ? ofCell(rule.gpus, path) : gpusPerLot;
    gained[to]! += gpus / sites[to]!.gpusPerReplica;
    const { trigger, switching, drain } = rule;
    const watched = models.indexOf(sites[to]!.model ?? models[0]!);
    const lots = Math.floor(gpus / gpusPerLot);
    return [{ trigger, watched, from, to, lots, gpusPerLot, switching, drain }];
  });
  const pools = sites.map((site, index): PoolDynamics | null => {
    const pool = fleet.pools[index];
    const moves = fleet.reallocation.some(({ from, to }) => from === site.name || to === site.name);
    if (pool === undefined)
      return moves ? { failures: null, maintenance: [], coldStart: 0, mostReplicas: 0 } : null;
    const { failures, maintenance, coldStart } = pool;
    if (failures === undefined && maintenance.length === 0 && !moves) return null;
    const path = ['fleet', 'pools', index];
    return {
      failures: failures === undefined ? null : { ...failures, crews: failures.crews ?? null },
      maintenance: maintenance.map((one, at) => ({
        ...one,
        replicas: ofCell(one.replicas, [...path, 'maintenance', at, 'replicas']),
      })),
      coldStart,
      mostReplicas: ofCell(site.replicas, [...path, 'replicas']) + Math.floor(gained[index]!),
    };
  });
  return { pools, reallocation };
}

/**
 * What is wrong with moving a number of GPUs out of a pool with `left` to give, if they move in lots
 * of `gpusPerLot` in the cell, and the nearest numbers that work; `null` if nothing is wrong.
 */
function immovable(
  gpus: number,
  left: number,
  gpusPerLot: number,
  share: number,
  from: string,
): string | null {
  const inLots = (count: number) => {
    const { whole } = shareOf(count, share);
    return count <= left && whole !== null && whole % gpusPerLot === 0;
  };
  if (inLots(gpus)) return null;
  const nearest = nearestCounts(Math.min(gpus, left + 1), inLots);
  const remedy =
    nearest.length > 0 ? `write ${nearest.join(' or ')}` : 'drop the move, or give the pool more replicas';
  if (gpus > left)
    return `${gpus} GPUs cannot leave ${from}, which has ${Math.max(0, left)} to give; ${remedy}`;
  return `${gpus} GPUs × cell.share ${share} do not form whole replicas in both pools: they move in multiples of ${gpusPerLot} in the cell; ${remedy}`;
}

/** Builds the chosen strategies once, so that problems only they can find are reported before anything runs. */
export function tryDynamics(cell: Cell, environment: DistributionEnvironment, faults: FaultList): void {
  cell.pools.forEach(({ dynamics }, index) => {
    const failures = dynamics?.failures;
    if (failures)
      faults.attempt(['fleet', 'pools', index, 'failures'], () =>
        failureDistributions(failures, environment),
      );
  });
  cell.reallocation.forEach(({ trigger }, index) =>
    faults.attempt(['fleet', 'reallocation', index, 'trigger'], () =>
      triggers.create(trigger, { startOfWeek: cell.startOfWeek }),
    ),
  );
}

function leastCommonMultiple(a: number, b: number): number {
  let [larger, smaller] = [a, b];
  while (smaller > 0) [larger, smaller] = [smaller, larger % smaller];
  return (a / larger) * b;
}
