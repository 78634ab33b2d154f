/**
 * A closed loop: users who think, send, wait for the outcome of their request and think again. When they send depends on
 * how they are served, so the process gives no arrivals of its own: it says how many users there are and how long they
 * think, and the simulation, which knows the outcomes, sends for them.
 */
import { ParameterError, within } from '../../errors.ts';
import { Count } from '../../input/schema.ts';
import { durationDistribution, durationDistributions } from '../../stats/index.ts';
import { leavesFraction, shareOf } from '../../units.ts';
import { arrivalStrategy, type ArrivalEnvironment } from './arrival-process.ts';

/** What one process can hold: each user has an event and a row of its own, some 100 bytes. */
const MOST_USERS = 10_000_000;

export const closedLoop = arrivalStrategy({
  kind: 'closed-loop',
  summary: 'Users who wait for the outcome of their request and think before they send the next.',
  parameters: {
    users: Count({ description: 'Users of the provider; each is a tenant unless tenants are given.' }),
    think: durationDistribution({
      description:
        'From an outcome to the next request of the user; all begin to think when the run starts, so warm it up.',
    }),
  },
  example: { kind: 'closed-loop', users: 200, think: { kind: 'exponential', mean: '30s' } },
  declares: { isStationary: true, replays: null, users: ({ users }) => users },
  create: (parameters, environment) => ({
    next: () => Infinity,
    expectedBy: () => 0,
    trace: null,
    position: -1,
    loop: {
      users: usersOf(parameters.users, environment),
      think: within('think', () => durationDistributions.create(parameters.think, environment)),
    },
  }),
});

/** The users of the provider that a cell has; throws `ParameterError` when load or share leave a fraction of one. */
function usersOf(written: number, { share, load }: Pick<ArrivalEnvironment, 'share' | 'load'>): number {
  const { whole: users, comesTo } = shareOf(written, load);
  if (users === null) {
    throw new ParameterError(
      'users',
      `${written} × load ${load} is ${comesTo}, which is not a whole number of one or more; change either`,
    );
  }
  const { whole } = shareOf(users, share);
  if (whole === null) throw new ParameterError('users', leavesFraction(users, share));
  if (whole > MOST_USERS) {
    throw new ParameterError(
      'users',
      `${whole} users exceed the ${MOST_USERS} that a cell can hold; lower cell.share`,
    );
  }
  return whole;
}
