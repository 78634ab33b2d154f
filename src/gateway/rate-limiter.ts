/**
 * The rate limiter: every rule of the gateway at once. A request passes when all the rules that concern it agree, and
 * nothing is debited unless all do. It sees what clients declare and the usage that is reported at the end.
 *
 * Of the rules that a request exceeds, those that downgrade let it pass with less and do not count it; refusing takes
 * precedence over holding. Held requests wait in a queue per rule and key, and only the first is checked again.
 */
import type { Static } from 'typebox';
import { Type } from 'typebox';
import { ParameterError, within } from '../errors.ts';
import { NO_ROW, type RequestRow } from '../ids.ts';
import { growColumns } from '../kernel/columns.ts';
import { KeyNumbers } from '../kernel/key-numbers.ts';
import { Fields, OneOf } from '../input/schema.ts';
import { withDefault } from '../input/strategy.ts';
import { CLOCK_STEP, onGrid } from '../units.ts';
import type { DeclaredColumns, GrantedColumns } from '../workload/request-table.ts';
import type { ModelNames, DegradationAction } from './degradation/action.ts';
import { HeldQueues, type RowLinks } from './held-queues.ts';
import { limitActions } from './limit-actions/index.ts';
import {
  amountOf,
  isSettled,
  RESOURCES,
  resourceSchema,
  unitsPer,
  weightsOfPrice,
  type Weights,
} from './limited-resources.ts';
import { BLOCK, LimitsAsNeeded } from './limits-as-needed.ts';
import { rateLimits, type RateLimit } from './rate-limits/index.ts';
import { NO_PRICE, type Spend } from './worth.ts';

export const rateLimitRuleSchema = Fields({
  scope: OneOf(['tenant', 'tier', 'everyone'] as const, { description: 'The scope of one allowance.' }),
  tiers: Type.Optional(
    Type.Array(Type.String(), {
      minItems: 1,
      description: 'The tiers concerned; all when left out.',
      examples: [['free']],
    }),
  ),
  resource: resourceSchema,
  algorithm: rateLimits.schema,
  onExceed: withDefault(limitActions, { kind: 'refuse' }),
});

export type RateLimitRule = Static<typeof rateLimitRuleSchema>;

export interface TierKeys {
  readonly name: string;
  /** Tenants of the tier in the cell. */
  readonly tenants: number;
  /** What they spend per token; `null` where they do not pay by use. */
  readonly spend: Spend | null;
}

export interface LimiterEnvironment extends ModelNames {
  /** The cell's share: limits per tenant are never scaled, the others are. */
  readonly share: number;
  /** Time of the week at which the run starts [s since Monday 00:00]. */
  readonly startOfWeek: number;
  /** Its date [s since 1970-01-01 00:00]; `null` where none is known. */
  readonly startDate: number | null;
}

/** What the limiter reads and writes of requests. */
export interface LimiterPorts {
  readonly declared: DeclaredColumns;
  readonly granted: GrantedColumns;
  /**
   * The output a client wants [tokens], before any degradation; only rules labelled clairvoyant (`settle: pre`) use it.
   */
  trueOutput(row: RequestRow): number;
  /**
   * Schedules another `conforms` at an instant [s], in case the row is then still the first held by its rule and key.
   */
  lookAgain(row: RequestRow, at: number): void;
}

/** A rule ready for use. */
interface Rule {
  readonly limit: RateLimit;
  /** What it counts of a request, by tier: of one that is completed, and of one that is cancelled in service. */
  readonly weights: readonly Weights[];
  readonly cancelledWeights: readonly Weights[];
  /** Usage is known only at the end of a request. */
  readonly settles: boolean;
  /** Nothing is required at admission: tokens are debited at the end. */
  readonly isPost: boolean;
  /** The output is known at admission. */
  readonly isPre: boolean;
  readonly undeclaredMaxOutput: number;
  /** First key of each tier; −1 where the rule does not apply to the tier. */
  readonly firstKey: Int32Array;
  /** 1 when each tenant has a key of its own, 0 when the tier has one. */
  readonly keyPerTenant: number;
  /** Numbers the keys as they appear, where they are many; `null` where each key is its own number. */
  readonly numbers: KeyNumbers | null;
  /** What a request that exceeds the rule is granted; `null` for rules that do not let it pass. */
  readonly degradation: DegradationAction | null;
  /** The requests that the rule holds; `null` for rules that do not hold. */
  readonly held: HeldQueues | null;
}

export class RateLimiter {
  /** How long a request refused by `conforms` should wait [s]; ∞ when it can never conform, 0 when unknown. */
  retryAfter = 0;

  private readonly rules: readonly Rule[];
  private readonly ports: LimiterPorts;
  private capacity = 256;
  /** By row: its neighbours in the queue that holds it. */
  private readonly links: RowLinks = {
    next: new Int32Array(256),
    previous: new Int32Array(256),
  };
  private readonly rows = {
    /** When its current attempt passed [s]. */
    passedAt: new Float64Array(256),
    /** 1 + the index of the rule that holds it; 0 for none. */
    heldBy: new Int32Array(256),
    /** The next instant at which a check is scheduled while it is held [s]. */
    looksAt: new Float64Array(256),
  };
  /** By (row × rules + rule). */
  private readonly byRule: {
    /** The key of the row's attempt; −1 where the rule does not apply to it. */
    key: Int32Array;
    /** 1 where the rule let it pass beyond its limit and does not count it. */
    uncounted: Uint8Array;
  };

  constructor(
    rules: readonly RateLimitRule[],
    tiers: readonly TierKeys[],
    environment: LimiterEnvironment,
    ports: LimiterPorts,
  ) {
    this.ports = ports;
    this.rules = rules.map((rule) => compileRule(rule, tiers, environment, this.links));
    const entries = this.capacity * rules.length;
    this.byRule = { key: new Int32Array(entries), uncounted: new Uint8Array(entries) };
  }

  /**
   * Whether the attempt conforms to every rule that does not downgrade it; if so, the rules that count it are debited
   * and the others' downgrades are written. If not, nothing is debited, and either the attempt is held or `retryAfter`
   * is set.
   */
  conforms(row: RequestRow, now: number): boolean {
    if (this.rules.length === 0) return true;
    while (row >= this.capacity) this.grow();
    const { rules } = this;
    const heldBy = this.rows.heldBy[row]! - 1;
    let wait = 0;
    let refused = false;
    let holder = -1;
    for (let index = 0; index < rules.length; index++) {
      const rule = rules[index]!;
      const key = this.findKey(rule, row);
      this.byRule.key[row * rules.length + index] = key;
      if (key < 0 || rule.degradation !== null) continue;
      const delay = this.delayOf(rule, key, row, now);
      const mayOvertake = rule.held === null || heldBy >= 0 || rule.held.first(key) === NO_ROW;
      if (delay === 0 && mayOvertake) continue;
      if (delay > wait) wait = delay;
      if (rule.held === null || delay === Infinity) refused = true;
      else if (holder < 0) holder = index;
    }
    if (!refused && holder >= 0) {
      this.hold(row, holder, now);
      return false;
    }
    if (heldBy >= 0) this.release(row, now);
    this.retryAfter = wait;
    if (!refused) this.pass(row, now);
    return !refused;
  }

  /** Whether the attempt waits at the gateway. */
  isHeld(row: RequestRow): boolean {
    return this.rules.length > 0 && row < this.capacity && this.rows.heldBy[row] !== 0;
  }

  /** Whether the attempt is the first that its rule holds for its key: the one to check again. */
  isFirstHeld(row: RequestRow): boolean {
    if (!this.isHeld(row)) return false;
    const holder = this.rows.heldBy[row]! - 1;
    return this.rules[holder]!.held!.first(this.keyOf(row, holder)) === row;
  }

  /** Releases a held attempt; the next one in its queue is then checked. */
  release(row: RequestRow, now: number): void {
    const holder = this.rows.heldBy[row]! - 1;
    const key = this.keyOf(row, holder);
    const held = this.rules[holder]!.held!;
    const wasFirst = held.first(key) === row;
    held.remove(key, row);
    this.rows.heldBy[row] = 0;
    if (wasFirst) this.checkFirst(held, key, now);
  }

  /** Settles an attempt that ended without using anything. */
  settleUnused(row: RequestRow, now: number): void {
    this.settleAs(false, row, 0, 0, 0, now);
  }

  /** Settles an attempt that was served, with its tokens of prompt, `cached` of them from a cache, and of output. */
  settle(row: RequestRow, prompt: number, cached: number, output: number, now: number): void {
    this.settleAs(false, row, prompt, cached, output, now);
  }

  /** Settles an attempt that was cancelled after its first token, with what it had used until then. */
  settleCancelled(row: RequestRow, prompt: number, cached: number, output: number, now: number): void {
    this.settleAs(true, row, prompt, cached, output, now);
  }

  private settleAs(
    isCancelled: boolean,
    row: RequestRow,
    prompt: number,
    cached: number,
    output: number,
    now: number,
  ): void {
    const { rules } = this;
    const tier = this.ports.declared.tier[row]!;
    for (let index = 0; index < rules.length; index++) {
      const rule = rules[index]!;
      if (!rule.limit.untilEnd && !rule.settles) continue;
      const key = this.keyOf(row, index);
      if (key < 0 || this.byRule.uncounted[row * rules.length + index] === 1) continue;
      const weights = (isCancelled ? rule.cancelledWeights : rule.weights)[tier]!;
      const used = rule.limit.untilEnd ? 0 : amountOf(weights, prompt, cached, output);
      const excess = (rule.isPost ? 0 : this.admissionCost(rule, row)) - used;
      if (excess < 0) rule.limit.debit(key, -excess, now);
      else if (excess > 0) {
        rule.limit.credit(key, excess, now, this.rows.passedAt[row]!);
        if (rule.held !== null) this.checkFirst(rule.held, key, now);
      }
    }
  }

  /** Passes an attempt: rules count it, or let it pass downgraded and uncounted. */
  private pass(row: RequestRow, now: number): void {
    const { rules } = this;
    this.rows.passedAt[row] = now;
    for (let index = 0; index < rules.length; index++) {
      const rule = rules[index]!;
      const key = this.keyOf(row, index);
      if (key < 0) continue;
      const exceeded = rule.degradation !== null && this.delayOf(rule, key, row, now) !== 0;
      this.byRule.uncounted[row * rules.length + index] = exceeded ? 1 : 0;
      if (exceeded) {
        rule.degradation.apply(this.ports.granted, row, this.ports.declared);
        this.ports.granted.degraded[row] = 1;
      } else if (!rule.isPost) rule.limit.debit(key, this.admissionCost(rule, row), now);
    }
  }

  /** Enqueues the attempt with the rule that holds it; the first there is checked again when it should conform. */
  private hold(row: RequestRow, index: number, now: number): void {
    const { heldBy, looksAt } = this.rows;
    const rule = this.rules[index]!;
    const key = this.keyOf(row, index);
    if (heldBy[row] !== index + 1) {
      if (heldBy[row] !== 0) this.release(row, now);
      rule.held!.push(key, row);
      heldBy[row] = index + 1;
      looksAt[row] = now;
    }
    if (rule.held!.first(key) !== row) return;
    const delay = this.delayOf(rule, key, row, now);
    // Where doubles are further apart than the clock's steps, the next instant is the next double.
    const at = onGrid(now + Math.max(delay, CLOCK_STEP, now * Number.EPSILON));
    if (Number.isNaN(at) || (looksAt[row]! > now && looksAt[row]! <= at)) return;
    looksAt[row] = at;
    this.ports.lookAgain(row, at);
  }

  private checkFirst(held: HeldQueues, key: number, now: number): void {
    const first = held.first(key);
    if (first !== NO_ROW) this.ports.lookAgain(first, now);
  }

  /** How long until the attempt conforms to one rule [s]; see `RateLimit`. */
  private delayOf(rule: Rule, key: number, row: RequestRow, now: number): number {
    return rule.isPost
      ? rule.limit.delayUntilPositive(key, now)
      : rule.limit.delay(key, this.admissionCost(rule, row), now);
  }

  /** The key of an attempt that `conforms` has seen; −1 where the rule does not apply to it. */
  private keyOf(row: RequestRow, index: number): number {
    return this.byRule.key[row * this.rules.length + index]!;
  }

  private findKey(rule: Rule, row: RequestRow): number {
    const { tier, tenant } = this.ports.declared;
    const first = rule.firstKey[tier[row]!]!;
    if (first < 0) return first;
    const key = first + rule.keyPerTenant * tenant[row]!;
    return rule.numbers === null ? key : rule.numbers.of(key);
  }

  /**
   * What must be available for the attempt to be admitted, and is debited then; rules that settle `post` require
   * nothing. Hits in a replica's cache are unknown yet, and settled at the end.
   */
  private admissionCost(rule: Rule, row: RequestRow): number {
    const { tier, maxOutput, promptTokens, cachedTokens } = this.ports.declared;
    const declaredMax = maxOutput[row]!;
    const output = rule.isPre
      ? this.ports.trueOutput(row)
      : declaredMax === 0
        ? rule.undeclaredMaxOutput
        : declaredMax;
    return amountOf(rule.weights[tier[row]!]!, promptTokens[row]!, cachedTokens[row]!, output);
  }

  private grow(): void {
    this.capacity *= 2;
    growColumns(this.links, this.capacity);
    growColumns(this.rows, this.capacity);
    growColumns(this.byRule, this.capacity * this.rules.length);
  }
}

/** Validates a rule by building it for tiers without tenants. Throws `ParameterError` if it is invalid. */
export function tryRule(
  rule: RateLimitRule,
  tiers: readonly Omit<TierKeys, 'tenants'>[],
  environment: LimiterEnvironment,
): void {
  const withoutTenants = tiers.map((tier) => ({ ...tier, tenants: 0 }));
  compileRule(rule, withoutTenants, environment, { next: new Int32Array(0), previous: new Int32Array(0) });
}

/** What a rule counts of a request, by tier. Throws `ParameterError` where it counts money and a tier has no prices. */
function weightsByTier(
  { resource, tiers: concerned }: RateLimitRule,
  tiers: readonly TierKeys[],
  sort: keyof Spend,
): readonly Weights[] {
  const { weights } = RESOURCES[resource];
  return tiers.map(({ name, spend }) => {
    if (weights !== null) return weights;
    if (spend === null && (concerned === undefined || concerned.includes(name)))
      throw new ParameterError(
        'resource',
        `usd counts what tenants pay per token, but tier "${name}" has no per-token prices; give it revenue: { kind: per-token, … }, or list in tiers only those that have it`,
      );
    return weightsOfPrice(spend === null ? NO_PRICE : spend[sort]);
  });
}

/** Keys up to which a rule has room for all of them from the start; of more, few may ever appear. */
const MANY_KEYS = 16_384;

/** Settlement parameters of algorithms that count no tokens. */
const NO_TOKENS = { settle: 'reserve', undeclaredMaxOutput: 1 } as const;

function compileRule(
  rule: RateLimitRule,
  tiers: readonly TierKeys[],
  environment: LimiterEnvironment,
  links: RowLinks,
): Rule {
  const firstKey = new Int32Array(tiers.length).fill(-1);
  let keys = 0;
  tiers.forEach((tier, index) => {
    if (rule.tiers !== undefined && !rule.tiers.includes(tier.name)) return;
    firstKey[index] = rule.scope === 'everyone' ? 0 : keys;
    keys += rule.scope === 'tenant' ? tier.tenants : 1;
  });
  const { share, startOfWeek, startDate } = environment;
  const scale = rule.scope === 'tenant' ? 1 : share;
  const { algorithm, resource } = rule;
  const areMany = keys > MANY_KEYS;
  const create = (count: number) =>
    rateLimits.create(algorithm, { keys: count, scale, units: unitsPer(resource), startOfWeek, startDate });
  const limit = within('algorithm', () => (areMany ? new LimitsAsNeeded(() => create(BLOCK)) : create(keys)));
  if (!limit.untilEnd && resource === 'requestsInFlight') {
    throw new ParameterError(
      'resource',
      `${algorithm.kind} cannot count requests in flight; write resource: requests, or use the algorithm concurrency`,
    );
  }
  const action = within('onExceed', () => limitActions.create(rule.onExceed, environment));
  const { settle, undeclaredMaxOutput } = 'settle' in algorithm ? algorithm : NO_TOKENS;
  const settles = isSettled(resource);
  return {
    limit,
    weights: weightsByTier(rule, tiers, 'completed'),
    cancelledWeights: weightsByTier(rule, tiers, 'cancelled'),
    settles,
    isPost: settles && settle === 'post',
    isPre: settles && settle === 'pre',
    undeclaredMaxOutput,
    firstKey,
    keyPerTenant: rule.scope === 'tenant' ? 1 : 0,
    numbers: areMany ? new KeyNumbers() : null,
    degradation: action.degradation,
    held: action.holds ? new HeldQueues(links) : null,
  };
}
