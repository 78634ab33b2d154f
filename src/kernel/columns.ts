/**
 * Columns: typed arrays of one length that grow together. Holders reach a column through its group at each use
 * (`table.declared.prompt[row]`), because growing replaces the arrays.
 */

export type Column = Float64Array | Int32Array | Uint8Array;
export type ColumnGroup = Record<string, Column>;

/** A copy of a column with room for `capacity` entries. */
export function grown<Kind extends Column>(column: Kind, capacity: number): Kind {
  const Constructor = column.constructor as new (length: number) => Kind;
  const copy = new Constructor(capacity);
  copy.set(column);
  return copy;
}

/** Gives every column of the group room for `capacity` entries; their contents are kept. */
export function growColumns(group: ColumnGroup, capacity: number): void {
  for (const [name, column] of Object.entries(group)) {
    group[name] = grown(column, capacity);
  }
}
