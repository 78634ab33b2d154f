/** Operations that have batches and campaigns run: queued, cancelled, deleted. */
import { createHash } from 'node:crypto';
import { possibleJobCost, RoomMissing } from '../../batch/job-cost.ts';
import { descriptionOf } from '../../campaigns/batches.ts';
import type { Campaign } from '../../campaigns/campaign.ts';
import { InputError } from '../../errors.ts';
import { FIRST_LOOK } from '../../experiments/precision.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { aboutSeconds } from '../../simulation/about.ts';
import { campaignId } from '../../store/campaign-identity.ts';
import type { Idempotency } from '../../store/idempotency-keys.ts';
import type { JobRequest } from '../../store/jobs.ts';
import { isActive, type Submission } from '../../store/life-cycle.ts';
import { noCampaign, readSentCampaign, type SentCampaign } from '../campaign-requests.ts';
import { noBatch, Refusal } from '../problems.ts';
import { operatorsPlugins, readChoice, type ScenarioChoice } from '../uploads.ts';
import { answering, connection, limits, path, threads } from './connection.ts';

export interface SentBatch extends JobRequest {
  readonly scenario: ScenarioChoice;
  readonly overrides: readonly string[];
  readonly seed: string;
  readonly byHour: boolean;
  readonly caller: string;
  readonly key: string | null;
}

/** Queues a batch. If that is refused nothing is kept, not even the batch if it is new. */
export const submit = answering((sent: SentBatch): Submitted => {
  const { toWrite } = connection();
  const {
    scenario: choice,
    overrides,
    seed,
    byHour,
    caller,
    key,
    replications,
    precision,
    confidence,
  } = sent;
  const { request, scenario } = readChoice(toWrite, choice, overrides, limits.depth);
  checkCost(scenario, replications);
  const asked = { choice, overrides, seed, byHour, replications, precision, confidence };
  return toWrite.whole(() => {
    const { id } = toWrite.batch(descriptionOf(scenario, request, { seed, byHour }));
    return submitted(
      toWrite.jobs.submit({
        id,
        caller,
        request: { replications, precision, confidence },
        most: limits.jobsPerCaller,
        idempotency: idempotencyOf(key, asked),
      }),
      id,
      'batch',
    );
  });
});

/**
 * Queues a campaign, unless the same one is queued, running or finished. If that is refused nothing is kept. Its batches
 * are not in the store before they run.
 */
export const submitCampaign = answering((sent: SentCampaign): Submitted => {
  const { toWrite, program } = connection();
  const { asked, campaign } = readSentCampaign(toWrite, sent, limits.depth);
  checkCampaignCost(campaign);
  const id = campaignId(asked, program, operatorsPlugins().files);
  const { caller, key, ...request } = sent;
  const submission = toWrite.campaigns.submit({
    id,
    caller,
    asked,
    most: limits.jobsPerCaller,
    idempotency: idempotencyOf(key, request),
  });
  return submitted(submission, id, 'campaign');
});

/** The key that a request came with, and the digest by which it is recognised. */
const idempotencyOf = (key: string | null, request: object): Idempotency | null =>
  key === null ? null : { key, digest: createHash('sha256').update(JSON.stringify(request)).digest('hex') };

/** Refuses a campaign that the time limit would end before it is done, or that does not fit into memory. */
function checkCampaignCost({ expected }: Campaign<object>): void {
  const parts = expected.map(({ scenario: { name, cell }, replications }) => ({ name, cell, replications }));
  const { seconds, each, replications, threads: used } = roomyCost(parts);
  if (seconds <= limits.jobSeconds) return;
  const message = `${replications} replications of about ${each} each, in ${parts.length} batches, would take about ${aboutSeconds(seconds)} on ${used} threads, and a campaign may run for ${limits.jobSeconds} s; ask for fewer points or replications, for a shorter horizon or for a share of the provider (cell.share)`;
  throw new InputError([{ place: 'body', path: 'replications', message }]);
}

/** Cancels a campaign that is queued or running. The replications it has finished are kept. */
export const cancelCampaign = answering((id: string): boolean => connection().toWrite.campaigns.cancel(id));

/** Deletes a campaign at rest. Its batches stay. */
export const deleteCampaign = answering((id: string): null => {
  const { toWrite } = connection();
  const state = toWrite.campaigns.campaign(id);
  if (state === null) throw noCampaign(id);
  if (isActive(state.status))
    throw new Refusal(409, 'campaign-active', `campaign ${id} is ${state.status}; cancel it first`);
  toWrite.campaigns.delete(id);
  return null;
});

/**
 * Refuses a batch that the time limit would end before it is done, or that does not fit into memory. For a batch that
 * requests a precision only the first stage is known and checked.
 */
function checkCost({ name, cell }: Scenario, replications: number | null): void {
  const asked = replications ?? FIRST_LOOK;
  const { seconds, each, threads } = roomyCost([{ name, cell, replications: asked }]);
  if (seconds <= limits.jobSeconds) return;
  const message = `${asked} replications of about ${each} each would take about ${aboutSeconds(seconds)} on ${threads} threads, and a batch may run for ${limits.jobSeconds} s; ask for fewer, for a shorter horizon or for a share of the provider (cell.share)`;
  throw new InputError([{ kind: 'option', place: 'body', path: 'replications', message }]);
}

/** The cost of replications for which there is room now. */
function roomyCost(parts: Parameters<typeof possibleJobCost>[0]): ReturnType<typeof possibleJobCost> {
  try {
    return possibleJobCost(parts, threads, path);
  } catch (error) {
    if (!(error instanceof RoomMissing)) throw error;
    throw new Refusal(503, 'store-full', `${error.says}; ask for fewer, or again when there is room`);
  }
}

const PLURAL = { batch: 'batches', campaign: 'campaigns' } as const;

type Submitted = Extract<Submission, { readonly id: string }>;

/** The outcome of a submission that was accepted. Throws `Refusal` for one that was not. */
function submitted(submission: Submission, id: string, noun: 'batch' | 'campaign'): Submitted {
  switch (submission.outcome) {
    case 'key reused':
      throw new Refusal(
        422,
        'idempotency-key-reused',
        'this Idempotency-Key was sent with another request; choose a new key for a new request',
      );
    case 'runs otherwise':
      throw new Refusal(
        409,
        `${noun}-active`,
        `${noun} ${id} is under way with other replications, precision or confidence; wait for it or cancel it`,
      );
    case 'too many':
      throw new Refusal(
        429,
        `too-many-${PLURAL[noun]}`,
        `${limits.jobsPerCaller} ${PLURAL[noun]} of yours wait or run; wait for one or cancel one`,
      );
    default:
      return submission;
  }
}

/** Cancels a batch that is queued or running. The replications it has finished are kept. */
export const cancel = answering((id: string): boolean => connection().toWrite.jobs.cancel(id));

/** Deletes a batch at rest; with `force` also one that another process runs, which then stops. */
export const deleteBatch = answering(
  ({ id, force }: { readonly id: string; readonly force: boolean }): null => {
    const { toWrite } = connection();
    const state = toWrite.jobs.batch(id);
    if (state === null) throw noBatch(id);
    if (isActive(state.status))
      throw new Refusal(409, 'batch-active', `batch ${id} is ${state.status}; cancel it first`);
    toWrite.delete({ id }, { room: 'keep', force });
    return null;
  },
);
