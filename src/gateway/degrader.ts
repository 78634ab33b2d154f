/**
 * The degrader: every degradation of the gateway at once. It reads the tier of a request and a lottery number of its
 * own, and reduces what is granted.
 */
import type { RequestRow } from '../ids.ts';
import type { DeclaredColumns, GrantedColumns } from '../workload/request-table.ts';
import type { ActionEnvironment } from './degradation/action.ts';
import {
  actions,
  promptsOf,
  triggers,
  type DegradationAction,
  type DegradationRule,
  type Trigger,
} from './degradation/index.ts';
import type { ModelView } from './telemetry.ts';

export interface DegraderEnvironment extends ActionEnvironment {
  readonly startOfWeek: number;
  /** The names of the tiers. */
  readonly tiers: readonly string[];
}

/** A number in [0, 1) that belongs to a request and a rule, independent of all other draws. */
export type Lottery = (ordinal: number, tier: number, rule: number) => number;

interface Rule {
  readonly trigger: Trigger;
  readonly action: DegradationAction;
  readonly fraction: number;
  /** The shortest and the longest prompt that the rule applies to [tokens]. */
  readonly shortest: number;
  readonly longest: number;
  /** 1 for the tiers that the rule applies to. */
  readonly concerns: Uint8Array;
  /** The models those tiers ask for: what a load trigger watches. */
  readonly watched: readonly number[];
}

export class Degrader {
  /** Whether some trigger reads telemetry. */
  readonly observes: boolean;
  private readonly rules: readonly Rule[];
  private readonly lottery: Lottery;

  constructor(rules: readonly DegradationRule[], environment: DegraderEnvironment, lottery: Lottery) {
    this.lottery = lottery;
    this.rules = rules.map((rule) => {
      const [shortest, longest] = promptsOf(rule);
      return {
        trigger: triggers.create(rule.trigger, environment),
        action: actions.create(rule.action, environment),
        fraction: rule.fraction,
        shortest,
        longest,
        concerns: Uint8Array.from(environment.tiers, (name) => (rule.tiers.includes(name) ? 1 : 0)),
        watched: [
          ...new Set(
            environment.offers
              .filter((_, tier) => rule.tiers.includes(environment.tiers[tier]!))
              .map(({ model }) => model),
          ),
        ],
      };
    });
    this.observes = this.rules.some(({ trigger }) => trigger.observes);
  }

  /** Passes telemetry to the triggers; each sees the highest load among the models it watches. */
  observe(views: readonly ModelView[]): void {
    for (const { trigger, watched } of this.rules) {
      if (!trigger.observes) continue;
      const most = (signal: keyof ModelView) => Math.max(...watched.map((model) => views[model]![signal]));
      trigger.observe({ longestWait: most('longestWait'), busy: most('busy'), kv: most('kv') });
    }
  }

  /** Applies the degradations in force to what is granted. */
  grant(row: RequestRow, declared: DeclaredColumns, granted: GrantedColumns, now: number): void {
    const tier = declared.tier[row]!;
    for (let index = 0; index < this.rules.length; index++) {
      const rule = this.rules[index]!;
      if (rule.concerns[tier] === 0 || !rule.trigger.isOn(now)) continue;
      const prompt = declared.promptTokens[row]!;
      if (prompt < rule.shortest || prompt > rule.longest) continue;
      if (rule.fraction < 1 && this.lottery(declared.ordinal[row]!, tier, index) >= rule.fraction) continue;
      rule.action.apply(granted, row, declared);
      granted.degraded[row] = 1;
    }
  }
}
