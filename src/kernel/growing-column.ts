/**
 * A column of unknown final length: numbers are kept in blocks, so that growing copies nothing and memory is
 * proportional to the contents. It knows numbers only.
 */

/** Entries of a block. */
const BLOCK = 1 << 16;

interface Kinds {
  Float64Array: Float64Array;
  Int32Array: Int32Array;
}

type Constructor<Kind extends keyof Kinds> = {
  new (length: number): Kinds[Kind];
  new (memory: SharedArrayBuffer): Kinds[Kind];
  readonly BYTES_PER_ELEMENT: number;
};

const KINDS: { readonly [Kind in keyof Kinds]: Constructor<Kind> } = { Float64Array, Int32Array };

export class GrowingColumn<Kind extends keyof Kinds> {
  length = 0;
  private readonly kind: Kind;
  private readonly blocks: Kinds[Kind][] = [];

  constructor(kind: Kind) {
    this.kind = kind;
  }

  push(value: number): void {
    const at = this.length % BLOCK;
    if (at === 0) this.blocks.push(new KINDS[this.kind](BLOCK));
    this.blocks.at(-1)![at] = value;
    this.length += 1;
  }

  at(index: number): number {
    return this.blocks[Math.floor(index / BLOCK)]![index % BLOCK]!;
  }

  /** Moves its contents into one array that threads may share; the column is empty afterwards. */
  take(): Kinds[Kind] {
    const Column: Constructor<Kind> = KINDS[this.kind];
    const all = new Column(new SharedArrayBuffer(this.length * Column.BYTES_PER_ELEMENT));
    this.blocks.forEach((block, index) => {
      const from = index * BLOCK;
      all.set(block.subarray(0, Math.min(BLOCK, this.length - from)), from);
    });
    this.blocks.length = 0;
    this.length = 0;
    return all;
  }
}
