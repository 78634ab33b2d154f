import { defineConfig } from 'vitest/config';

/** At full precision a test takes minutes on a quiet machine: what it says must not be lost to a clock. */
const LONGEST = process.env['FLEETYIELD_PRECISION'] === 'full' ? 7_200_000 : 120_000;

export default defineConfig({
  test: {
    globalSetup: ['tests/helpers/build.ts'],
    include: ['tests/**/*.test.ts'],
    reporters: ['default', './tests/helpers/count-reporter.ts'],
    testTimeout: LONGEST,
    hookTimeout: LONGEST,
    pool: 'threads',
    maxWorkers: 2,
  },
});
