/**
 * One measurement in a process of its own: the scenario comes on standard input and the folder of the built program in the
 * first argument, for the program of another commit is measured alike. The answer goes to standard output as JSON.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

export interface Run {
  /** Processor time of the process in user mode, compiler and collector included, for one replication [s]. */
  readonly userSeconds: number;
  readonly requests: number;
  readonly attempts: number;
  readonly events: number;
}

const [, , program] = process.argv;
const { readCatalog, readScenario, replicate, SourceDocument } = (await import(
  pathToFileURL(`${program!}/index.js`).href
)) as typeof import('../src/index.ts');

const text = readFileSync(0, 'utf8');
const scenario = readScenario(new SourceDocument(text, 'scenario.yaml'), {
  catalog: readCatalog(),
  trace: (file) => {
    throw new Error(`the study names no trace, and ${file} was asked for`);
  },
});

/** The first run compiles and the second still does; the third is reported. */
const measured = (): Run => {
  const before = process.cpuUsage();
  const { measurements, events } = replicate(scenario, 'time', 0, { byHour: false });
  const { user } = process.cpuUsage(before);
  const count = (metric: string) => {
    const found = measurements.find((one) => one.metric === metric && one.scope === 'total')?.observation;
    if (found?.kind !== 'value' || found.value === null) throw new Error(`${metric} is gone`);
    return found.value;
  };
  return {
    userSeconds: user / 1e6,
    requests: count('requests.arrived'),
    attempts: count('attempts'),
    events,
  };
};
measured();
measured();
process.stdout.write(JSON.stringify(measured()));
