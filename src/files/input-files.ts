/**
 * The input files of a command: each is read once, however often and by however many threads it is requested. A pipe
 * can be read only once, and a large trace takes minutes. It knows which file is which, and not what they contain.
 */
import { statSync } from 'node:fs';
import type { LoadedTrace, LoadedWeights } from '../scenario/named-files.ts';
import { readTenantWeights } from '../workload/activity/index.ts';
import { TRACE_FORMATS, type TraceFormat, type TraceOptions } from '../workload/traces/index.ts';
import { STANDARD_INPUT, type ReadingListener } from './file-bytes.ts';
import { readFileBy, readText, type ReadFile } from './text-file.ts';

/** A trace, read as far as requested. */
interface HeldTrace extends LoadedTrace {
  /** Requests up to this time have been read [s on its clock]. */
  readonly until: number;
}

/** What was read, in the form passed to another thread: the columns of traces are shared, not copied. */
export interface HeldFiles {
  readonly texts: ReadonlyMap<string, ReadFile<string>>;
  readonly traces: ReadonlyMap<string, HeldTrace>;
  readonly weights: ReadonlyMap<string, LoadedWeights>;
}

export class InputFiles {
  private readonly onRead: ReadingListener | undefined;
  private readonly texts: Map<string, ReadFile<string>>;
  private readonly traces: Map<string, HeldTrace>;
  private readonly tenantWeights: Map<string, LoadedWeights>;

  /** `onRead` is called with reading progress; `held` is what another thread has read. */
  constructor(onRead?: ReadingListener, held?: HeldFiles) {
    this.onRead = onRead;
    this.texts = new Map(held?.texts);
    this.traces = new Map(held?.traces);
    this.tenantWeights = new Map(held?.weights);
  }

  /** Everything read so far. */
  held(): HeldFiles {
    return { texts: this.texts, traces: this.traces, weights: this.tenantWeights };
  }

  /** The text of a file. Throws `ParameterError` for one that does not exist or is invalid. */
  text(path: string): ReadFile<string> {
    const known = this.texts.get(path) ?? readText(path, this.onRead);
    this.texts.set(path, known);
    return known;
  }

  /**
   * The trace in a file of a given format, at least as far as requested. Throws as `text` does, and `InputError` with
   * the line for faults in the text.
   */
  trace(path: string, format: TraceFormat, options: TraceOptions): LoadedTrace {
    const key = JSON.stringify([path, format, options.blockSize]);
    const until = canBeReadAgain(path) ? (options.until ?? Infinity) : Infinity;
    const known = this.traces.get(key);
    if (known !== undefined && known.until >= until) return known;
    const { content, digest } = readFileBy(
      path,
      (text, name) => TRACE_FORMATS[format].read(text, name, { ...options, until }),
      this.onRead,
    );
    const held = { trace: content, digest, until };
    this.traces.set(key, held);
    return held;
  }

  /** The weights of tenants in a file. Throws as `trace` does. */
  weights(path: string): LoadedWeights {
    let known = this.tenantWeights.get(path);
    if (known === undefined) {
      const { content, digest } = readFileBy(path, readTenantWeights, this.onRead);
      known = { weights: content, digest };
      this.tenantWeights.set(path, known);
    }
    return known;
  }
}

const canBeReadAgain = (path: string): boolean =>
  path !== STANDARD_INPUT && statSync(path, { throwIfNoEntry: false })?.isFile() !== false;
