/** Selects the requested numbers by scope and metric, and reports names that match none of them. */
import { meantBy } from '../input/suggest.ts';
import { shown } from '../shown.ts';
import { notFound, type Refusal } from './problems.ts';

export interface Named {
  readonly scope: string;
  readonly metric: string;
}

/** The requested names; a name that is left out matches any. */
export interface Asked {
  readonly scope?: string | undefined;
  readonly metric?: string | undefined;
}

/** Whether a number is one of those requested. */
export const isAsked = (one: Named, { scope, metric }: Asked): boolean =>
  (scope === undefined || one.scope === scope) && (metric === undefined || one.metric === metric);

/**
 * The requested numbers. Throws `Refusal` if names are given and none of the numbers has them.
 *
 * @param of what the numbers belong to, as in `batch ID`
 */
export function askedOf<One extends Named>(all: readonly One[], asked: Asked, of: string): readonly One[] {
  if (asked.scope === undefined && asked.metric === undefined) return all;
  const found = all.filter((one) => isAsked(one, asked));
  if (found.length === 0 && all.length > 0) throw noMetric(of, all, asked);
  return found;
}

/** The refusal for names that match none of the measured numbers, with suggestions. */
export function noMetric(of: string, measured: readonly Named[], { scope, metric }: Asked): Refusal {
  const scopes = [...new Set(measured.map((one) => one.scope))];
  const isThere = scope === undefined || scopes.includes(scope);
  const ofScope = measured.filter((one) => scope === undefined || one.scope === scope);
  const [what, given, known] = isThere
    ? ['metric', metric!, [...new Set(ofScope.map((one) => one.metric))]]
    : ['scope', scope, scopes];
  const meant = meantBy(given, known);
  const where = isThere && scope !== undefined ? ` of scope ${shown(scope)}` : '';
  const remedy = `GET /v1/batches/ID/estimates without ${what} has them all`;
  return notFound(
    `${of} has no ${what} ${shown(given)}${where}; ${meant === undefined ? '' : `did you mean ${shown(meant)}? `}${remedy}`,
  );
}
