/** What is wrong with a document, collected, so that the user sees every fault at once. */
import { firstOf, InputError, MOST_FAULTS, ParameterError, type Fault } from '../errors.ts';
import type { FaultKind } from '../faults.ts';
import { parsePath, type Path } from './path.ts';
import type { SourceDocument } from './source-document.ts';

/** Collects what is wrong with a document, so that the user sees every fault at once. */
export class FaultList {
  readonly faults: Fault[] = [];
  private readonly document: SourceDocument;

  constructor(document: SourceDocument) {
    this.document = document;
  }

  /** Adds a fault. Throws once there are more than are reported. */
  add(path: Path, message: string, kind: FaultKind = 'inconsistent'): void {
    this.faults.push({ ...this.document.fault(path, message), kind });
    if (this.faults.length > MOST_FAULTS) this.throwIfAny();
  }

  /** Adds a fault at a path written relative to another. */
  addAt(path: Path, written: string, message: string, kind?: FaultKind): void {
    this.add([...path, ...(parsePath(written) ?? [])], message, kind);
  }

  /** Runs `build` for the parameters at `path`; a `ParameterError` becomes a fault there and the answer is `null`. */
  attempt<T>(path: Path, build: () => T): T | null {
    try {
      return build();
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error;
      this.addAt(path, error.path, error.message, error.kind);
      return null;
    }
  }

  /** Collects the faults that `read` finds in another file; the result is then `null`. */
  gather<T>(read: () => T): T | null {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.faults.push(...error.faults);
      return null;
    }
  }

  /** Throws everything found, if anything was. */
  throwIfAny(): void {
    if (this.faults.length > 0) throw new InputError(firstOf(this.faults));
  }
}
