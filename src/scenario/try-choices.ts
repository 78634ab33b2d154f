/** Every chosen strategy is built once, so that what only it can find is reported before anything runs. */
import type { FaultList } from '../input/fault-list.ts';
import { admissions } from '../gateway/admission/index.ts';
import { actions, promptsOf, triggers } from '../gateway/degradation/index.ts';
import { disciplines, QueueLinks } from '../gateway/disciplines/index.ts';
import { tryRule } from '../gateway/rate-limiter.ts';
import { services } from '../serving/index.ts';
import { actionEnvironmentOf, lookupsOf, requestSourceOf, type Cell } from '../simulation/cell.ts';
import { classesOf } from '../simulation/fleet.ts';
import { Streams } from '../stats/index.ts';
import { RequestTable } from '../workload/request-table.ts';
import type { PlacedRule } from './limit-presets.ts';
import { tryDynamics } from './fleet-dynamics.ts';
import type { ScenarioFile } from './schema.ts';

/** Builds every chosen strategy once, so that problems only it can find are reported before anything runs. */
export function tryChoices(
  file: ScenarioFile,
  rules: readonly PlacedRule[],
  cell: Cell,
  faults: FaultList,
): void {
  const streams = new Streams('trial', 0);
  cell.tiers.forEach(({ tenants }, index) => {
    const path = ['workload', 'tiers', index] as const;
    const source = faults.attempt(path, () => requestSourceOf(cell, index, streams));
    if (source !== null && source.recordedTenants > tenants) {
      faults.add(
        [...path, 'tenants'],
        `${tenants} tenants, but the trace names ${source.recordedTenants}; give at least that many`,
      );
    }
  });
  tryDynamics(cell, lookupsOf(cell), faults);
  cell.pools.forEach((pool, index) => {
    const { serving } = pool;
    if (serving === null) return;
    faults.attempt(['fleet', 'pools', index, 'serving'], () =>
      services.create(serving, {
        ...lookupsOf(cell),
        model: pool.catalogModel,
        accelerator: pool.accelerator,
        gpusPerReplica: pool.gpusPerReplica,
        draws: [],
        tiers: cell.tiers.map(({ rule }) => rule),
      }),
    );
  });
  const tierKeys = cell.tiers.map((tier) => ({ name: tier.rule.name, spend: tier.spend }));
  rules.forEach(({ rule, path }) => {
    faults.attempt(path, () =>
      tryRule(rule, tierKeys, {
        share: cell.share,
        startOfWeek: cell.startOfWeek,
        startDate: cell.startDate,
        model: (name) => cell.models.indexOf(name),
        modelNames: cell.models,
      }),
    );
  });
  faults.attempt(['gateway', 'admission'], () =>
    admissions.create(file.gateway.admission, {
      declared: new RequestTable().declared,
      tiers: cell.tiers.map(({ rule }) => rule.name),
      startOfWeek: cell.startOfWeek,
      worth: () => 0,
    }),
  );
  faults.attempt(['gateway', 'discipline'], () =>
    disciplines.create(file.gateway.discipline, {
      ...classesOf(cell),
      declared: new RequestTable().declared,
      links: new QueueLinks(),
      wasServed: () => false,
      now: () => 0,
      predictedWork: () => 0,
      worth: () => 0,
    }),
  );
  file.gateway.degradation.forEach((rule, index) => {
    const path = ['gateway', 'degradation', index];
    faults.attempt([...path, 'trigger'], () =>
      triggers.create(rule.trigger, { startOfWeek: cell.startOfWeek }),
    );
    faults.attempt([...path, 'action'], () => actions.create(rule.action, actionEnvironmentOf(cell)));
    faults.attempt(path, () => promptsOf(rule));
  });
}
