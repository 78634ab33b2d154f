/** Documents: where values stand, replacing them by path, and gathering faults. */
import { describe, expect, it } from 'vitest';
import { FaultList } from '../../src/input/fault-list.ts';
import { formatPath } from '../../src/input/path.ts';
import { SourceDocument } from '../../src/input/source-document.ts';
import { InputError, ParameterError } from '../../src/errors.ts';
import { poissonTier, queueText } from '../helpers/queue.ts';
import { scenarioOf } from '../helpers/scenario.ts';

const TEXT = `# comment
name: x
tiers:
  - { name: paid, rate: 1 }
  - name: free
    rate: 2
    deep: { a: [1, 2, { b: 3 }] }
empty:
shared: &base { rate: 7 }
copy: *base
`;

const documentOf = (text = TEXT) => new SourceDocument(text, 'x.yaml');

/** The messages of the `InputError` that `work` throws, without one an empty list. */
function faultsOf(work: () => unknown): string[] {
  try {
    work();
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.message.split('\n');
  }
}

describe('a path', () => {
  it('is written as a program would', () => {
    expect(formatPath(['gateway', 'rateLimits', 0, 'kind'])).toBe('gateway.rateLimits[0].kind');
    expect(formatPath([])).toBe('');
  });
});

describe('the place of a value', () => {
  it.each([
    [['name'], 2],
    [['tiers', 0], 4],
    [['tiers', 0, 'rate'], 4],
    [['tiers', 1], 5],
    [['tiers', 1, 'rate'], 6],
    [['tiers', 1, 'deep', 'a', 2, 'b'], 7],
    [['empty'], 8],
  ])('%j is the line on which it is written', (path, line) => {
    expect(documentOf().place(path)).toBe(`x.yaml:${line}`);
  });

  it.each([
    [['tiers', 1, 'missing'], 5],
    [['tiers', 7], 3],
    [['missing', 'deeper'], 2],
    [['copy', 'rate'], 10],
  ])('%j, which is not written, is that of the nearest value above it', (path, line) => {
    expect(documentOf().place(path)).toBe(`x.yaml:${line}`);
  });

  it('counts lines with carriage returns once', () => {
    expect(documentOf(TEXT.replaceAll('\n', '\r\n')).place(['tiers', 1, 'rate'])).toBe('x.yaml:6');
  });

  it('is the --set that replaced the value or one above it', () => {
    const document = documentOf();
    document.override('tiers[free].deep={ a: 1 }');
    expect(document.place(['tiers', 1, 'deep', 'a'])).toBe('--set tiers[free].deep={ a: 1 }');
    expect(document.place(['tiers', 1, 'rate'])).toBe('x.yaml:6');
    expect(document.fault(['tiers', 1, 'deep'], 'is wrong')).toEqual({
      place: '--set tiers[free].deep={ a: 1 }',
      path: 'tiers[1].deep',
      message: 'is wrong',
    });
  });
});

describe('an override', () => {
  const dataAfter = (...overrides: string[]) => {
    const document = documentOf();
    for (const override of overrides) document.override(override);
    return document.toData() as Record<string, unknown>;
  };

  it('replaces a value by its path, by a name, with any YAML', () => {
    const data = dataAfter('name=y', 'tiers[0].rate=5', 'tiers[free].deep.a[2].b=[1, two]', 'empty=a=b');
    expect(data).toMatchObject({
      name: 'y',
      empty: 'a=b',
      tiers: [
        { name: 'paid', rate: 5 },
        { name: 'free', deep: { a: [1, 2, { b: [1, 'two'] }] } },
      ],
    });
  });

  it('adds a value, and the mappings above it', () => {
    expect(dataAfter('new.deeper=1')['new']).toEqual({ deeper: 1 });
    expect(dataAfter('empty.deeper=1')['empty']).toEqual({ deeper: 1 });
  });

  it('leaves what an alias copied as it was', () => {
    expect(dataAfter('shared={ rate: 8 }', 'copy={ rate: 9 }')).toMatchObject({
      shared: { rate: 8 },
      copy: { rate: 9 },
    });
    const rates = (override: string) => {
      const { shared, copy } = dataAfter(override) as Record<string, { rate: number }>;
      return [shared!.rate, copy!.rate];
    };
    const [before] = rates('name=y');
    expect(rates('shared.rate=8')).toEqual([8, before]);
    expect(rates('shared={ rate: 8 }')).toEqual([8, before]);
    expect(rates('copy.rate=9')).toEqual([before, 9]);
  });

  it('adds an item to a list by [+]', () => {
    expect(
      dataAfter('tiers[+]={ name: new }', 'tiers[new].rate=3', 'tiers[+].name=last')['tiers'],
    ).toMatchObject([{ name: 'paid' }, { name: 'free' }, { name: 'new', rate: 3 }, { name: 'last' }]);
  });

  it('is the later of two', () => {
    expect(dataAfter('name=y', 'name=z')['name']).toBe('z');
  });
});

describe('an override of a scenario', () => {
  const TIERS = [poissonTier(1)];
  const TEXT = queueText({
    tiers: TIERS,
    slots: 1,
    service: '{ kind: constant, value: 1s }',
    warmUp: 0,
    duration: 9,
  });

  const REFUSED: Readonly<Record<string, string>> = {
    'fleet.pools[0].replicas=0':
      'fleet.pools[0].replicas: 0 is out of range; expected a whole number of 1 or more',
    'workload.tiers[free].priority=1': 'workload.tiers has 1 item and none is [free]; known: all',
    'workload.tiers[1].priority=1': 'workload.tiers has 1 item and none is [1]; known: all',
    'fleet.pools.replicas=1': 'fleet.pools is a list; choose an item, such as fleet.pools[0]',
    'fleet.pools[0].replica=1': 'fleet.pools[0].replica: unknown key "replica"; did you mean "replicas"?',
    'workload.tiers[al].priority=1':
      'workload.tiers has 1 item and none is [al]; did you mean "all"? known: all',
    'fleet.pool[main].replicas=1':
      'fleet has no pool; did you mean "pools"? it has pools; to create a list, set all of it,  fleet.pool=[…]',
    'workload.tier[0].priority=1':
      'workload has no tier; did you mean "tiers"? it has tiers; to create a list, set all of it,  workload.tier=[…]',
    'economics.pools[0].pool=x':
      'the file has no economics; it has fleetyield, name, horizon, workload, fleet, gateway; to create a list, set all of it,  economics.pools=[…]',
    'fleet.pools[0].model[0]=x': 'fleet.pools[0].model is not a list, so it has no item [0]; name a key',
    'name.first=x': 'name is queue, so it has no first; set the whole value',
    'horizon.duration=900':
      'horizon.duration: 900 is not a duration longer than zero; write a number with a unit (ms s min h d week), such as 250ms or 1.5h',
    'horizon.duration': 'expected PATH=VALUE, such as fleet.pools[0].replicas=8',
    '=8': 'expected PATH=VALUE, such as fleet.pools[0].replicas=8',
    'cell.share=': 'cell.share: has no value; expected a number above 0 and at most 1',
    'cell={ share': 'the value is not readable as YAML: ',
    'cell.share=*half': 'the value refers to *half; write the value itself',
  };

  it('changes an item by its place and by its name alike', () => {
    const hashOf = (...sets: string[]) => scenarioOf(TEXT, sets).hash;
    const byIndex = hashOf('workload.tiers[0].arrivals.ratePerSecond=2', 'fleet.pools[0].replicas=3');
    expect(hashOf('workload.tiers[all].arrivals.ratePerSecond=2', 'fleet.pools[main].replicas=3')).toBe(
      byIndex,
    );
    expect(hashOf()).not.toBe(byIndex);
  });

  it('does not hide what is wrong in the file', () => {
    const broken = TEXT.replace('warmUp: 0s', 'warmUp: 60');
    expect(faultsOf(() => scenarioOf(broken, ['fleet.pools[0].replicas=-1']))).toEqual([
      'test.yaml:4 horizon.warmUp: 60 is not a duration; write a number with a unit (ms s min h d week), such as 250ms or 1.5h',
      '--set fleet.pools[0].replicas=-1 fleet.pools[0].replicas: -1 is out of range; expected a whole number of 1 or more',
    ]);
  });

  it.each(Object.keys(REFUSED))('is refused with its own words as the place: %s', (set) => {
    const told = faultsOf(() => scenarioOf(TEXT, [set]));
    const expected = `--set ${set} ${REFUSED[set]!}`;
    expect(told.map((line) => line.slice(0, expected.length))).toEqual([expected]);
  });
});

describe('what cannot be read', () => {
  it('is told once for each line', () => {
    expect(faultsOf(() => documentOf('a: 1\n\tb: 2\nc: 1\nc: 2\n'))).toEqual([
      'x.yaml:2 not readable as YAML: a tab indents this line; indent with spaces',
      'x.yaml:4 duplicate key c; keep one',
    ]);
  });

  it('is refused rather than unfolded without end', () => {
    const bomb = Array.from({ length: 30 }, (_, level) =>
      level === 0 ? 'a0: &a0 [x, x]' : `a${level}: &a${level} [*a${level - 1}, *a${level - 1}]`,
    );
    expect(faultsOf(() => documentOf(bomb.join('\n')).toData())[0]).toMatch(
      /^x\.yaml holds more than 1,000,000 values once its aliases are expanded; /,
    );
    expect(faultsOf(() => documentOf('a: &a [1, *a]'))).toEqual([
      'x.yaml:1 *a is inside the value it refers to; write the value',
    ]);
    expect(faultsOf(() => documentOf(`a: &a 1\nb: [${'*a, '.repeat(10_001)}]`))).toEqual([
      'x.yaml:2 more than 10,000 aliases; write values in their place',
    ]);
  });

  it('is told as far as the first hundred faults', () => {
    const told = faultsOf(() => documentOf('a: 1\n'.repeat(500)));
    expect(told.length).toBe(101);
    expect(told[99]).toBe('x.yaml:101 duplicate key a; keep one');
    expect(told[100]).toBe('x.yaml:102 further errors omitted; fix these 100 first');
    expect(faultsOf(() => documentOf('['.repeat(5_000)))).toEqual([
      'x.yaml:1 nesting too deep; write fewer levels of lists and mappings',
    ]);
  });

  it('is not read where that would take the memory of the program', () => {
    // Two marks an item, a comma and the line or the colon: 300,001 items are just too many.
    expect(faultsOf(() => documentOf(`a: [${'1,\n'.repeat(300_001)}]`))).toEqual([
      'x.yaml has 600,004 lines, commas, colons, dashes and brackets; at most 600,000 are accepted; keep requests in a trace file and tables in the catalogue',
    ]);
    expect(faultsOf(() => documentOf(`a: ${'x'.repeat(2 ** 24)}`))).toEqual([
      'x.yaml has 16,777,219 characters; at most 16,777,216 are accepted; keep requests in a trace file and tables in the catalogue',
    ]);
  });

  it('is refused where the parser runs out of room for what it nests', () => {
    const nested = `{${'"a":'.repeat(20_000)}}`;
    const message = 'nesting too deep; write fewer levels of lists and mappings';
    expect(faultsOf(() => documentOf(nested))).toEqual([`x.yaml ${message}`]);
    expect(faultsOf(() => documentOf().override(`name=${nested}`))[0]).toMatch(new RegExp(`${message}$`));
  });

  it('reports a duplicate key in a value that is set', () => {
    expect(faultsOf(() => documentOf().override('name={ a: 1, a: 2 }'))).toEqual([
      '--set name={ a: 1, a: 2 } duplicate key a; keep one',
    ]);
  });
});

describe('a list of faults', () => {
  it('ends at the hundred and first, however many there would be', () => {
    const faults = new FaultList(documentOf());
    let added = 0;
    const told = faultsOf(() => {
      for (; added < 1_000_000; added++) faults.add(['name'], 'is short');
    });
    expect(added).toBe(100);
    expect(told.at(-1)).toBe('x.yaml:2 further errors omitted; fix these 100 first');
  });

  it('throws everything that was found at once, and nothing where nothing was', () => {
    const faults = new FaultList(documentOf());
    faults.throwIfAny();
    faults.add(['tiers', 1, 'rate'], 'is odd');
    faults.add(['name'], 'is short');
    expect(faultsOf(() => faults.throwIfAny())).toEqual([
      'x.yaml:6 tiers[1].rate: is odd',
      'x.yaml:2 name: is short',
    ]);
  });

  it('puts what a strategy finds wrong at the path of the strategy', () => {
    const faults = new FaultList(documentOf());
    const answer = faults.attempt(['tiers', 1], () => {
      throw new ParameterError('deep.a[2].b', 'is 3');
    });
    expect(answer).toBeNull();
    expect(faults.attempt([], () => 5)).toBe(5);
    expect(faultsOf(() => faults.throwIfAny())).toEqual(['x.yaml:7 tiers[1].deep.a[2].b: is 3']);
  });

  it('takes in the faults of another file', () => {
    const faults = new FaultList(documentOf());
    expect(faults.gather(() => documentOf('a: *b'))).toBeNull();
    expect(faultsOf(() => faults.throwIfAny())).toEqual([
      'x.yaml:1 *b refers to nothing; define &b above it, or write the value',
    ]);
  });

  it('lets defects through', () => {
    const faults = new FaultList(documentOf());
    const broken = () => {
      throw new TypeError('a defect');
    };
    expect(() => faults.attempt([], broken)).toThrow(TypeError);
    expect(() => faults.gather(broken)).toThrow(TypeError);
  });
});
