/**
 * Presets of rate limits: an entry of `gateway.rateLimits` that names a provider's published limits, and the rules it
 * expands to. It knows how each way of counting is written as a rule, and nothing of how rules work.
 */
import { Type, type Static, type TUnsafe } from 'typebox';
import type { Catalog } from '../catalog/catalog.ts';
import type { PublishedLimit } from '../catalog/limits.ts';
import type { FaultList } from '../input/fault-list.ts';
import type { Path } from '../input/path.ts';
import { rateLimitRuleSchema, type RateLimitRule } from '../gateway/rate-limiter.ts';
import { Fields, Share } from '../input/schema.ts';
import { SECONDS_PER_MINUTE } from '../units.ts';
import { alternatives } from '../input/suggest.ts';
import type { Written, WrittenOf } from '../input/written.ts';

const limitPresetSchema = Fields({
  preset: Type.String({
    description: 'Published limits; `fleetyield list limits` shows them.',
    examples: ['chatgpt-plus'],
  }),
  tiers: Type.Optional(
    Type.Array(Type.String(), {
      minItems: 1,
      description: 'The tiers concerned; all when left out.',
      examples: [['paid']],
    }),
  ),
  model: Type.Optional(
    Type.String({
      description: 'The model that serves beyond the limits, where the offer has one.',
      examples: ['mini'],
    }),
  ),
  quality: Type.Optional(
    Share({
      description: 'Quality of its answers relative to the model asked for; 1 when left out.',
      examples: [0.9],
    }),
  ),
});

type LimitPreset = Static<typeof limitPresetSchema>;

/** An entry of `gateway.rateLimits`: a rule, or the preset of several. */
export const rateLimitSchema = Type.Unsafe<RateLimitRule | LimitPreset>({
  type: 'object',
  if: { required: ['preset'] },
  then: limitPresetSchema,
  else: rateLimitRuleSchema,
}) as TUnsafe<RateLimitRule | LimitPreset> &
  Written<WrittenOf<typeof limitPresetSchema> | WrittenOf<typeof rateLimitRuleSchema>>;

/** A rule and the entry of the scenario from which it comes. */
export interface PlacedRule {
  readonly rule: RateLimitRule;
  readonly path: Path;
}

interface Limited {
  readonly gateway: { readonly rateLimits: readonly (RateLimitRule | LimitPreset)[] };
  readonly fleet: { readonly pools: readonly { readonly model: string }[] };
}

/** All rules, with presets expanded in place. Faults are reported at the preset. */
export function rulesOf(file: Limited, catalog: Catalog, faults: FaultList): PlacedRule[] {
  const served = [...new Set(file.fleet.pools.map(({ model }) => model))];
  return file.gateway.rateLimits.flatMap((entry, index): PlacedRule[] => {
    const path = ['gateway', 'rateLimits', index];
    if (!('preset' in entry)) return [{ rule: entry, path }];
    const { preset, model, quality } = entry;
    const offer = catalog.limits(preset);
    if (offer === null) {
      const known = alternatives(preset, catalog.names('limits'));
      faults.add([...path, 'preset'], `there are no published limits "${preset}"; ${known}`, 'unknown-name');
      return [];
    }
    const fallsBack = offer.limits.some(({ beyond }) => beyond === 'smaller-model');
    if (fallsBack && model === undefined)
      faults.add(
        [...path, 'model'],
        `${preset} falls back to a smaller model; name it, one of ${served.join(', ')}`,
      );
    if (model !== undefined && !served.includes(model))
      faults.add(
        [...path, 'model'],
        `no pool serves "${model}"; ${alternatives(model, served)}`,
        'unknown-name',
      );
    for (const key of ['model', 'quality'] as const) {
      if (!fallsBack && entry[key] !== undefined)
        faults.add(
          [...path, key],
          `${preset} refuses requests beyond its limits and has no fallback model; drop ${key}`,
        );
    }
    const tiers = entry.tiers === undefined ? {} : { tiers: entry.tiers };
    return offer.limits.map((limit) => ({
      path,
      rule: {
        scope: 'tenant',
        ...tiers,
        resource: limit.resource,
        algorithm: algorithmOf(limit),
        onExceed:
          limit.beyond === 'smaller-model'
            ? { kind: 'downgrade', model: model ?? '', quality: quality ?? 1 }
            : { kind: 'refuse' },
      },
    }));
  });
}

/**
 * Settings that an offer does not give for token limits: they reserve what may be used, as their providers' documents
 * say.
 */
const SETTLEMENT = { settle: 'reserve', undeclaredMaxOutput: 4096 } as const;

/** A bucket holds at most a window's amount: the burst size is not published. */
function algorithmOf({ amount, window, renewal }: PublishedLimit): RateLimitRule['algorithm'] {
  switch (renewal) {
    case 'token-bucket':
      return {
        kind: 'token-bucket',
        perMinute: (amount * SECONDS_PER_MINUTE) / window,
        burst: amount,
        ...SETTLEMENT,
      };
    case 'fixed-window':
      return { kind: 'fixed-window', limit: amount, window, ...SETTLEMENT };
    case 'rolling':
    case 'first-use':
      return { kind: 'quota', limit: amount, window, resets: renewal, ...SETTLEMENT };
  }
}
