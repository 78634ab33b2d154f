/** What a waiting queue is built with, in tests that need a queue and no scenario. */
import { QueueLinks, type DisciplineEnvironment } from '../../src/gateway/disciplines/index.ts';
import type { RequestTable } from '../../src/workload/request-table.ts';

/** Nobody was served yet, it is 0 s, and nothing is known of work or worth, unless told. */
export const queueEnvironment = (
  { declared }: RequestTable,
  more: Partial<DisciplineEnvironment> = {},
): DisciplineEnvironment => ({
  declared,
  links: new QueueLinks(),
  classes: 4,
  tiers: [],
  wasServed: () => false,
  now: () => 0,
  predictedWork: () => 0,
  worth: () => 0,
  ...more,
});
