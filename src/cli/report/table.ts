/** Tables of a page, and estimates in them: what is shown is rounded, and what programs read beside it is not. */
import type { Estimate } from '../../experiments/estimate.ts';
import { isUncertain, NOTHING } from '../format.ts';
import { markup, type Content, type Html } from './markup.ts';

/** A number in a unit that fits it, or that fits another number. */
export type Show = (value: number, like?: number) => string;

/** Digits of a half-width: how sure one is is itself not known better. */
const DIGITS = 2;

/** An estimate with its interval. Its number, place and half-width stand beside it as they are in the store. */
export function estimated(estimate: Estimate | undefined, show: Show): Content {
  if (estimate === undefined || estimate.mean === null) return NOTHING;
  const { mean, halfWidth, scope, metric } = estimate;
  const half = isUncertain(estimate)
    ? markup`<small> ± ${show(Number(halfWidth!.toPrecision(DIGITS)), mean)}</small>`
    : null;
  const store = markup`data-scope="${scope}" data-metric="${metric}" data-half-width="${halfWidth}"`;
  return markup`<data value="${mean}" ${store}>${show(mean)}</data>${half}`;
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
