/**
 * The rate limiter: every rule of the gateway at once. A request passes when all the rules that concern it agree, and
 * nothing is debited unless all do. It sees what clients declare and what service reports at the end.
 */
import type { Static } from 'typebox';
import { Type } from 'typebox';
import type { RequestRow } from '../ids.ts';
import { Fields, OneOf } from '../schema.ts';
import type { DeclaredColumns } from '../workload/request-table.ts';
import { rateLimits, type RateLimit, type Settlement } from './rate-limits/index.ts';

export const RESOURCES = ['requests', 'inputTokens', 'outputTokens', 'totalTokens'] as const;
export type Resource = (typeof RESOURCES)[number];

export const rateLimitRuleSchema = Fields({
  scope: OneOf(['tenant', 'tier', 'everyone'] as const, { description: 'Who shares one allowance.' }),
  tiers: Type.Optional(
    Type.Array(Type.String(), { minItems: 1, description: 'The tiers concerned; all when left out.' }),
  ),
  resource: OneOf(RESOURCES, { description: 'What is counted.' }),
  algorithm: rateLimits.schema,
  onExceed: Fields(
    { kind: OneOf(['refuse'] as const, { description: 'refuse: 429 with Retry-After.' }) },
    { description: 'What happens to a request that does not conform.', default: { kind: 'refuse' } },
  ),
});

export type RateLimitRule = Static<typeof rateLimitRuleSchema>;

export interface TierKeys {
  readonly name: string;
  /** Tenants of the tier in the cell. */
  readonly tenants: number;
}

/** A rule ready for use. */
interface Rule {
  readonly limit: RateLimit;
  readonly resource: Resource;
  readonly settle: Settlement;
  readonly undeclaredMaxOutput: number;
  /** First key of each tier; −1 where the rule does not concern the tier. */
  readonly firstKey: Int32Array;
  /** 1 when each tenant has a key of its own, 0 when the tier has one. */
  readonly keyPerTenant: number;
}

export class RateLimiter {
  /** How long a request refused by `conforms` should wait [s]; ∞ when it can never conform. */
  retryAfter = 0;

  private readonly rules: readonly Rule[];
  private readonly declared: DeclaredColumns;
  private readonly trueOutput: (row: RequestRow) => number;

  /**
   * `share` is the cell's: limits per tenant are never scaled, the others are. `trueOutput` tells the output a client
   * wants [tokens], whatever degradation will take from it; only rules labelled clairvoyant (`settle: pre`) ask it.
   */
  constructor(
    rules: readonly RateLimitRule[],
    tiers: readonly TierKeys[],
    share: number,
    declared: DeclaredColumns,
    trueOutput: (row: RequestRow) => number,
  ) {
    this.declared = declared;
    this.trueOutput = trueOutput;
    this.rules = rules.map((rule) => compileRule(rule, tiers, share));
  }

  /** Whether the attempt conforms to every rule; if so all are debited, otherwise none and `retryAfter` is set. */
  conforms(row: RequestRow, now: number): boolean {
    let wait = 0;
    for (const rule of this.rules) {
      const key = this.keyOf(rule, row);
      if (key < 0) continue;
      const delay = isPost(rule)
        ? rule.limit.delayUntilPositive(key, now)
        : rule.limit.delay(key, this.admissionCost(rule, row), now);
      if (delay > wait) wait = delay;
    }
    if (wait > 0) {
      this.retryAfter = wait;
      return false;
    }
    for (const rule of this.rules) {
      const key = this.keyOf(rule, row);
      if (key >= 0 && !isPost(rule)) rule.limit.debit(key, this.admissionCost(rule, row), now);
    }
    return true;
  }

  /** Settles an attempt that has ended: `inputDone` and `outputDone` tokens were used. */
  settle(row: RequestRow, inputDone: number, outputDone: number, now: number): void {
    for (const rule of this.rules) {
      if (rule.resource === 'requests') continue;
      const key = this.keyOf(rule, row);
      if (key < 0) continue;
      const used = tokensOf(rule.resource, inputDone, outputDone);
      if (isPost(rule)) rule.limit.debit(key, used, now);
      else {
        const excess = this.admissionCost(rule, row) - used;
        if (excess > 0) rule.limit.credit(key, excess, now);
        else if (excess < 0) rule.limit.debit(key, -excess, now);
      }
    }
  }

  private keyOf(rule: Rule, row: RequestRow): number {
    const first = rule.firstKey[this.declared.tier[row]!]!;
    return first < 0 ? first : first + rule.keyPerTenant * this.declared.tenant[row]!;
  }

  /** What must be available for the attempt to be admitted, and is debited then; rules that settle `post` ask nothing. */
  private admissionCost(rule: Rule, row: RequestRow): number {
    if (rule.resource === 'requests') return 1;
    const declaredMax = this.declared.maxOutput[row]!;
    const output =
      rule.settle === 'pre'
        ? this.trueOutput(row)
        : declaredMax === 0
          ? rule.undeclaredMaxOutput
          : declaredMax;
    return tokensOf(rule.resource, this.declared.promptTokens[row]!, output);
  }
}

function isPost(rule: Rule): boolean {
  return rule.settle === 'post' && rule.resource !== 'requests';
}

function tokensOf(resource: Resource, input: number, output: number): number {
  if (resource === 'inputTokens') return input;
  return resource === 'outputTokens' ? output : input + output;
}

function compileRule(rule: RateLimitRule, tiers: readonly TierKeys[], share: number): Rule {
  const firstKey = new Int32Array(tiers.length).fill(-1);
  let keys = 0;
  tiers.forEach((tier, index) => {
    if (rule.tiers !== undefined && !rule.tiers.includes(tier.name)) return;
    firstKey[index] = rule.scope === 'everyone' ? 0 : keys;
    keys += rule.scope === 'tenant' ? tier.tenants : 1;
  });
  const scale = rule.scope === 'tenant' ? 1 : share;
  return {
    limit: rateLimits.create(rule.algorithm, { keys, scale }),
    resource: rule.resource,
    settle: rule.algorithm.settle,
    undeclaredMaxOutput: rule.algorithm.undeclaredMaxOutput,
    firstKey,
    keyPerTenant: rule.scope === 'tenant' ? 1 : 0,
  };
}
