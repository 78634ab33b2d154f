/** Schemas of batches: how they are submitted, listed and deleted, and what is answered of them. */
import { Type } from 'typebox';
import { DEFAULT_REPLICATIONS } from '../../experiments/default-replications.ts';
import { Fields, OneOf } from '../../input/schema.ts';
import { BATCH_STATES } from '../../store/jobs.ts';
import {
  component,
  confidence,
  Instant,
  NamedScenario,
  orNull,
  Overrides,
  pageOf,
  pageQuery,
} from './components.ts';
import { scenarioChoice } from './scenarios.ts';

export const BatchQuery = Fields({
  ...pageQuery,
  scenario: Type.Optional(Type.String({ description: 'Filter by scenario.' })),
  seed: Type.Optional(Type.String({ description: 'Filter by seed.' })),
  status: Type.Optional(OneOf(BATCH_STATES, { description: 'Filter by status.' })),
});

export const DeleteQuery = Fields({
  force: Type.Boolean({
    default: false,
    description: 'Also if another process is running it, which then stops.',
  }),
});

export const batchBody = (mostReplications: number) =>
  Fields({
    scenario: scenarioChoice,
    overrides: Overrides,
    seed: Type.String({ default: '1', minLength: 1, maxLength: 200, description: 'Seed of all randomness.' }),
    replications: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: mostReplications,
        description: `Independent replications; ${DEFAULT_REPLICATIONS} without precision.`,
      }),
    ),
    precision: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        exclusiveMaximum: 1,
        description:
          'Add replications until the relative half-width of the headline metrics is at most this.',
      }),
    ),
    confidence: confidence({ default: 0.95 }),
    byHour: Type.Boolean({ default: false, description: 'Also estimate by clock hour of the window.' }),
  });

export const Batch = component('Batch', {
  id: Type.String(),
  status: OneOf(BATCH_STATES, {
    description:
      'unfinished: a command was interrupted; running-elsewhere: another process than the server, or a campaign, runs it.',
  }),
  scenario: NamedScenario,
  seed: Type.String(),
  byHour: Type.Boolean(),
  confidence: Type.Number(),
  replications: Type.Object({
    planned: Type.Integer(),
    done: Type.Integer(),
    failed: Type.Integer(),
  }),
  precision: orNull(
    Type.Number({ description: 'The precision asked for instead of a number of replications.' }),
  ),
  problem: orNull(Type.Object({ code: Type.String(), detail: Type.String() })),
  wallSeconds: Type.Number({ description: 'Sum over all replications, on one thread.' }),
  version: Type.String(),
  node: Type.String(),
  createdAt: Instant,
  updatedAt: Instant,
  submittedAt: orNull(Instant),
  startedAt: orNull(Instant),
  endedAt: orNull(Instant),
});

export const BatchPage = component('BatchPage', pageOf(Batch));
