/** The threads that query the store, as seen from the thread that answers requests. It knows none of the queries. */
import { join } from 'node:path';
import { Piscina } from 'piscina';
import { BY_IMPORT } from '../batch/module-threads.ts';
import { codeFolder } from '../files/package-folder.ts';
import { Refusal, type Problem } from './problems.ts';
import type { Limits } from './settings.ts';
import type * as Operations from './store-task.ts';
import type { Answer, StoreThreadData } from './store-operations/connection.ts';

/** A problem that arose in another thread. */
export class ThreadProblem extends Error {
  readonly problem: Problem;
  readonly log: string | null;

  constructor(problem: Problem, log: string | null) {
    super(problem.detail);
    this.name = 'ThreadProblem';
    this.problem = problem;
    this.log = log;
  }
}

type Questions = {
  [
    Name in keyof typeof Operations as (typeof Operations)[Name] extends (question: never) => Answer<unknown>
      ? Name
      : never
  ]: (typeof Operations)[Name];
};
type ValueOf<Name extends keyof Questions> = Exclude<
  ReturnType<Questions[Name]>,
  { readonly problem: Problem }
>['value'];

/** Operations that may take seconds; the others wait in a separate queue. */
const SLOW: readonly (keyof Questions)[] = [
  'estimates',
  'estimatesOf',
  'values',
  'result',
  'hourly',
  'compare',
  'reprice',
  'beginDownload',
  'nextPiece',
  'endAnswer',
  'deleteBatch',
  'submitCampaign',
  'campaignResult',
];

export class StoreThreads {
  private readonly quick: Piscina;
  private readonly slow: Piscina;
  private readonly limits: Limits;

  constructor(data: StoreThreadData) {
    this.limits = data.limits;
    const options = {
      filename: join(codeFolder(), 'api/store-task.js'),
      execArgv: [...BY_IMPORT],
      workerData: data,
      minThreads: 1,
      maxThreads: 1,
      maxQueue: data.limits.queries,
    };
    this.quick = new Piscina(options);
    this.slow = new Piscina(options);
  }

  /** Throws `ThreadProblem` for a problem, and `Refusal` if the answer takes too long or too many queries wait. */
  async ask<Name extends keyof Questions>(
    name: Name,
    question: Parameters<Questions[Name]>[0],
  ): Promise<ValueOf<Name>> {
    const pool = SLOW.includes(name) ? this.slow : this.quick;
    const signal = AbortSignal.timeout(this.limits.querySeconds * 1_000);
    const answer = (await pool.run(question, { name, signal }).catch((error: unknown) => {
      throw refusalOf(error);
    })) as Answer<ValueOf<Name>>;
    if ('problem' in answer) throw new ThreadProblem(answer.problem, answer.log);
    return answer.value;
  }

  async end(): Promise<void> {
    await Promise.all([this.quick.destroy(), this.slow.destroy()]);
  }
}

function refusalOf(error: unknown): unknown {
  const { name, message } = error as Error;
  if (name === 'AbortError')
    return new Refusal(503, 'timed-out', 'the answer took too long; ask for less, or later');
  if (/queue/i.test(message)) return new Refusal(503, 'busy', 'too many questions wait; ask again later');
  return error;
}
