/** Paid by the token. */
import { Type } from 'typebox';
import { ParameterError } from '../../errors.ts';
import { Fields, NonNegative, OneOf, Positive, Probability } from '../../input/schema.ts';
import { SECONDS_PER_MONTH, TOKENS_PER_MILLION } from '../../units.ts';
import { revenuePlan } from './revenue-plan.ts';

/**
 * Multipliers on the list price by service class: batch and flex at half price and priority at double price are
 * OpenAI's for GPT-5 (reported, 2025: developers.openai.com flex processing, openai.com priority processing).
 */
const SERVICE_MULTIPLIERS = { standard: 1, batch: 0.5, flex: 0.5, priority: 2 } as const;

export const SERVICES = ['standard', 'batch', 'flex', 'priority'] as const;

export const perToken = revenuePlan({
  kind: 'per-token',
  summary: 'A price per million input, cached input and output tokens of completed requests.',
  parameters: {
    inputPerMillion: NonNegative({ description: 'Price of input tokens [USD per million].' }),
    cachedInputPerMillion: Type.Optional(
      NonNegative({
        description:
          'Price of input tokens found in the prefix cache [USD per million]; that of other input when left out.',
      }),
    ),
    outputPerMillion: NonNegative({ description: 'Price of output tokens [USD per million].' }),
    billCancelled: Type.Optional(
      Type.Boolean({
        description:
          'Whether a request given up after its first token pays for its prompt and the output it had received; it does when left out.',
        examples: [false],
      }),
    ),
    service: Type.Optional(
      OneOf(SERVICES, {
        description:
          'The class of service, by which list prices are multiplied: batch (of deferrable tiers) and flex by 0.5, priority by 2; standard when left out.',
      }),
    ),
    serviceMultiplier: Type.Optional(
      Positive({
        description: 'What list prices are multiplied by, in place of the factor of the service.',
        examples: [0.8],
      }),
    ),
    volumeDiscounts: Type.Optional(
      Type.Array(
        Fields({
          aboveUsdPerMonth: NonNegative({
            description: 'Where the band begins [USD of list price].',
            examples: [100_000],
          }),
          discount: Probability({
            description: 'What is taken off within the band, as a share.',
            examples: [0.1],
          }),
        }),
        {
          minItems: 1,
          description:
            'Bands of the monthly bill of an average tenant, at the pace of the window, and the discount on what lies in each.',
        },
      ),
    ),
    minimumUsdPerMonth: Type.Optional(
      NonNegative({
        description: 'What a tenant has committed to pay for a month, used or not [USD]; 0 when left out.',
        examples: [5000],
      }),
    ),
  },
  example: { kind: 'per-token', inputPerMillion: 1.25, cachedInputPerMillion: 0.125, outputPerMillion: 10 },
  declares: {
    needs: ({ service }) =>
      service === 'batch'
        ? {
            of: 'deferrable',
            key: 'service',
            otherwise:
              'batch is the price of deferrable work, but the tier is not deferrable; add deferrable, or use flex',
          }
        : null,
    billsTokens: true,
  },
  create: ({
    inputPerMillion,
    cachedInputPerMillion = inputPerMillion,
    outputPerMillion,
    billCancelled = true,
    service = 'standard',
    serviceMultiplier = SERVICE_MULTIPLIERS[service],
    volumeDiscounts = [],
    minimumUsdPerMonth = 0,
  }) => {
    checkBands(volumeDiscounts);
    const bill = (prompt: number, cached: number, output: number) =>
      (((prompt - cached) * inputPerMillion + cached * cachedInputPerMillion + output * outputPerMillion) /
        TOKENS_PER_MILLION) *
      serviceMultiplier;
    return {
      fromUse: (use) =>
        bill(use.promptTokens, use.cachedTokens, use.outputTokens) +
        (billCancelled
          ? bill(use.cancelledPromptTokens, use.cancelledCachedTokens, use.cancelledOutputTokens)
          : 0),
      overTime: () => 0,
      terms: ({ fromUse, tenants, seconds }) => {
        const tenantMonths = (tenants * seconds) / SECONDS_PER_MONTH;
        const list = fromUse / tenantMonths;
        const paid = list - discountOf(list, volumeDiscounts);
        return {
          paidShare: list === 0 ? 1 : paid / list,
          due: Math.max(0, minimumUsdPerMonth - paid) * tenantMonths,
        };
      },
    };
  },
});

interface DiscountBand {
  readonly aboveUsdPerMonth: number;
  readonly discount: number;
}

function checkBands(bands: readonly DiscountBand[]): void {
  bands.forEach(({ aboveUsdPerMonth }, index) => {
    const before = bands[index - 1]?.aboveUsdPerMonth;
    if (before !== undefined && aboveUsdPerMonth <= before) {
      throw new ParameterError(
        `volumeDiscounts[${index}].aboveUsdPerMonth`,
        `${aboveUsdPerMonth} is not above ${before} before it; write the bands in rising order`,
      );
    }
  });
}

/** The volume discount of the bands on a monthly bill at list price [USD]. */
function discountOf(list: number, bands: readonly DiscountBand[]): number {
  return bands.reduce((sum, { aboveUsdPerMonth, discount }, index) => {
    const end = bands[index + 1]?.aboveUsdPerMonth ?? Infinity;
    return sum + discount * Math.max(0, Math.min(list, end) - aboveUsdPerMonth);
  }, 0);
}
