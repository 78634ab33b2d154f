import { configDefaults, defineConfig } from 'vitest/config';

/** At full precision a test takes minutes on a quiet machine: what it says must not be lost to a clock. */
const LONGEST = process.env['FLEETYIELD_PRECISION'] === 'full' ? 7_200_000 : 120_000;

/**
 * What takes long: statistics against known answers, studies, processes that are killed, every block of the documentation.
 * `npm run check` leaves them out, `npm run check:full` runs all.
 */
const LONG = [
  'tests/oracles/**',
  'tests/studies/**',
  'tests/e2e/**',
  'tests/reference/**',
  'tests/fitting/**',
  'tests/calibration/calibrate.test.ts',
  'tests/campaigns/**',
  'tests/configs/shipped-scenarios.test.ts',
  'tests/validation/**',
  'tests/contract/**',
  'tests/build.test.ts',
  'tests/plugins/families.test.ts',
  'tests/store/kept-sums.test.ts',
  'tests/api/{campaigns,end-to-end,fuzz,cancelled,downloads,results,unavailable,access,ending,hostile}.test.ts',
  'tests/cli/{calibrate,docs,list,money,old-store,terminal,plugins,scaling,report,run,results,long-run,subscribers,sweep,sensitivity}.test.ts',
  'tests/scenario/{broken,linear-reading}.test.ts',
  'tests/batch/**',
  'tests/library/shipped-input.test.ts',
  'tests/examples.test.ts',
  'tests/library/exported-types.test.ts',
];

export default defineConfig({
  test: {
    globalSetup: ['tests/helpers/build.ts'],
    reporters: ['default', './tests/helpers/count-reporter.ts'],
    testTimeout: LONGEST,
    hookTimeout: LONGEST,
    pool: 'threads',
    maxWorkers: 2,
    // Modules are read once a worker instead of once a file: 29 s of imports instead of 182 s. No test may leave state in one.
    isolate: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'quick',
          include: ['tests/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...LONG],
        },
      },
      {
        extends: true,
        test: { name: 'long', include: LONG.map((path) => path.replace(/\*\*$/, '**/*.test.ts')) },
      },
    ],
  },
});
