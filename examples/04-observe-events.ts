/**
 * Writes what happens to each request as lines of CSV. Concepts: one replication in this thread (`simulate`), observers,
 * the view of a request.
 *
 * node --import tsx examples/04-observe-events.ts > events.csv
 */
import { fileURLToPath } from 'node:url';
import { loadScenario, readCatalog, simulate, type RequestView } from 'fleetyield';

const path = fileURLToPath(new URL('../configs/scenarios/two-requests.yaml', import.meta.url));
const { cell } = loadScenario({ path, overrides: [] }, readCatalog());
const lines = ['event,time,request,tier,attempt,outputTokens'];
const write =
  (event: string) =>
  ({ id, tier, attempts, outputTokens }: RequestView, now: number): void => {
    lines.push([event, now, id, tier, attempts, outputTokens].join(','));
  };

const ledger = simulate(cell, '1', 0, {
  observe: {
    arrived: write('arrived'),
    refused: write('refused'),
    queued: write('queued'),
    admitted: write('admitted'),
    firstToken: write('firstToken'),
    preempted: write('preempted'),
    finished: write('finished'),
    closed: write('closed'),
  },
});

console.log(lines.join('\n'));
console.error(`${ledger.cohortTotal('served', null)} requests served`);
