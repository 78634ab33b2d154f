/** The program as it is built: what is measured is what users run. Types are those of the source. */
const load = <Module>(path: string): Promise<Module> =>
  import(new URL(`../dist/${path}.js`, import.meta.url).href) as Promise<Module>;

export const { EventQueue } = await load<typeof import('../src/kernel/event-queue.ts')>('kernel/event-queue');
export const { disciplines, QueueLinks } =
  await load<typeof import('../src/gateway/disciplines/index.ts')>('gateway/disciplines/index');
export const { services } = await load<typeof import('../src/serving/index.ts')>('serving/index');
export const { RequestTable } =
  await load<typeof import('../src/workload/request-table.ts')>('workload/request-table');
export const { NO_SESSION } =
  await load<typeof import('../src/workload/traces/index.ts')>('workload/traces/index');
export const { Streams, tokenDistributions, wholeTokens } =
  await load<typeof import('../src/stats/index.ts')>('stats/index');
export const { onGrid } = await load<typeof import('../src/units.ts')>('units');
export const { estimate, readCatalog, readScenario, replicate, SourceDocument } =
  await load<typeof import('../src/index.ts')>('index');
