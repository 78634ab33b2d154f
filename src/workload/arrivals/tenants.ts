/**
 * Tenants as independent sources: each sends by gaps of its own distribution and at its share of the rate, so that some
 * are even and others come in bursts. Who sends next is kept in a heap, so a further tenant costs memory and hardly any
 * time.
 *
 * Every tenant is in equilibrium, as in `renewal`. The cell has its share of the tenants whole, so their gaps keep
 * their distributions. Which tenant is bursty is drawn once a replication, whatever its activity, so that a share of
 * the tenants sends that share of the traffic on average.
 */
import { Type } from 'typebox';
import { ParameterError, within } from '../../errors.ts';
import { Fields, Positive, Share } from '../../input/schema.ts';
import type { CounterStream } from '../../stats/index.ts';
import { described } from '../../input/strategy.ts';
import { arrivalStrategy, type ArrivalProcess } from './arrival-process.ts';
import { gapDistributions, type Gaps } from './gap-distributions.ts';
import { FLAT, isFlat, OperationalTime, shapeOf, shapeParameters } from './operational-time.ts';

/** Each tenant takes some 20 bytes, and draws by its number, of which a stream has 2²⁴. */
const MOST_TENANTS = 10_000_000;

/** Shares written as decimals may sum to a little more or less than one. */
const ROUNDING = 1e-9;

export const tenants = arrivalStrategy({
  kind: 'tenants',
  summary: 'Each tenant for itself, some more bursty than others; the rate may follow the hour.',
  parameters: {
    ratePerSecond: Positive({ description: 'Arrivals of the provider, the mean over the week [1/s].' }),
    gaps: Type.Array(
      Fields({
        share: Share({ description: 'Share of the tenants whose gaps have this distribution; 1 in all.' }),
        gap: described(
          gapDistributions,
          'The distribution of the gaps between requests of one tenant, without its mean.',
        ),
      }),
      { minItems: 1, description: 'How even or bursty tenants are.' },
    ),
    ...shapeParameters,
  },
  example: {
    kind: 'tenants',
    ratePerSecond: 6,
    gaps: [
      { share: 0.75, gap: { kind: 'gamma', cv: 1.2 } },
      { share: 0.25, gap: { kind: 'gamma', cv: 3 } },
    ],
  },
  declares: { isStationary: isFlat, replays: null, users: null },
  create: (parameters, environment) => {
    const { ratePerSecond, gaps } = parameters;
    const { share, load, startOfWeek, tenants: count } = environment;
    if (count > MOST_TENANTS) {
      throw new ParameterError(
        'kind',
        `sends for each of ${count} tenants, and can for ${MOST_TENANTS} at most; lower cell.share, or write nonhomogeneous with an activity`,
      );
    }
    let upTo = 0;
    const groups = gaps.map(({ share: part, gap }, index) => {
      upTo += part;
      return { upTo, gaps: within(`gaps[${index}].gap`, () => gapDistributions.create(gap, null)) };
    });
    if (Math.abs(upTo - 1) > ROUNDING)
      throw new ParameterError('gaps', `have shares of ${upTo} in all; let them sum to 1`);
    const kinds = environment.counter('gaps');
    const last = groups[groups.length - 1]!.gaps;
    const gapsOf = (tenant: number) => {
      const draw = kinds.at(0, tenant).next();
      return groups.find((group) => draw < group.upTo)?.gaps ?? last;
    };
    return new TenantArrivals(
      () => environment.tenantShares(),
      gapsOf,
      environment.counter('tenants'),
      new OperationalTime(
        ratePerSecond * share * load,
        shapeOf(parameters, environment) ?? FLAT,
        startOfWeek,
        parameters,
      ),
    );
  },
});

class TenantArrivals implements ArrivalProcess {
  readonly trace = null;
  readonly position = -1;
  tenant = 0;
  private shares: Float64Array = new Float64Array();
  private gaps: readonly Gaps[] = [];
  /** Positioned by how many requests a tenant has sent, and by the tenant. */
  private readonly draws: CounterStream;
  private readonly clock: OperationalTime;
  private readonly sharesOf: () => Float64Array;
  private readonly gapsOf: (tenant: number) => Gaps;
  private sent = new Float64Array();
  /** A binary heap: when the next request of each tenant comes, in operational time, and whose it is. */
  private dueAt = new Float64Array();
  private dueOf = new Int32Array();
  /** The operational time of the last arrival. */
  private now = 0;

  constructor(
    sharesOf: () => Float64Array,
    gapsOf: (tenant: number) => Gaps,
    draws: CounterStream,
    clock: OperationalTime,
  ) {
    this.sharesOf = sharesOf;
    this.gapsOf = gapsOf;
    this.draws = draws;
    this.clock = clock;
  }

  /** Every tenant has its first request before it. */
  private begin(): void {
    const shares = this.sharesOf();
    const { length } = shares;
    const { draws } = this;
    this.shares = shares;
    this.gaps = Array.from(shares, (_, tenant) => this.gapsOf(tenant));
    this.sent = new Float64Array(length);
    this.dueAt = new Float64Array(length);
    this.dueOf = Int32Array.from(shares, (_, tenant) => tenant);
    for (let tenant = 0; tenant < length; tenant++) {
      this.dueAt[tenant] = this.gaps[tenant]!.first(draws.at(0, tenant)) / shares[tenant]!;
    }
    for (let place = (length >> 1) - 1; place >= 0; place--) {
      this.sink(place, this.dueAt[place]!, this.dueOf[place]!);
    }
  }

  expectedBy(instant: number): number {
    return this.clock.expectedBy(instant);
  }

  next(): number {
    if (this.shares.length === 0) this.begin();
    const dueAt = this.dueAt[0]!;
    const tenant = this.dueOf[0]!;
    const at = this.clock.advance(dueAt - this.now);
    this.now = dueAt;
    this.tenant = tenant;
    const gap = this.gaps[tenant]!.distribution.sample(this.draws.at(++this.sent[tenant]!, tenant));
    this.sink(0, dueAt + gap / this.shares[tenant]!, tenant);
    return at;
  }

  /** Lets an entry find its place at or below `place`; of equal instants the lower tenant comes first. */
  private sink(place: number, at: number, tenant: number): void {
    const { dueAt, dueOf } = this;
    for (let child = 2 * place + 1; child < dueAt.length; child = 2 * place + 1) {
      if (child + 1 < dueAt.length && this.comesBefore(child + 1, child)) child += 1;
      if (at < dueAt[child]! || (at === dueAt[child] && tenant < dueOf[child]!)) break;
      dueAt[place] = dueAt[child]!;
      dueOf[place] = dueOf[child]!;
      place = child;
    }
    dueAt[place] = at;
    dueOf[place] = tenant;
  }

  private comesBefore(a: number, b: number): boolean {
    const { dueAt, dueOf } = this;
    return dueAt[a]! < dueAt[b]! || (dueAt[a] === dueAt[b] && dueOf[a]! < dueOf[b]!);
  }
}
