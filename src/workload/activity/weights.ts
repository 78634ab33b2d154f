/** Activities as they were measured or are assumed: a weight for each tenant, listed or in a file. */
import { Type } from 'typebox';
import { ParameterError } from '../../errors.ts';
import { GrowingColumn } from '../../kernel/growing-column.ts';
import { NonNegative } from '../../input/schema.ts';
import { eachRow, headerText, numberIn } from '../traces/table.ts';
import type { Text } from '../traces/text.ts';
import { activityStrategy, WeightedChoice } from './tenant-activity.ts';

/**
 * Weights are given for as many tenants as listed. A tier, or a cell, of another number of tenants has the same spread:
 * from the most active on, each tenant has the weight at the middle of its part of the list.
 */
export const weights = activityStrategy({
  kind: 'weights',
  summary: 'Each tenant’s share is proportional to its weight, listed or in a file.',
  parameters: {
    weights: Type.Optional(
      Type.Array(NonNegative({ description: 'Relative activity of a tenant.' }), {
        minItems: 1,
        description: 'Relative activities of the tenants, in any order.',
      }),
    ),
    file: Type.Optional(
      Type.String({
        description:
          'A CSV file with a column weight and, where wanted, tenant; the path is relative to the scenario.',
        examples: ['tenants.csv'],
      }),
    ),
  },
  example: { kind: 'weights', weights: [8, 4, 2, 1, 1] },
  declares: { file: ({ file = null }) => file, isEven: false },
  create: ({ weights: listed, file }, { tenants, tenantWeights }) => {
    if ((listed === undefined) === (file === undefined))
      throw new ParameterError('', 'needs either weights or file, and not both');
    const sorted = Float64Array.from(listed ?? tenantWeights(file!))
      .sort()
      .reverse();
    const weightOf = (tenant: number) => sorted[Math.floor(((tenant + 0.5) * sorted.length) / tenants)]!;
    if (weightOf(0) === 0) {
      throw new ParameterError(
        file === undefined ? 'weights' : 'file',
        'gives every tenant a weight of 0, so no requests would be sent; give some tenant a weight',
      );
    }
    return new WeightedChoice(() => new Float64Array(tenants).map((_, tenant) => weightOf(tenant)));
  },
});

/** The weights in a file's text. Throws `InputError` with file and line. */
export function readTenantWeights(text: Text, file: string): Float64Array {
  const weights = new GrowingColumn('Float64Array');
  eachRow(
    text,
    file,
    (header) => {
      const at = header.indexOf('weight');
      if (at < 0 || header.some((name) => name !== 'weight' && name !== 'tenant'))
        return `${headerText(header)}; expected "weight" or "tenant,weight"`;
      return (cells, refuse) => numberIn(cells[at]!, 'weight', 0, refuse);
    },
    (weight) => weights.push(weight),
  );
  return weights.take();
}
