/** What the values of a scenario file mean together: names that must exist, phases, slots, priorities and the horizon. */
import type { FaultList } from '../input/fault-list.ts';
import type { SourceDocument } from '../input/source-document.ts';
import type { Fault } from '../errors.ts';
import { disciplines } from '../gateway/disciplines/index.ts';
import { routings } from '../gateway/routing/index.ts';
import { services } from '../serving/index.ts';
import type { ChoiceOf } from '../input/strategy.ts';
import type { Cell } from '../simulation/cell.ts';
import { costOfReplication, endless } from '../simulation/cost.ts';
import { onGrid, SECONDS_PER_DAY, SECONDS_PER_YEAR } from '../units.ts';
import { alternatives } from '../input/suggest.ts';
import type { ScenarioFile } from './schema.ts';
import { type Traces, recordedPriorities } from './named-files.ts';

/** Names that must be unique, and names that must exist. */
export function checkNames(file: ScenarioFile, faults: FaultList): void {
  const { tiers } = file.workload;
  const { pools } = file.fleet;
  const servedNames = new Set(pools.map(({ model }) => model));
  const served = [...servedNames];
  checkUnique(tiers, ['workload', 'tiers'], faults);
  checkUnique(pools, ['fleet', 'pools'], faults);
  const checkServed = (model: string | undefined, path: readonly (string | number)[]) => {
    if (model !== undefined && !servedNames.has(model))
      faults.add(
        [...path, 'model'],
        `no pool serves "${model}"; ${alternatives(model, served)}`,
        'unknown-name',
      );
  };
  tiers.forEach(({ model, features = [] }, index) => {
    const path = ['workload', 'tiers', index];
    checkServed(model, path);
    features.forEach((feature, at) => checkServed(feature.model, [...path, 'features', at]));
    checkUnique(features, [...path, 'features'], faults);
  });
  const tierNames = new Set(tiers.map(({ name }) => name));
  const checkTiers = (names: readonly string[] | undefined, path: readonly (string | number)[]) =>
    names?.forEach((name, at) => {
      if (!tierNames.has(name))
        faults.add(
          [...path, at],
          `no tier is called "${name}"; ${alternatives(name, [...tierNames])}`,
          'unknown-name',
        );
    });
  file.gateway.rateLimits.forEach((rule, index) =>
    checkTiers(rule.tiers, ['gateway', 'rateLimits', index, 'tiers']),
  );
  file.gateway.degradation.forEach((rule, index) =>
    checkTiers(rule.tiers, ['gateway', 'degradation', index, 'tiers']),
  );
  tiers.forEach(({ slo }, index) => {
    if (slo !== undefined && slo.ttft === undefined && slo.tpot === undefined && slo.e2e === undefined) {
      faults.add(
        ['workload', 'tiers', index, 'slo'],
        'the SLO has no target; give at least one of ttft, tpot, e2e',
      );
    }
  });
}

function checkUnique(
  items: readonly { readonly name: string }[],
  path: readonly (string | number)[],
  faults: FaultList,
): void {
  const firsts = new Map<string, number>();
  items.forEach(({ name }, index) => {
    const first = firsts.get(name);
    if (first === undefined) firsts.set(name, index);
    else
      faults.add(
        [...path, index, 'name'],
        `"${name}" is already the name of item ${first}; choose another name`,
      );
  });
}

/** A prefill pool needs a decode pool of its model and a link to it, and vice versa. */
export function checkPhases({ fleet: { pools } }: ScenarioFile, faults: FaultList): void {
  const phasesOf = new Map<string, Set<string>>();
  for (const { model, phase } of pools) phasesOf.set(model, (phasesOf.get(model) ?? new Set()).add(phase));
  pools.forEach(({ model, phase, link }, index) => {
    const path = ['fleet', 'pools', index];
    const phases = phasesOf.get(model)!;
    if (phase !== 'both' && phases.has('both')) {
      faults.add(
        [...path, 'phase'],
        `is ${phase}, but another pool of ${model} serves both phases; either all pools of a model serve both, or none`,
      );
    }
    const other = phase === 'prefill' ? 'decode' : 'prefill';
    if (phase !== 'both' && !phases.has('both') && !phases.has(other))
      faults.add([...path, 'phase'], `is ${phase}, but no pool of ${model} is for ${other}; add one`);
    if (phase === 'prefill' && link === undefined)
      faults.add(
        path,
        'link is missing: give the link over which KV is sent to the decode pool; { latency: 0s } for an instant transfer',
      );
    if (phase !== 'prefill' && link !== undefined)
      faults.add([...path, 'link'], 'only a prefill pool sends KV; drop link, or set phase: prefill');
  });
}

/** Slots may need a queue ordered by importance, and a router that sends to single replicas. */
export function checkSlots({ fleet: { pools }, gateway }: ScenarioFile, faults: FaultList): void {
  const replicasOf = new Map<string, number>();
  for (const { model, replicas } of pools) replicasOf.set(model, (replicasOf.get(model) ?? 0) + replicas);
  pools.forEach(({ serving, model }, index) => {
    const path = ['fleet', 'pools', index, 'serving'];
    const preemption = services.declared(serving, 'preemption');
    if (preemption?.without === 'fault' && disciplines.declared(gateway.discipline, 'ranks') !== 'all')
      faults.add(
        [...path, preemption.key],
        `is ${preemption.value}, but under ${gateway.discipline.kind} no request is more important than another; set gateway.discipline: { kind: strict-priority } or shortest-predicted`,
      );
    const unboundedBy = services.declared(serving, 'unboundedBy');
    if (unboundedBy !== null && replicasOf.get(model)! > 1 && isShared(gateway.routing))
      faults.add(
        [...path, unboundedBy],
        'processor sharing needs per-replica routing: with central, one replica would admit every request; set gateway.routing: { kind: least-loaded }',
      );
  });
}

/** Whether all replicas of a model have one queue. */
const isShared = (routing: ChoiceOf<typeof routings>): boolean =>
  routings.create(routing, null).queue === 'shared';

/**
 * Notes of engines that may preempt where the discipline ranks no request above another. Such a file runs, and runs as
 * without it: an engine preempts for requests that the discipline ranks as more important, or that are not deferrable.
 */
export function idlePreemption(
  { fleet: { pools }, gateway: { discipline }, workload: { tiers } }: ScenarioFile,
  document: SourceDocument,
): readonly Fault[] {
  if (
    disciplines.declared(discipline, 'ranks') !== 'none' ||
    tiers.some(({ deferrable }) => deferrable !== undefined)
  )
    return [];
  return pools.flatMap(({ serving }, index) => {
    const preemption = services.declared(serving, 'preemption');
    return preemption?.without !== 'note'
      ? []
      : [
          document.fault(
            ['fleet', 'pools', index, 'serving', preemption.key],
            `has no effect: under ${discipline.kind} no request is more important than another; for priorities to matter, set gateway.discipline: { kind: strict-priority }`,
          ),
        ];
  });
}

/** Deferrable work has no patience and yields to all other work. */
export function checkDeferrable(
  { workload: { tiers } }: ScenarioFile,
  traces: Traces,
  faults: FaultList,
): void {
  const others = tiers.filter(({ deferrable }) => deferrable === undefined);
  const last = others.reduce(
    (most, tier) => Math.max(most, tier.priority, ...recordedPriorities(tier, traces)),
    -1,
  );
  tiers.forEach(({ deferrable, patience, deadline, priority }, index) => {
    if (deferrable === undefined) return;
    const path = ['workload', 'tiers', index];
    const given = patience !== undefined ? 'patience' : deadline !== undefined ? 'deadline' : null;
    if (given !== null)
      faults.add(
        [...path, given],
        'conflicts with deferrable, whose window says how long a request waits; drop one',
      );
    if (priority <= last)
      faults.add(
        [...path, 'priority'],
        `${priority} is too high: deferrable tiers must have the lowest priority; write ${last + 1} or more`,
      );
  });
}

/** The longest horizon [s]: a hundred years. A longer one is more likely a mistake. */
const LONGEST_HORIZON = 100 * SECONDS_PER_YEAR;

/** The measured window of a run [s since its start]. */
export function windowOf({ warmUp, duration }: ScenarioFile['horizon']): Cell['window'] {
  return { from: onGrid(warmUp), to: onGrid(warmUp + duration) };
}

export function checkHorizon({ horizon }: ScenarioFile, faults: FaultList): void {
  for (const key of ['warmUp', 'duration'] as const) {
    if (horizon[key] > LONGEST_HORIZON)
      faults.add(
        ['horizon', key],
        `${horizon[key] / SECONDS_PER_DAY} days is too long; at most ${LONGEST_HORIZON / SECONDS_PER_DAY} days (${LONGEST_HORIZON / SECONDS_PER_YEAR} years)`,
      );
  }
  const { from, to } = windowOf(horizon);
  if (to <= from)
    faults.add(
      ['horizon', 'duration'],
      `${Number(horizon.duration.toPrecision(6))} s is less than a clock step after a warm-up of ${horizon.warmUp} s; use a longer duration or a shorter warm-up`,
    );
}

/** Reports a run that would never end, or fits no machine, before it starts. */
export function checkCost(cell: Cell, faults: FaultList): void {
  const found = endless(costOfReplication(cell));
  if (found !== null) faults.addAt([], found.path, found.message);
}
