/** A store that version 0.1 wrote, under the commands of today: brought forward with a copy kept, or refused. */
import { chmodSync, copyFileSync, existsSync, readdirSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResultDocument } from '../../src/batch/result-document.ts';
import { endAll, fleetyield, Folder, type Outcome } from '../helpers/command.ts';
import { namesIn, turnIntoForm4 } from '../helpers/old-store.ts';
import { serve } from '../helpers/server.ts';

const SCENARIO = `
fleetyield: 1
name: old # a comment, which stays
horizon: { warmUp: 0s, duration: 20min }
workload:
  tiers:
    - name: all
      model: any
      arrivals: { kind: poisson, ratePerSecond: 0.5 }
      patience:
        kind: mixture
        of:
          - { weight: 1, distribution: { kind: constant, value: 60s } }
          - weight: 2
            distribution: { kind: truncated, max: 60s, "distribution": { kind: exponential, mean: 20s } }
      revenue: { kind: per-outcome, usdPerOutcome: 1, of: request, successRate: 1 }
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: exponential, mean: 1.5s } } }] }
economics: { gpuHour: { kind: rented, usdPerGpuHour: 2 } }
`;

const PRICES =
  'tiers: [{ name: all, revenue: { kind: per-outcome, usdPerOutcome: 3, of: request, successRate: 1 } }]\n';

const folder = new Folder({ 'old.yaml': SCENARIO, 'dearer.yaml': PRICES });
const here = { cwd: folder.path };
const documentOf = ({ stdout }: Outcome) => JSON.parse(stdout) as ResultDocument;
const show = (store: string) => fleetyield(['results', 'show', 'old', '--json', '--store', store], here);

let today: ResultDocument;

beforeAll(async () => {
  const run = ['run', 'old.yaml', '--replications', '3', '--quiet', '--store', 'first.sqlite'];
  expect(await fleetyield(run, here)).toMatchObject({ code: 0 });
  const server = await serve(folder.path, ['--store', 'first.sqlite']);
  const stored = await server.client.POST('/v1/scenarios', { body: { text: SCENARIO, overrides: [] } });
  expect(stored.response.status).toBe(201);
  await server.end();
  today = documentOf(await show('first.sqlite'));
  turnIntoForm4(folder.of('first.sqlite'));
});
afterAll(() => {
  endAll();
  folder.remove();
});

/** The old store under another name. */
function oldStore(name: string): string {
  copyFileSync(folder.of('first.sqlite'), folder.of(name));
  return name;
}

function expectBroughtForward(name: string, notices: string): void {
  expect(notices).toContain(`${name} was brought forward from form 4 to 6; as it was, it is ${name}.form4\n`);
  const { form, names } = namesIn(folder.of(`${name}.form4`));
  expect(form).toBe(4);
  expect(names).toContain('line.length');
  expect(namesIn(folder.of(name)).form).toBe(6);
  expect(namesIn(folder.of(name)).names).not.toMatch(/\blaw\b|line\.length|system\.length/);
}

describe('a store of version 0.1', () => {
  it('has the names of then: keys, and metrics', () => {
    const { names } = namesIn(folder.of('first.sqlite'));
    expect(names).toContain('law: { kind: truncated, max: 60s, "law": { kind: exponential');
    expect(names).toContain('system.length');
  });

  it('is brought forward by what reads it, and says the same in the names of today', async () => {
    const name = oldStore('shown.sqlite');
    const shown = await show(name);
    expect(documentOf(shown)).toEqual(today);
    expectBroughtForward(name, shown.stderr);
    expect((await show(name)).stderr).toBe('');
    expect(existsSync(folder.of(`${name}.form4.2`))).toBe(false);
  });

  it('is reported and repriced: three times the price is three times the revenue', async () => {
    const name = oldStore('priced.sqlite');
    const page = await fleetyield(['report', 'old', '--store', name], here);
    expect(page).toMatchObject({ code: 0 });
    expectBroughtForward(name, page.stderr);
    const repriced = await fleetyield(
      ['reprice', 'old', '--prices', 'dearer.yaml', '--json', '--store', name],
      here,
    );
    expect(repriced).toMatchObject({ code: 0 });
    const revenueOf = ({ estimates }: Pick<ResultDocument, 'estimates'>) =>
      estimates.find(({ scope, metric }) => scope === 'total' && metric === 'revenue')!.mean!;
    expect(revenueOf(documentOf(repriced))).toBeCloseTo(3 * revenueOf(today), 9);
  });

  it('is served: its scenario is as it would be written today, to the comment, and runs', async () => {
    const name = oldStore('served.sqlite');
    const server = await serve(folder.path, ['--store', name]);
    expectBroughtForward(name, server.running.written.stderr);
    const { data } = await server.client.GET('/v1/scenarios/{name}', { params: { path: { name: 'old' } } });
    expect(data!.text).toBe(SCENARIO);
    const begun = await server.client.POST('/v1/batches', {
      body: { scenario: { kind: 'stored', name: 'old' }, replications: 1, seed: 'another' },
    });
    expect(begun.response.status).toBe(202);
    await server.end();
  });

  it('is refused with the way out where it may not be written, and left as it is', async () => {
    const locked = new Folder({ 'old.yaml': SCENARIO });
    copyFileSync(folder.of('first.sqlite'), locked.of('old.sqlite'));
    const before = statSync(locked.of('old.sqlite')).mtimeMs;
    chmodSync(locked.of('old.sqlite'), 0o444);
    chmodSync(locked.path, 0o777);
    const isRoot = process.getuid?.() === 0;
    const shown = await fleetyield(['results', 'show', 'old', '--store', 'old.sqlite'], {
      cwd: locked.path,
      ...(isRoot ? { uid: 65_534 } : {}),
    });
    expect(shown.code).toBe(4);
    expect(shown.stderr).toContain(
      'old.sqlite is of an older form (4, now 6) and cannot be brought forward where it is; copy it to a folder that may be written and name it with --store.',
    );
    expect(statSync(locked.of('old.sqlite')).mtimeMs).toBe(before);
    expect(readdirSync(locked.path).filter((file) => file.includes('.form'))).toEqual([]);
    locked.remove();
  });
});
