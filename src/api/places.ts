/** Places of which each caller has so many: of streams and of downloads, which hold something while they last. */
import { Refusal } from './problems.ts';

export class Places {
  private readonly most: number;
  private readonly refusal: Refusal;
  private readonly taken = new Map<string, number>();

  /** @param refusal what a caller is told who has all of them */
  constructor(most: number, refusal: Refusal) {
    this.most = most;
    this.refusal = refusal;
  }

  /** Takes a place; the function that is given back leaves it. Throws where the caller has no more. */
  take(caller: string): () => void {
    const taken = this.taken.get(caller) ?? 0;
    if (taken >= this.most) throw this.refusal;
    this.taken.set(caller, taken + 1);
    return () => {
      const left = this.taken.get(caller)! - 1;
      if (left === 0) this.taken.delete(caller);
      else this.taken.set(caller, left);
    };
  }
}
