/** Every tenant is equally active. */
import { activityStrategy } from './tenant-activity.ts';

export const equal = activityStrategy({
  kind: 'equal',
  summary: 'Every tenant sends the same share of the requests.',
  parameters: {},
  example: { kind: 'equal' },
  declares: { file: null, isEven: true },
  create: (_, { tenants }) => ({
    choose: (source) => (tenants === 1 ? 0 : Math.floor(source.next() * tenants)),
    shares: () => new Float64Array(tenants).fill(1 / tenants),
  }),
});
