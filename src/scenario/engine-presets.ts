/**
 * Presets of engines: a pool whose `serving` names one takes from it what it leaves out. This happens before the scenario
 * is held against its schema, because afterwards what was left out has its defaults.
 */
import type { Catalog } from '../catalog/catalog.ts';
import { FaultList, valueAt, type SourceDocument } from '../document.ts';
import { alternatives } from '../validation.ts';

/** Fills in the settings. Throws `InputError` for engines that the catalogue does not have. */
export function fillEngines(document: SourceDocument, catalog: Catalog): void {
  const faults = new FaultList(document);
  const pools = document.valueAt(['fleet', 'pools']);
  if (!Array.isArray(pools)) return;
  pools.forEach((pool: unknown, index) => {
    const path = ['fleet', 'pools', index, 'serving'];
    const preset = valueAt(pool, ['serving', 'preset']);
    // Anything else that stands there is told by the schema.
    if (typeof preset !== 'string' || valueAt(pool, ['serving', 'kind']) !== 'continuous-batching') return;
    const engine = catalog.engine(preset);
    if (engine === null) {
      const known = alternatives(preset, catalog.names('engine'));
      faults.add([...path, 'preset'], `the catalogue has no engine "${preset}"; ${known}`);
    } else document.fill(path, engine.settings);
  });
  faults.throwIfAny();
}
