/** Serves the request with the same model at lower precision. */
import { Type } from 'typebox';
import { ParameterError } from '../../errors.ts';
import { Share } from '../../input/schema.ts';
import { actionStrategy } from './action.ts';
import { servedInstead } from './served-instead.ts';

/** A pool that serves a model of its own name (`llama-70b-fp8`) beside those that serve it in full. */
export const quantisedPool = actionStrategy({
  kind: 'quantised-pool',
  summary: 'Serves the request in a given pool, such as one that holds the model at lower precision.',
  parameters: {
    pool: Type.String({ description: 'The pool, which must be the only one to serve its model.' }),
    quality: Share({ default: 1, description: 'Quality of its answers relative to the model asked for.' }),
  },
  example: { kind: 'quantised-pool', pool: 'main', quality: 0.98 },
  create: ({ pool, quality }, { pools }) => {
    const named = pools.find(({ name }) => name === pool);
    if (named === undefined)
      throw new ParameterError(
        'pool',
        `no pool is called "${pool}"; there are ${pools.map(({ name }) => name).join(', ')}`,
      );
    const other = pools.find(({ name, model }) => name !== pool && model === named.model);
    if (other !== undefined)
      throw new ParameterError(
        'pool',
        `"${pool}" and "${other.name}" serve one model and share its requests; give the model of "${pool}" a name of its own`,
      );
    return servedInstead(named.model, quality);
  },
});
