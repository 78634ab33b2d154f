/**
 * Engine presets: a pool whose `serving` names one takes missing settings from it. This happens before the scenario
 * is checked against its schema, because that fills in defaults.
 */
import type { Catalog } from '../catalog/catalog.ts';
import { FaultList } from '../input/fault-list.ts';
import { valueAt } from '../input/path.ts';
import type { SourceDocument } from '../input/source-document.ts';
import { alternatives } from '../input/suggest.ts';

/** Fills in the settings. Throws `InputError` for engines that the catalogue does not have. */
export function fillEngines(document: SourceDocument, catalog: Catalog): void {
  const faults = new FaultList(document);
  const pools = document.valueAt(['fleet', 'pools']);
  if (!Array.isArray(pools)) return;
  pools.forEach((pool: unknown, index) => {
    const path = ['fleet', 'pools', index, 'serving'];
    const preset = valueAt(pool, ['serving', 'preset']);
    // Any other value is reported by the schema.
    if (typeof preset !== 'string' || valueAt(pool, ['serving', 'kind']) !== 'continuous-batching') return;
    const engine = catalog.engine(preset);
    if (engine === null) {
      const known = alternatives(preset, catalog.names('engine'));
      faults.add([...path, 'preset'], `the catalogue has no engine "${preset}"; ${known}`, 'unknown-name');
    } else document.fill(path, engine.settings);
  });
  faults.throwIfAny();
}
