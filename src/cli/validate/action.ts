/** `validate`: checks scenario files without running them. */
import { loadAll } from '../../campaigns/load-all.ts';
import { readCatalog } from '../../files/catalog-files.ts';
import { loadPlugins } from '../../files/plugin-files.ts';
import { loadScenario } from '../../files/scenario-files.ts';
import { scenarioPath } from '../../files/shipped-scenarios.ts';
import { inputFiles, printNotes } from '../shared/input.ts';
import { printLine } from '../shared/terminal.ts';
import type { ValidateOptions } from './command.ts';

/** Returns exit code 0; throws `InputError` with every fault of every file. */
export async function validate(files: readonly string[], options: ValidateOptions): Promise<number> {
  const plugins = await loadPlugins(options.plugin);
  const catalog = readCatalog();
  const read = inputFiles();
  const scenarios = loadAll(
    files.map(
      (file) => () =>
        loadScenario({ path: scenarioPath(file), overrides: options.set, files: read, plugins }, catalog),
    ),
  );
  scenarios.forEach(printNotes);
  scenarios.forEach(({ name, hash, cell }, index) => {
    const gpus = cell.pools.reduce((sum, { replicas, gpusPerReplica }) => sum + replicas * gpusPerReplica, 0);
    const contents = [
      counted(cell.tiers.length, 'tier'),
      counted(cell.pools.length, 'pool'),
      `${counted(gpus, 'GPU')} in the cell`,
      `scenario ${hash.slice(0, 12)}`,
    ];
    printLine(`${files[index]!}: OK (${name}, ${contents.join(', ')})`);
  });
  return 0;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
