/** Every shipped strategy of the families that plugins add to, as a plugin: behind the checks it has the same numbers. */
import { describe, expect, it } from 'vitest';
import { replicate } from '../../src/experiments/replicate.ts';
import { readCatalog } from '../../src/files/catalog-files.ts';
import { admissions } from '../../src/gateway/admission/index.ts';
import { disciplines } from '../../src/gateway/disciplines/index.ts';
import { rateLimits } from '../../src/gateway/rate-limits/index.ts';
import { routings } from '../../src/gateway/routing/index.ts';
import { SourceDocument } from '../../src/input/source-document.ts';
import type { AnyStrategy } from '../../src/input/strategy.ts';
import { FAMILY, type PluginFamily } from '../../src/plugins/define.ts';
import { NO_PLUGINS, pluginsOf, type Plugins } from '../../src/plugins/plugins.ts';
import { readScenario } from '../../src/scenario/scenario.ts';

const catalog = readCatalog();

const numbersOf = (gateway: object, plugins: Plugins) => {
  const file = {
    fleetyield: 1,
    name: 'families',
    horizon: { duration: '300s' },
    workload: {
      tiers: ['free', 'paid'].map((name, priority) => ({
        name,
        model: 'any',
        tenants: 4,
        priority: 1 - priority,
        arrivals: { kind: 'poisson', ratePerSecond: 1 },
        lengths: { prompt: { kind: 'lognormal', mean: 500, cv: 1 }, output: { kind: 'constant', value: 10 } },
      })),
    },
    fleet: {
      pools: [
        {
          name: 'main',
          model: 'any',
          replicas: 2,
          serving: { kind: 'slots', concurrency: 1, serviceTime: { kind: 'exponential', mean: '1s' } },
        },
      ],
    },
    gateway,
  };
  const document = new SourceDocument(JSON.stringify(file), 'families.yaml');
  const trace = () => {
    throw new Error('there is no trace');
  };
  return replicate(readScenario(document, { catalog, trace, plugins }), 'families', 0, { byHour: false });
};

const FAMILIES: readonly (readonly [PluginFamily, readonly AnyStrategy[], (choice: object) => object])[] = [
  ['discipline', disciplines.strategies, (discipline) => ({ discipline })],
  ['admission', admissions.strategies, (admission) => ({ admission })],
  ['routing', routings.strategies, (routing) => ({ routing })],
  [
    'rate limit',
    rateLimits.strategies.filter(({ kind }) => kind !== 'concurrency'),
    (algorithm) => ({
      rateLimits: [{ scope: 'tier', resource: 'requests', algorithm, onExceed: { kind: 'refuse' } }],
    }),
  ],
];

describe.for(FAMILIES)('a %s', ([family, strategies, chosen]) => {
  it.for(strategies.map((one) => [one.kind, one] as const))(
    'that is a copy of %s has its numbers',
    ([kind, strategy]) => {
      const copy = `my-${kind}`;
      const defined = {
        ...strategy,
        kind: copy,
        example: { ...strategy.example, kind: copy },
        [FAMILY]: family,
      };
      const plugins = pluginsOf([{ file: 'copy.mjs', digest: '', exported: [defined] }]);
      const own = numbersOf(chosen({ ...strategy.example, kind: copy }), plugins);
      expect(own).toEqual(numbersOf(chosen(strategy.example), NO_PLUGINS));
    },
  );
});
