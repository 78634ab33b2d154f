/** The load study of the API, as it was published. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { apiReport, PROMISED_P99, type ApiStudy } from '../../studies/api-report.ts';

const published = (ending: string) =>
  readFileSync(fileURLToPath(new URL(`../../results/reference/api.${ending}`, import.meta.url)), 'utf8');
const study = JSON.parse(published('json')) as ApiStudy;

describe('the load study of the API', () => {
  it('has a report that says what was measured', () => {
    expect(published('md')).toBe(apiReport(study));
  });

  it('found a page of batches in time while a batch of 10,000 replications ran, and no request failed', () => {
    expect(study.replications).toBe(10_000);
    expect(study.doneAfter).toBeLessThan(study.replications);
    const [page] = study.busy;
    expect(page).toMatchObject({ operation: 'GET /v1/batches', connections: 1, pause: 10 });
    expect(page!.p99).toBeLessThan(PROMISED_P99);
    for (const { failed } of [...study.idle, ...study.busy]) expect(failed).toBe(0);
  });
});
