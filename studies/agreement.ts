/** Writes results/reference/agreement.md: the fast replica against its slow twin, and what the comparison is worth. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BatchingReplica } from '../src/serving/batching-replica.ts';
import { compare, LARGE, SMALL, type Met } from '../tests/reference/agreement.ts';
import { BUGS, withBug } from '../tests/reference/planted-bugs.ts';

const FILE = fileURLToPath(new URL('../results/reference/agreement.md', import.meta.url));

const WORDS: Readonly<Record<keyof Met, string>> = {
  served: 'served',
  abandoned: 'abandoned by an impatient client',
  cancelled: 'cancelled in service',
  deferred: 'deferrable, and served',
  failed: 'never fit',
  unfinished: 'cut off by the end',
  preempted: 'pre-empted once or more',
  oneToken: 'with an output of one token',
  together: 'arriving at the instant of the one before',
  prefixFound: 'finding a prefix of their session',
  beginningFound: 'finding the beginning of another prompt',
  evicted: 'evicted while they ran, and served on',
};

const whole = (value: number) => value.toLocaleString('en-US');

const [exact, rounded, exactLarge, roundedLarge] = [SMALL, LARGE].flatMap((size) =>
  [true, false].map((dyadic) => {
    const { met, report } = compare(BatchingReplica, dyadic, size, true);
    if (report !== null) throw new Error(report);
    return met;
  }),
) as [Met, Met, Met, Met];

const found: string[] = [];
let caught = 0;
for (const bug of BUGS) {
  process.stderr.write(`planting: ${bug.what}\n`);
  const { apartAt } = compare(await withBug(bug), true, SMALL, false);
  if (apartAt !== null) caught += 1;
  found.push(
    `| ${bug.what} | ${apartAt === null ? `not in ${whole(SMALL.cases)} cases` : `case ${whole(apartAt)}`} |`,
  );
}

writeFileSync(
  FILE,
  `# The fast replica against its slow twin

\`src/serving/batching-replica.ts\` does many steps at once; \`tests/reference/step-by-step-replica.ts\` looks at every sequence in every step. Both are given the same random cases with every option drawn: chunked prefill, token budget, sequences, block size, KV capacity, priorities and priority pre-emption, patience, deadlines, deferrable requests and the reserve they leave, phases, sessions and the prefix cache, disciplines, step-time models and speculation.

- ${whole(SMALL.cases)} cases of up to ${SMALL.requests[1]} requests, and ${whole(LARGE.cases)} of ${LARGE.requests[0]} to ${LARGE.requests[1]} in batches of up to ${LARGE.sequences[1]}, whose costs and instants are dyadic, so that nothing rounds and arrivals fall on step boundaries: every instant, count and token equal **to the bit**; integrals, which are summed in another order, to 1e-9.
- As many cases with costs of many digits: all to **1e-9**.

| requests in those cases | dyadic | of many digits | dyadic, large | of many digits, large |
|---|---|---|---|---|
${(Object.keys(WORDS) as (keyof Met)[]).map((key) => `| ${WORDS[key]} | ${[exact, rounded, exactLarge, roundedLarge].map((met) => whole(met[key])).join(' | ')} |`).join('\n')}

## What the comparison finds

${BUGS.length} bugs, each planted in a copy of the fast replica and compared on the dyadic cases of up to ${SMALL.requests[1]} requests: **${caught} caught**.

| bug | told apart at |
|---|---|
${found.join('\n')}

Both sides share the step-time models, the count of KV blocks, the queue and the reading of lengths: a bug there would be on both sides, and is what the oracles (\`tests/oracles\`) and the second engine (\`tests/serving/engine.ts\`) are for.

Made by \`npm run study:agreement\`; the seed is fixed, and \`npm test\` repeats it.
`,
);
