/** Limits how many streams or downloads, which hold resources while they last, each caller may have open. */
import { Refusal } from './problems.ts';

export class Places {
  private readonly most: number;
  private readonly refusal: Refusal;
  private readonly taken = new Map<string, number>();

  /** @param refusal thrown when a caller has used all of its places */
  constructor(most: number, refusal: Refusal) {
    this.most = most;
    this.refusal = refusal;
  }

  /** Takes a place; the returned function frees it. Throws if the caller has none left. */
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
