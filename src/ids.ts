/**
 * Indices into columns. Each is a plain number with a brand, so that a tier cannot be used where a row is meant;
 * quantities (tokens, seconds) carry no brand.
 */

declare const brand: unique symbol;
type Index<Name extends string> = number & { readonly [brand]: Name };

/** A row of the request table: a live request. Rows are recycled; the `ordinal` of a request is not. */
export type RequestRow = Index<'request-row'>;

/** The row that is none: ends of linked lists, empty answers. */
export const NO_ROW = -1 as RequestRow;
