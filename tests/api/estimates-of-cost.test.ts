/** Batches that their limit of time or the machine's memory would end are refused when they are asked for. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtServer, type BuiltServer } from '../helpers/api-server.ts';
import { endAll } from '../helpers/command.ts';

let built: BuiltServer;
beforeAll(async () => {
  built = await builtServer({}, { jobSeconds: 10 });
});
afterAll(async () => {
  await built.end();
  endAll();
});

const textOf = (ratePerSecond: string, duration: string) => `
fleetyield: 1
name: asked
horizon: { duration: ${duration} }
workload: { tiers: [ { name: all, model: any, arrivals: { kind: poisson, ratePerSecond: ${ratePerSecond} } } ] }
fleet: { pools: [ { name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 100, serviceTime: { kind: constant, value: 1ms } } } ] }
`;

async function submit(ratePerSecond: string, duration: string, replications: number) {
  const scenario = { kind: 'text', text: textOf(ratePerSecond, duration) };
  const { statusCode, body } = await built.server.app.inject({
    method: 'POST',
    url: '/v1/batches',
    payload: { scenario, replications },
  });
  return { statusCode, document: JSON.parse(body) as { detail: string; id?: string } };
}

describe('a batch', () => {
  it('is refused where it is expected to take longer than a batch may run', async () => {
    // Ten million requests are some seconds, a hundred times as many some minutes.
    const { statusCode, document } = await submit('100', '100000s', 100);
    expect(statusCode).toBe(400);
    expect(document.detail).toMatch(
      /^body replications: 100 replications of about 10 million requests each would take about .* on 1 threads, and a batch may run for 10 s; /,
    );
  });

  it('is refused where its scenario asks for what never ends, with its line', async () => {
    const { statusCode, document } = await submit('1e200', '60s', 1);
    expect(statusCode).toBe(400);
    expect(document.detail).toMatch(
      /^scenario:5 workload\.tiers\[0\]\.arrivals: asks for 6\.0e\+201 requests/,
    );
  });

  it('is taken where it is expected to be done in time', async () => {
    expect((await submit('1', '60s', 1)).statusCode).toBe(202);
  });
});
