/** Pages of rows, newest first. It knows keys and lengths, and nothing of what the rows mean. */

/** A page of rows, and the cursor of the next page; `null` if there is none. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly next: number | null;
}

/** How rows become a page. */
export interface Paging<Row, Shown> {
  /** Rows of a page, at most. */
  readonly limit: number;
  /** A page ends once its rows have more than this length together, however few they are. */
  readonly longest: number;
  keyOf(row: Row): number;
  lengthOf(row: Row): number;
  shown(row: Row): Shown;
}

/** The page that begins with the first of these rows, which are in falling order of their keys. */
export function pageOf<Row, Shown>(
  found: Iterable<Row>,
  { limit, longest, keyOf, lengthOf, shown }: Paging<Row, Shown>,
): Page<Shown> {
  const rows: Shown[] = [];
  let last = 0;
  let length = 0;
  for (const row of found) {
    if (rows.length === limit || length > longest) return { rows, next: last };
    rows.push(shown(row));
    last = keyOf(row);
    length += lengthOf(row);
  }
  return { rows, next: null };
}

/** What a page that has no cursor begins below: every key. */
export const ABOVE_ALL = Number.MAX_SAFE_INTEGER;
