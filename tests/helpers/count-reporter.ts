/** Prints `N passed, N failed` alone on the last line, from the runner's own report. */
import type { Reporter, TestModule } from 'vitest/node';

export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      // A file that cannot be read has no tests and must not look like a success.
      counts.failed += module.errors().length;
      for (const test of module.children.allTests()) counts[test.result().state] += 1;
    }
    const skipped = counts.skipped === 0 ? '' : `\n${counts.skipped} skipped`;
    process.stdout.write(`${skipped}\n${counts.passed} passed, ${counts.failed + counts.pending} failed\n`);
  }
}
