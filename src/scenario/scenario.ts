/**
 * Scenarios: from a document to something that can be simulated and priced, with all problems reported at once. It
 * reads no files: the caller passes in the catalogue and the traces.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { FaultList } from '../input/fault-list.ts';
import type { SourceDocument } from '../input/source-document.ts';
import type { Fault } from '../errors.ts';
import type { PriceBook } from '../economics/price-book.ts';
import type { Cell } from '../simulation/cell.ts';
import { SchemaReader } from '../input/schema-reader.ts';
import { fillEngines } from './engine-presets.ts';
import { rulesOf } from './limit-presets.ts';
import { checkDynamics } from './fleet-dynamics.ts';
import { bindPlugins, extended, NO_PLUGINS, type Plugins } from '../plugins/plugins.ts';
import { compilePrices, type Priced } from './prices.ts';
import { scenarioReferences, scenarioSchema, type ScenarioFile } from './schema.ts';
import {
  checkNames,
  checkPhases,
  checkSlots,
  idlePreemption,
  checkDeferrable,
  checkHorizon,
  checkCost,
} from './cross-checks.ts';
import { type ScenarioSources, loadTraces, requirePlayed, checkTraces, loadWeights } from './named-files.ts';
import { compileCell, tenantsOf } from './compile-cell.ts';
import { tryChoices } from './try-choices.ts';
import { canonicalJson } from './canonical-json.ts';

export interface Scenario {
  readonly name: string;
  readonly description: string | null;
  /** JSON of everything that decides the result: the values, the catalogue's facts, the digests of the traces. */
  readonly resolved: string;
  /** SHA-256 of `resolved`. */
  readonly hash: string;
  readonly cell: Cell;
  readonly priceBook: PriceBook;
  /** Valid settings that may not be what was meant. */
  readonly notes: readonly Fault[];
  /** The user's own strategies and metrics, beside those that ship. */
  readonly plugins: Plugins;
}

type Reader = SchemaReader<typeof scenarioSchema>;

const readers = new WeakMap<Plugins, Reader>();

/** The reader of scenario files, compiled at first use. */
function readerFor(plugins: Plugins): Reader {
  let reader = readers.get(plugins);
  if (reader === undefined) {
    // With strategies of plugins it is another schema, which no build can prepare.
    const schema = plugins.strategies.size === 0 ? scenarioSchema : extended(scenarioSchema, plugins);
    reader = new SchemaReader(schema, scenarioReferences);
    readers.set(plugins, reader);
  }
  return reader;
}

/** The scenario a document describes. Throws `InputError` with every fault found. */
export function readScenario(document: SourceDocument, sources: ScenarioSources): Scenario {
  const { plugins = NO_PLUGINS } = sources;
  fillEngines(document, sources.catalog);
  const file = readerFor(plugins).read(document);
  bindPlugins(file, plugins);
  const faults = new FaultList(document);
  checkNames(file, faults);
  checkPhases(file, faults);
  checkSlots(file, faults);
  checkDynamics(file.fleet, faults);
  checkHorizon(file, faults);
  const traces = loadTraces(file, sources, faults);
  checkTraces(file, traces, faults);
  checkDeferrable(file, traces, faults);
  const notes = [...requirePlayed(file, traces, document, faults), ...idlePreemption(file, document)];
  const weights = loadWeights(file, sources, faults);
  const rules = rulesOf(file, sources.catalog, faults);
  const cell = compileCell(file, rules, sources.catalog, { traces, weights }, faults);
  faults.throwIfAny();
  tryChoices(file, rules, cell, faults);
  faults.throwIfAny();
  checkCost(cell, faults);
  const priceBook = compilePrices(pricedOf(file, cell), sources.catalog, faults);
  faults.throwIfAny();
  const resolved = resolve(file, cell, [...traces.values(), ...weights.values()]);
  return {
    name: file.name,
    description: file.description ?? null,
    resolved,
    hash: bytesToHex(sha256(utf8ToBytes(resolved))),
    cell,
    priceBook,
    notes,
    plugins,
  };
}

function pricedOf(file: ScenarioFile, cell: Cell): Priced {
  return {
    tiers: file.workload.tiers.map((tier, index) => ({
      ...tier,
      tenants: cell.tiers[index]!.tenants,
      isDeferrable: tier.deferrable !== undefined,
      hasSlo: tier.slo !== undefined,
      hasRuns: tier.session?.run !== undefined,
      path: ['workload', 'tiers', index],
    })),
    pools: cell.pools,
    share: cell.share,
    economics: file.economics ?? null,
  };
}

/** The content of a scenario: its values, with the facts that its names refer to. */
function resolve(file: ScenarioFile, cell: Cell, named: readonly { readonly digest: string }[]): string {
  const { name: _name, description: _description, ...decides } = file;
  const facts = {
    ...decides,
    // Defaults are written out.
    workload: {
      ...file.workload,
      tiers: file.workload.tiers.map((tier) => ({ ...tier, tenants: tenantsOf(tier) })),
    },
    gateway: cell.gateway,
    pools: cell.pools.map(({ catalogModel, accelerator }) => ({ catalogModel, accelerator })),
    traces: named.map(({ digest }) => digest),
  };
  return canonicalJson(facts);
}
