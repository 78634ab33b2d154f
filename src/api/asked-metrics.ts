/** Which of many numbers are asked for, by scope and metric, and what is said where there are none of these names. */
import { meantBy } from '../alternatives.ts';
import { shown } from '../shown.ts';
import { notFound, type Refusal } from './problems.ts';

export interface Named {
  readonly scope: string;
  readonly metric: string;
}

/** Names that are asked for; those that are left out are any. */
export interface Asked {
  readonly scope?: string | undefined;
  readonly metric?: string | undefined;
}

/** Whether a number is one of those that are asked for. */
export const isAsked = (one: Named, { scope, metric }: Asked): boolean =>
  (scope === undefined || one.scope === scope) && (metric === undefined || one.metric === metric);

/**
 * The numbers that are asked for. Throws `Refusal` where there are some, and none of these names.
 *
 * @param of what they are numbers of, as in `batch ID`
 */
export function askedOf<One extends Named>(all: readonly One[], asked: Asked, of: string): readonly One[] {
  if (asked.scope === undefined && asked.metric === undefined) return all;
  const found = all.filter((one) => isAsked(one, asked));
  if (found.length === 0 && all.length > 0) throw noMetric(of, all, asked);
  return found;
}

/** That nothing of what was measured has these names, with those that were meant. */
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
