/** The page of invariants: each is held by a test that exists, and each check of the audit has its invariant. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const textOf = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const sections = textOf('docs/invariants.md').split(/^## /m).slice(1);
const named = (pattern: RegExp) => sections.flatMap((section) => [...section.matchAll(pattern)]);

/** The names of the checks in the code that audits. */
const checks = ['src/simulation/audit.ts', 'src/economics/audit.ts']
  .flatMap((path) => [
    ...textOf(path).matchAll(/\b(?:check|equal)\(\s*(?:'([^']+)'|"([^"]+)"|`([^`$]+): \$)/g),
  ])
  .map(([, one, two, three]) => one ?? two ?? three);

describe('the invariants', () => {
  it('are numbered from 1 on, and each has a test', () => {
    expect(sections.map((section) => /^INV-(\d+): /.exec(section)?.[1])).toEqual(
      sections.map((_, index) => String(index + 1)),
    );
    for (const section of sections) expect(section).toMatch(/^- test: /m);
  });

  it('name tests that exist', () => {
    const tests = named(/^- test: `([^`]+)` "(.+)"$/gm);
    expect(tests.length).toBeGreaterThan(sections.length);
    for (const [, path, name] of tests) expect(textOf(path!), `${path!}: ${name!}`).toContain(name!);
  });

  it('name places that exist', () => {
    const places = named(/`((?:src|tests)\/[^`]+)`/g).map(([, path]) => path!);
    expect(places.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('include every check of the audit, once', () => {
    expect(checks.length).toBeGreaterThan(10);
    expect(
      named(/^- audit: "(.+)"$/gm)
        .map(([, name]) => name)
        .toSorted(),
    ).toEqual(checks.toSorted());
  });

  it('are those that the map of the code refers to', () => {
    const numbers = [...textOf('src/README.md').matchAll(/INV-(\d+)/g)].map(([, number]) => Number(number));
    expect([...new Set(numbers)].toSorted((a, b) => a - b)).toEqual(sections.map((_, index) => index + 1));
  });
});
