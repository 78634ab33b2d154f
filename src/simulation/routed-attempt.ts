/** The attempt being routed, as routers see it: one reused object, set to each attempt in turn. */
import type { RoutedRequest } from '../gateway/routing/index.ts';
import { NO_ROW, type RequestRow } from '../ids.ts';
import type { CounterStream, UniformSource } from '../stats/index.ts';
import type { RequestTable } from '../workload/request-table.ts';
import type { ModelService } from './fleet.ts';

export class RoutedAttempt implements RoutedRequest {
  private readonly table: RequestTable;
  /** By tier; positioned by the request, its attempt and its phase. */
  private readonly streams: readonly CounterStream[];
  private readonly tieStreams: readonly CounterStream[];
  private row: RequestRow = NO_ROW;
  private model: ModelService | null = null;

  constructor(table: RequestTable, streams: readonly CounterStream[], tieStreams: readonly CounterStream[]) {
    this.table = table;
    this.streams = streams;
    this.tieStreams = tieStreams;
  }

  /** Sets it to the current attempt of a request for this model, which some replica can take. Returns itself. */
  of(row: RequestRow, model: ModelService): this {
    const { declared, progress } = this.table;
    this.row = row;
    this.model = model;
    const phase = progress.prefillPool[row]! < 0 ? 0 : 1;
    const tier = declared.tier[row]!;
    const ordinal = declared.ordinal[row]!;
    const decision = 2 * progress.attempts[row]! + phase;
    this.streams[tier]!.at(ordinal, decision);
    this.tieStreams[tier]!.at(ordinal, decision);
    return this;
  }

  get draws(): UniformSource {
    return this.streams[this.tier]!;
  }

  get ties(): UniformSource {
    return this.tieStreams[this.tier]!;
  }

  get tier(): number {
    return this.table.declared.tier[this.row]!;
  }

  get session(): number {
    return this.table.declared.session[this.row]!;
  }

  isHeldBy(place: number): boolean {
    return this.model!.isHeldBy(place, this.table, this.row) && !this.model!.isShut(place);
  }
}
