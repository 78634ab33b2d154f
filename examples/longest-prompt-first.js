/**
 * A plugin: a discipline and a metric. `03-own-discipline.ts` and `05-own-metric.ts` hand it in; a command takes it as
 * `--plugin examples/longest-prompt-first.js`.
 */
import { defineDiscipline, defineMetric, KeyedQueue, tierOf, value } from 'fleetyield/plugin';

export default [
  defineDiscipline({
    kind: 'longest-prompt-first',
    summary: 'The longest prompt first, then by arrival.',
    parameters: {},
    example: { kind: 'longest-prompt-first' },
    // The smallest key is served first.
    create: (_, environment) => new KeyedQueue(environment, (row) => -environment.declared.promptTokens[row]),
  }),
  defineMetric({
    name: 'attempts.perRequest',
    unit: 'attempts/request',
    summary: 'Attempts of a request, on average.',
    scopes: ['total', 'tier'],
    observe: (ledger, scope) => {
      const count = (counter) => ledger.cohortTotal(counter, tierOf(scope));
      return value(count('attempts') / count('arrived'));
    },
  }),
];
