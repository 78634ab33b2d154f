/** Lists of what is large: they tell the beginning of each, in pages of bounded size. */
import { expect, it } from 'vitest';
import { Store } from '../../src/store/store.ts';
import { builtServer } from '../helpers/api-server.ts';
import { descriptionOf } from '../helpers/stored.ts';

const SCENARIOS = 60;
/** Of each description [characters]: together 12 million. */
const LONG = 200_000;

interface Answer {
  readonly statusCode: number;
  readonly body: string;
}

interface Page {
  readonly items: readonly { readonly name: string; readonly description: string }[];
  readonly next: string | null;
}

it('lists scenarios with long descriptions by their beginnings, page by page, and misses none', async () => {
  const built = await builtServer();
  const store = Store.open(built.store);
  const { outline } = descriptionOf('x');
  for (let at = 0; at < SCENARIOS; at++) {
    const name = `s${at}`;
    const description = `${at} ${'long '.repeat(LONG / 5)}`;
    store.scenarios.add({
      name,
      hash: `h${at}`,
      text: 'x',
      overrides: [],
      outline: { ...outline, name, description },
    });
  }
  store.close();
  const names: string[] = [];
  let pages = 0;
  let cursor: string | null = '';
  while (cursor !== null) {
    const url: string = `/v1/scenarios?limit=1000${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const answer: Answer = await built.server.app.inject({ url, headers: { host: 'localhost' } });
    expect(answer.statusCode).toBe(200);
    // A row has 300 characters of its description and some 250 beside it.
    expect(answer.body.length).toBeLessThan(SCENARIOS * 600);
    const { items, next } = JSON.parse(answer.body) as Page;
    for (const { name, description } of items) {
      expect(description).toMatch(/^\d+ long long .*…$/);
      names.push(name);
    }
    pages += 1;
    cursor = next;
  }
  expect(names).toEqual(Array.from({ length: SCENARIOS }, (_, at) => `s${SCENARIOS - 1 - at}`));
  // Four million characters are read for a page, and the row that passes them.
  expect(pages).toBe(Math.ceil(SCENARIOS / 21));
  await built.end();
});

it('lists batches with many long changes page by page, and misses none', async () => {
  const built = await builtServer();
  const store = Store.open(built.store);
  const { outline, ...batch } = descriptionOf('x');
  // A hundred changes of ten thousand characters is what a body has room for.
  const changes = Array.from({ length: 100 }, (_, at) => `workload.tiers[${at}].name=${'n'.repeat(9_000)}`);
  const seeds = Array.from({ length: 8 }, (_, at) => `seed ${at}`);
  for (const seed of seeds) store.batch({ ...batch, seed, outline: { ...outline, changes } });
  store.close();
  const found: string[] = [];
  for (let cursor: string | null = '999999'; cursor !== null;) {
    const url: string = `/v1/batches?limit=1000&cursor=${cursor}`;
    const answer: Answer = await built.server.app.inject({ url, headers: { host: 'localhost' } });
    expect(answer.statusCode).toBe(200);
    // A million bytes, and the batch that passes them.
    expect(answer.body.length).toBeLessThan(2 ** 21);
    const page = JSON.parse(answer.body) as { items: { seed: string }[]; next: string | null };
    found.push(...page.items.map(({ seed }) => seed));
    cursor = page.next;
  }
  expect(found).toEqual(seeds.toReversed());
  await built.end();
});
