/**
 * Keeps a batch in a store, continues it, and reads it back. Concepts: the store, the identity of a batch (the same
 * scenario, seed and program: stored replications are not run again).
 *
 * node --import tsx examples/06-keep-and-read-back.ts [STORE]
 */
import { run, Store } from 'fleetyield';

const [store = 'example.sqlite'] = process.argv.slice(2);
const set = ['horizon.duration=10min'];

await run('erlang-c', { replications: 2, set, store });
const { replications } = await run('erlang-c', { replications: 4, set, store });

const kept = Store.openToRead(store);
for (const summary of kept.summaries()) {
  const { batch } = kept.read(summary);
  const waits = batch.estimatesOf('total', ['wait.mean'], 0.95, replications);
  console.log(`${summary.scenario}: ${summary.done} replications, mean wait ${waits[0]?.mean?.toFixed(3)} s`);
}
kept.close();
