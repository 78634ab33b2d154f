/**
 * Tables of a page, and estimates in them: displayed values are rounded, and the machine-readable attributes beside
 * them are not.
 */
import type { Estimate } from '../../experiments/estimate.ts';
import { isUncertain, NOTHING } from '../shared/format.ts';
import { markup, type Content, type Html } from './markup.ts';

/** A number in a unit that fits it, or that fits another number. */
export type Show = (value: number, like?: number) => string;

/** Digits of a half-width: an uncertainty is itself known to no more than this. */
const DIGITS = 2;

/** An estimate with its interval. Its exact value, address and half-width are in attributes, as in the store. */
export function estimated(estimate: Estimate | undefined, show: Show): Content {
  if (estimate === undefined) return NOTHING;
  const { scope, metric } = estimate;
  return bounded(estimate, show, markup` data-scope="${scope}" data-metric="${metric}"`);
}

/** A number with its interval, and exact values in attributes for programs. */
export function bounded(
  bounds: Pick<Estimate, 'mean' | 'halfWidth'>,
  show: Show,
  attributes: Html | null = null,
): Content {
  const { mean, halfWidth } = bounds;
  if (mean === null) return NOTHING;
  const half = isUncertain(bounds)
    ? markup`<small> ± ${show(Number(halfWidth!.toPrecision(DIGITS)), mean)}</small>`
    : null;
  return markup`<data value="${mean}" data-half-width="${halfWidth}"${attributes}>${show(mean)}</data>${half}`;
}

/** A table whose first column names the rows; the others are numbers unless their heads are listed as text. */
export function table(
  caption: Content,
  head: readonly string[],
  rows: readonly (readonly Content[])[],
  text: readonly string[] = [],
): Html {
  const kinds = head.map((name, column) => (column === 0 || text.includes(name) ? 'text' : 'number'));
  const cells = (row: readonly Content[]) =>
    row.map((content, column) =>
      column === 0
        ? markup`<th scope="row">${content}</th>`
        : markup`<td class="${kinds[column]!}">${content}</td>`,
    );
  const heads = head.map((name, column) => markup`<th scope="col" class="${kinds[column]!}">${name}</th>`);
  return markup`<div class="table">
    <table>
      <caption>${caption}</caption>
      <thead>
        <tr>${heads}</tr>
      </thead>
      <tbody>
        ${rows.map((row) => markup`<tr>${cells(row)}</tr>\n`)}
      </tbody>
    </table>
  </div>`;
}
