import seedrandom from 'seedrandom';
import { describe, expect, test } from 'vitest';
import { Streams, type UniformSource } from '../../src/stats/index.ts';
import { chiSquareAlarm, CHI_SQUARE_ALARM, ksDistance, KS_LIMIT } from './goodness.ts';

const first = (source: UniformSource, n = 4): string =>
  Array.from({ length: n }, () => source.next()).join(' ');

describe('streams', () => {
  test.each([
    // printf '\001s1|31|r0|736f757263652f667265652f6172726976616c' | sha256sum; the hex is of "1" and of the name.
    ['1', 0, 'source/free/arrival', '07e6f5757d3d594e91afbfbc19b42324'],
    // printf '\001s1|c3a974c3a9|r7|78' | sha256sum; "été" is c3 a9 74 c3 a9 in UTF-8.
    ['été', 7, 'x', '856b13a830e474fb95e18f42c5692929'],
  ])(
    'of seed %s, replication %i and name %s are Alea keyed by the digest of the three',
    (seed, replication, name, digest) => {
      const alea = seedrandom.alea(`\x01${digest}`);
      const expected = Array.from({ length: 10_000 }, () => alea.double()).join(' ');
      expect(first(new Streams(seed, replication).stream(name), 10_000)).toBe(expected);
    },
  );

  test('rest on the generators whose first numbers their authors publish (oracle L15)', () => {
    const arc4 = seedrandom('hello.');
    expect([arc4.double(), arc4.double()]).toEqual([0.9282578795792454, 0.3752569768646784]);
    expect(seedrandom.alea('hello.')()).toBe(0.4783254903741181);
  });

  // The pairs of oracle L16, which seedrandom's default generator cannot tell apart.
  test.each([
    ['1', '11'],
    ['ab', 'abab'],
    ['rep7', 'rep7rep7'],
    ['a', '\u0161'],
  ])('differ between "%s" and "%s", as seeds and as names', (one, other) => {
    expect(seedrandom(one).double()).toBe(seedrandom(other).double());
    expect(first(new Streams(one, 0).stream('x'))).not.toBe(first(new Streams(other, 0).stream('x')));
    expect(first(new Streams('1', 0).stream(one))).not.toBe(first(new Streams('1', 0).stream(other)));
    expect(first(new Streams(one, 0).counter('x'))).not.toBe(first(new Streams(other, 0).counter('x')));
    expect(first(new Streams('1', 0).counter(one))).not.toBe(first(new Streams('1', 0).counter(other)));
  });

  test('differ when a digit moves from the replication to the name or a bar is written into either', () => {
    const streams = [
      new Streams('1', 1).stream('1|x'),
      new Streams('1', 11).stream('x'),
      new Streams('1', 1).stream('|r1|x'),
      new Streams('1|r1', 1).stream('x'),
      new Streams('1', 1).stream('x'),
      new Streams('', 1).stream('x'),
      new Streams('1', 1).stream(''),
      new Streams('1', 1).counter('x'),
    ];
    expect(new Set(streams.map((source) => first(source))).size).toBe(streams.length);
  });

  test('of 100,000 keys have distinct beginnings', () => {
    const seen = new Set<string>();
    for (let replication = 0; replication < 100; replication++) {
      const streams = new Streams('1', replication);
      for (let name = 0; name < 1_000; name++) seen.add(first(streams.stream(`source/${name}`), 2));
    }
    expect(seen.size).toBe(100_000);
  });

  test('give the same numbers whichever of them is asked first and however often the others are', () => {
    const alone = new Streams('42', 3);
    const expected = first(alone.stream('arrival'), 100);
    const crowded = new Streams('42', 3);
    const length = crowded.stream('length');
    const arrival = crowded.stream('arrival');
    const drawn = Array.from({ length: 100 }, (_, i) => {
      first(length, i % 7);
      crowded.stream(`other ${i}`).next();
      return arrival.next();
    });
    expect(drawn.join(' ')).toBe(expected);
  });

  test('begin anew when asked for a second time', () => {
    const streams = new Streams('1', 0);
    const once = first(streams.stream('x'));
    expect(first(streams.stream('x'))).toBe(once);
  });

  test('have first draws that are uniform over names and over replications, and in pairs', () => {
    const n = 4_000;
    const names = Array.from({ length: n }, (_, i) => new Streams('1', 0).stream(`s${i}`));
    const replications = Array.from({ length: n }, (_, i) => new Streams('1', i).stream('s'));
    for (const sources of [names, replications]) {
      const draws = sources.map((source) => source.next());
      expect(Math.sqrt(n) * ksDistance(draws, (x) => x)).toBeLessThan(KS_LIMIT);
      const cells = new Array<number>(64).fill(0);
      for (let i = 0; i < n; i += 2) cells[Math.floor(draws[i]! * 8) * 8 + Math.floor(draws[i + 1]! * 8)]!++;
      expect(chiSquareAlarm(cells, new Array<number>(64).fill(n / 2 / 64))).toBeGreaterThan(CHI_SQUARE_ALARM);
    }
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 60])('refuse replication %d', (replication) => {
    expect(() => new Streams('1', replication)).toThrow(RangeError);
  });
});
