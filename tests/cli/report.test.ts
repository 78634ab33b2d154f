/** `report` as a process, on a store that `run` wrote; its page is opened as a browser would. */
import { readFileSync } from 'node:fs';
import { parseHTML } from 'linkedom';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResultDocument } from '../../src/batch/result-document.ts';
import { rewriteHourly } from '../helpers/old-store.ts';
import { fleetyield, Folder, type Outcome } from '../helpers/command.ts';

const NAME = '<script>alert("1")</script> & co';

/** Three and a half hours of two tiers, of which one is limited at times and the other is promised a time. */
const scenario = (name: string, replicas: number) => `
fleetyield: 1
name: ${JSON.stringify(name)}
description: "</style><img src=x onerror=alert(1)> over --- two tiers"
horizon: { start: Tue 09:30, warmUp: 10min, duration: 210min }
workload:
  tiers:
    - name: paid
      priority: 0
      model: any
      arrivals: { kind: poisson, ratePerSecond: 0.5 }
      lengths: { prompt: { kind: constant, value: 100 }, output: { kind: constant, value: 50 } }
      slo: { ttft: 2s, target: 0.95 }
      revenue: { kind: per-token, inputPerMillion: 10, outputPerMillion: 20 }
    - name: free-1
      priority: 1
      model: any
      tenants: 20
      arrivals: { kind: poisson, ratePerSecond: 0.6 }
      patience: { kind: exponential, mean: 20s }
fleet: { pools: [{ name: main, model: any, replicas: ${replicas}, serving: { kind: slots, concurrency: 1, serviceTime: { kind: exponential, mean: 1.7s } } }] }
gateway:
  discipline: { kind: strict-priority }
  rateLimits: [{ scope: tenant, tiers: [free-1], resource: requests, algorithm: { kind: token-bucket, perMinute: 2, burst: 2 } }]
economics: { gpuHour: { kind: rented, usdPerGpuHour: 2 } }
`;

const folder = new Folder({
  'two.yaml': scenario(NAME, 2),
  'three.yaml': scenario('three', 3),
  'a-file': '',
});
afterAll(() => folder.remove());

const here = { cwd: folder.path };
const REPLICATIONS = 4;
const run = (...args: string[]): Promise<Outcome> =>
  fleetyield(['run', '--quiet', '--threads', '1', '--replications', String(REPLICATIONS), ...args], here);
const reported = (...args: string[]): Promise<Outcome> => fleetyield(['report', ...args], here);
const read = (file: string) => readFileSync(folder.of(file), 'utf8');
const opened = (file: string) => parseHTML(read(file)).document;
const documentOf = async (name: string) =>
  JSON.parse((await fleetyield(['results', 'show', name, '--json'], here)).stdout) as ResultDocument;

beforeAll(async () => {
  expect(await run('two.yaml', 'three.yaml')).toMatchObject({ code: 0 });
  expect(await reported(NAME)).toEqual({ code: 0, stdout: '', stderr: 'wrote report.html\n' });
  await reported(NAME, 'three', '--out', 'both.html');
});

/** Elements that are never closed. */
const VOID = ['meta', '!doctype'];

/** What is wrong with the nesting of the elements of a page; bare < and & are too. */
function faultsOf(page: string): string[] {
  const faults: string[] = [];
  const within: string[] = [];
  const rest = page.replaceAll(
    /<(\/?)([a-zA-Z!][\w:-]*)((?:\s+[\w:-]+(?:="[^"<]*")?)*)\s*(\/?)>/g,
    (...match) => {
      const [, closing, name, , closed] = match as string[];
      if (closing === '/') {
        const open = within.pop();
        if (open !== name) faults.push(`</${name!}> closes <${open ?? 'nothing'}>`);
      } else if (closed === '' && !VOID.includes(name!)) within.push(name!);
      return '';
    },
  );
  if (within.length > 0) faults.push(`never closed: ${within.join(', ')}`);
  for (const [bare] of rest
    .replace(/:root [^]*?@page[^\n]*/, '')
    .matchAll(/<.{0,40}|&(?!(?:#?\w+);).{0,40}/g))
    faults.push(`bare ${bare}`);
  return faults;
}

/** A shown number in the unit of the store: `1.23 ms` is 0.00123, `$4.50 k` is 4,500. */
function parsed(shown: string): number {
  const units = { µs: 1e-6, ms: 1e-3, s: 1, '%': 0.01, k: 1e3, M: 1e6, B: 1e9 };
  const [, sign, digits, unit] = /^[<>]?(−?)\$?([\d.,]+)(?: (\S+))?$/.exec(shown)!;
  const factor = unit === undefined ? 1 : units[unit as keyof typeof units];
  return (sign === '' ? 1 : -1) * Number(digits!.replaceAll(',', '')) * factor;
}

describe('the page of one batch', () => {
  it('is well-formed and has what it needs in itself', () => {
    for (const file of ['report.html', 'both.html']) {
      const page = read(file);
      expect(faultsOf(page)).toEqual([]);
      expect(opened(file).querySelectorAll('[src], [href], [srcset], link, script, iframe').length).toBe(0);
      expect(page).not.toMatch(/url\(|@import/);
      expect(
        page.replaceAll('http://www.w3.org/2000/svg', '').replaceAll('http://www.w3.org/1999/xlink', ''),
      ).not.toMatch(/https?:/);
    }
  });

  it('shows names and descriptions as they are written', () => {
    const document = opened('report.html');
    expect(document.querySelector('h1')!.textContent).toBe(NAME);
    expect(document.querySelector('.description')!.textContent).toBe(
      '</style><img src=x onerror=alert(1)> over --- two tiers',
    );
    expect(document.querySelector('pre')!.textContent).toBe(read('two.yaml'));
  });

  it('has every estimate as it is in the store, and shows it to its last digit', async () => {
    const { estimates } = await documentOf(NAME);
    const cells = [...opened('report.html').querySelectorAll('data')];
    for (const cell of cells) {
      const { scope, metric, halfWidth } = cell.dataset as Record<string, string>;
      const estimate = estimates.find((one) => one.scope === scope && one.metric === metric)!;
      expect([cell.getAttribute('value'), halfWidth]).toEqual([
        String(estimate.mean),
        String(estimate.halfWidth),
      ]);
      // Three digits, or a tenth of a percent; less than that, or more than all but that, is within it.
      const error = Math.abs(parsed(cell.textContent) - estimate.mean!);
      expect(error, `${scope!} ${metric!}: ${cell.textContent}`).toBeLessThanOrEqual(
        Math.max(
          0.0051 * Math.abs(estimate.mean!),
          /^[<>]/.test(cell.textContent) ? 0.001 : cell.textContent.endsWith('%') ? 0.0005 : 0,
        ),
      );
    }
    const shown = new Set(cells.map(({ dataset }) => `${dataset.scope!} ${dataset.metric!}`));
    const wanted = ['paid', 'free-1'].flatMap((tier) =>
      [
        'requests.arrived',
        'share.served',
        'share.limited',
        'share.abandoned',
        'ttft.p50',
        'ttft.p99',
        'e2e.mean',
      ].map((metric) => `tier:${tier} ${metric}`),
    );
    const ofOthers = [
      'tier:paid slo.attainment',
      'tier:paid revenue.perYear',
      'pool:main utilisation.busy',
      'total margin',
    ];
    expect([...wanted, ...ofOthers].filter((one) => !shown.has(one))).toEqual([]);
  });

  it('says what was simulated, how sure it is, and where it comes from', async () => {
    const text = opened('report.html').querySelector('article')!.textContent.replaceAll(/\s+/g, ' ');
    const { scenario: outline, fleetyield: version } = await documentOf(NAME);
    expect(text).toContain('Simulated: 3.5 h from Tue 09:40, the whole fleet.');
    expect(text).toContain('n = 4 independent replications. ± and whiskers are 95 % confidence intervals');
    expect(text).toContain(outline.hash);
    expect(text).toContain(`fleetyield ${version}, Node ${process.version}`);
    // 2 s are promised to 95 %, and the interval of what is kept is known: which of the three it is follows.
    const row = [...opened('report.html').querySelectorAll('tr')].find((one) =>
      one.textContent.includes('TTFT ≤ 2 s'),
    )!;
    const kept = row.querySelector('data')!;
    const [mean, half] = [Number(kept.getAttribute('value')), Number(kept.dataset.halfWidth)];
    expect(row.lastElementChild!.textContent).toBe(
      mean - half >= 0.95 ? 'yes' : mean + half < 0.95 ? 'no' : 'undecided',
    );
  });

  it('draws each tier, and says in words what is drawn', async () => {
    const document = opened('report.html');
    const drawings = [...document.querySelectorAll('svg[role=img]')];
    for (const one of drawings) {
      expect(one.querySelector('title')!.textContent).not.toBe('');
      expect(one.querySelector('desc')!.textContent).toMatch(/\d.*\.$/);
    }
    await fleetyield(['export', NAME, '--what', 'hourly', '--out', 'hours.json'], here);
    const rows = JSON.parse(read('hours.json')) as { tier: string; hour: number; ttft_p99: number }[];
    for (const tier of ['paid', 'free-1']) {
      // 9:40 to 13:10 touches five clock hours; the mean over replications of each.
      const means = [0, 1, 2, 3, 4].map((hour) => {
        const own = rows.filter((row) => row.tier === tier && row.hour === hour);
        return own.reduce((sum, row) => sum + row.ttft_p99, 0) / REPLICATIONS;
      });
      const { textContent } = drawings
        .find(
          (one) => one.querySelector('title')!.textContent === `${tier}: time to the first token by hour`,
        )!
        .querySelector('desc')!;
      const [, least, , most, at] = /^p99: from (.*?) \((.*?)\) to (.*?) \((.*?)\)\./.exec(textContent)!;
      expect(parsed(least!)).toBeCloseTo(Math.min(...means), 1);
      expect(parsed(most!)).toBeCloseTo(Math.max(...means), 1);
      expect(at).toBe(`Tue ${String(9 + means.indexOf(Math.max(...means))).padStart(2, '0')}`);
    }
  });

  it('has heads on every table', () => {
    for (const table of opened('both.html').querySelectorAll('table')) {
      expect(table.querySelector('caption')!.textContent).not.toBe('');
      expect(table.querySelectorAll('thead th[scope=col]').length).toBe(
        table.querySelector('tbody tr')!.children.length,
      );
    }
  });

  it('has the same bytes for the same store', async () => {
    await reported(NAME, '--out', 'again.html');
    expect(read('again.html') === read('report.html')).toBe(true);
  });
});

describe('the page of several batches', () => {
  it('has the differences that compare has, and each batch in full', async () => {
    const { stdout } = await fleetyield(['results', 'compare', NAME, 'three', '--json'], here);
    const { differences } = JSON.parse(stdout) as {
      differences: { scope: string; metric: string; mean: number; halfWidth: number | null }[];
    };
    const document = opened('both.html');
    const cells = [...document.querySelectorAll('data[data-scenario]')];
    expect(cells.length).toBeGreaterThan(15);
    for (const cell of cells) {
      const { scenario: name, scope, metric, halfWidth } = cell.dataset as Record<string, string>;
      const found = differences.find((one) => one.scope === scope && one.metric === metric)!;
      expect([name, cell.getAttribute('value'), halfWidth]).toEqual([
        'three',
        String(found.mean),
        found.halfWidth === null ? '' : String(found.halfWidth),
      ]);
    }
    expect([...document.querySelectorAll('h2')].map(({ textContent }) => textContent)).toEqual([
      'Side by side',
      NAME,
      'three',
    ]);
  });
});

describe('a page of less', () => {
  it('of one replication says that nothing is known of how sure it is', async () => {
    await run('three.yaml', '--replications', '1', '--store', 'one.sqlite');
    await reported('three', '--store', 'one.sqlite', '--out', 'one.html');
    const document = opened('one.html');
    expect(document.querySelectorAll('small').length).toBe(0);
    expect(document.querySelector('article')!.textContent).toContain('nothing is said of how sure');
  });

  it('of a batch that was stored before hours had more than outcomes shows those', async () => {
    await run('three.yaml', '--replications', '2', '--store', 'old.sqlite');
    rewriteHourly(folder.of('old.sqlite'), ({ hourOfWeek, seconds, tiers }) => ({
      hourOfWeek,
      seconds,
      tiers: tiers.map(({ name, outcomes, degraded }) => ({ name, outcomes, degraded })),
    }));
    expect(await reported('three', '--store', 'old.sqlite', '--out', 'old.html')).toMatchObject({ code: 0 });
    const document = opened('old.html');
    expect(document.querySelector('.note')!.textContent).toContain('run it again with --fresh');
    const titles = [...document.querySelectorAll('svg[role=img] > title')].map(
      ({ textContent }) => textContent,
    );
    expect(titles).toContain('paid: requests per second by outcome and hour');
    expect(titles).not.toContain('paid: time to the first token by hour');
  });
});

describe('a page with the scaling of the fleet', () => {
  const estimate = (metric: string, mean: number, halfWidth: number) => ({
    scope: 'total',
    metric,
    unit: 'USD/year',
    mean,
    halfWidth,
    n: 9,
  });
  const bounds = (mean: number, halfWidth: number) => ({ mean, halfWidth });
  /** As the contract has it, and keys that it does not name. */
  const scaling = {
    scenario: { name: 'elsewhere', hash: 'f'.repeat(64) },
    points: [
      { gpus: 2, estimates: [estimate('revenue.perYear', 31_000, 900)] },
      { gpus: 3, present: true, estimates: [estimate('revenue.perYear', 42_000, 800)] },
    ],
    elasticity: { revenue: { supply: bounds(0.98, 0.02), demand: bounds(0.03, 0.02) }, later: 1 },
    shadowPrice: { unit: 'USD/GPU-hour', forward: bounds(4.1, 0.2), backward: bounds(4.4, 0.3), cost: 2 },
    regime: {
      verdict: 'supply-constrained',
      rule: 'the rule <in words>',
      byHour: [
        { hourOfDay: 22, verdict: 'supply-constrained', supplyShare: bounds(0.97, 0.01) },
        { hourOfDay: 23, verdict: 'demand-constrained', supplyShare: bounds(0.1, 0.05) },
      ],
    },
  };

  it('shows sizes, elasticities, what a GPU-hour is worth, and what binds by hour', async () => {
    folder.write('scaling.json', JSON.stringify(scaling));
    expect(await reported('three', '--scaling', 'scaling.json', '--out', 'sized.html')).toMatchObject({
      code: 0,
    });
    expect(faultsOf(read('sized.html'))).toEqual([]);
    const document = opened('sized.html');
    const section = [...document.querySelectorAll('section')].find(
      (one) => one.querySelector('h2')?.textContent === 'At other sizes of the fleet',
    )!;
    expect(section.querySelector('strong')!.textContent).toBe('supply-constrained');
    expect(section.querySelector('.note')!.textContent).toBe('the rule <in words>.');
    expect(section.querySelector('.warning')!.textContent).toContain('elsewhere, digest ffffffffffff');
    const rows = [...section.querySelectorAll('tbody tr')].map((row) =>
      [...row.children].map(({ textContent }) => textContent.trim()),
    );
    expect(rows).toEqual([
      ['2', '$31.00 k ± $0.90 k'],
      ['3, the present fleet', '$42.00 k ± $0.80 k'],
      ['revenue', '0.98 ± 0.02', '0.03 ± 0.02'],
      ['one more earns', '$4.10 ± $0.200'],
      ['one fewer loses', '$4.40 ± $0.300'],
      ['costs as it is used', '$2.00'],
      ['22:00 to 23:00', '0.97 ± 0.01', 'supply-constrained'],
      ['23:00 to 00:00', '0.10 ± 0.05', 'demand-constrained'],
    ]);
  });

  it('takes the name of the scenario for a batch of just that, whatever ran since', async () => {
    const { scenario: own } = await documentOf('three');
    const set = 'fleet.pools[0].replicas=4';
    await run('three.yaml', '--replications', '2', '--set', set);
    expect((await documentOf('three')).scenario).toEqual({ ...own, changes: [] });
    const [changed] = JSON.parse((await fleetyield(['results', '--json'], here)).stdout) as {
      id: string;
      changes: readonly string[];
    }[];
    expect(changed!.changes).toEqual([set]);
    await reported('three', changed!.id, '--out', 'changed.html');
    expect(opened('changed.html').querySelector('h1')!.textContent).toBe(`three and three with ${set}`);
    await reported(changed!.id, '--out', 'changed.html');
    expect(opened('changed.html').querySelector('h1')!.textContent).toBe(`three with ${set}`);
    const shown = await fleetyield(['results', 'show', changed!.id], here);
    expect(shown.stdout).toMatch(/^three with fleet\.pools\[0\]\.replicas=4 {2}one cell/);
    folder.write('own.json', JSON.stringify({ ...scaling, scenario: own }));
    await reported('three', '--scaling', 'own.json', '--out', 'own.html');
    const document = opened('own.html');
    expect(document.querySelectorAll('.warning').length).toBe(0);
    expect(document.querySelector('article')!.textContent).toContain(own.hash);
    await fleetyield(['results', 'delete', changed!.id], here);
  });

  it('refuses a file that is another, with its line', async () => {
    folder.write(
      'wrong.json',
      JSON.stringify({ ...scaling, regime: { ...scaling.regime, verdict: 'fine' } }, null, 1),
    );
    const { code, stderr } = await reported('three', '--scaling', 'wrong.json');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^wrong\.json:\d+ regime\.verdict: invalid value "fine"/);
    expect((await reported('three', '--scaling', 'no.json')).code).toBe(2);
  });
});

describe('report refuses', () => {
  it('a batch that is not there, one named twice, and two seeds', async () => {
    expect(await reported('thre')).toMatchObject({ code: 2, stdout: '' });
    const twice = await reported('three', 'three');
    expect([twice.code, twice.stderr]).toEqual([
      2,
      'three is a batch that was named before; name each once [FY-400]\n',
    ]);
    await run('two.yaml', '--replications', '2', '--seed', '2', '--store', 'results/fleetyield.sqlite');
    const [newest] = JSON.parse((await fleetyield(['results', '--json'], here)).stdout) as { id: string }[];
    const seeds = await reported('three', newest!.id);
    expect(seeds.code).toBe(2);
    expect(seeds.stderr).toMatch(/seeds differ \(1 and 2\); run both with the same --seed \[FY-502\]\n$/);
  });

  it('a file that cannot be written, as the machine’s failure', async () => {
    const { code, stderr } = await reported('three', '--out', 'a-file/report.html');
    expect(code).toBe(4);
    expect(stderr).toMatch(/^a-file\/report\.html cannot be written: /);
  });
});
