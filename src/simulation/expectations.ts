/**
 * What a gateway may expect of a request before it is served: its remaining work, from a predictor of stated error, and
 * its worth. The first is the only place where a latent quantity reaches a policy.
 */
import { revenueOf } from '../gateway/worth.ts';
import type { RequestRow } from '../ids.ts';
import type { Service } from '../serving/index.ts';
import { lognormalFactor, type CounterStream, type Streams } from '../stats/index.ts';
import { expectedOutput } from '../workload/expected-output.ts';
import type { RequestTable } from '../workload/request-table.ts';
import type { Trace } from '../workload/traces/index.ts';
import { lookupsOf, type Cell } from './cell.ts';

export class Expectations {
  private readonly cell: Cell;
  private readonly table: RequestTable;
  /** By tier; positioned by the request, so that its error is the same at every call. */
  private readonly errors: readonly CounterStream[];
  /** By tier; `null` where arrivals are drawn. */
  private readonly traces: readonly (Trace | null)[];
  /** By tier [tokens]; computed on the first call of `worth`. */
  private outputs: Float64Array | null = null;

  constructor(cell: Cell, table: RequestTable, streams: Streams, traces: readonly (Trace | null)[]) {
    this.cell = cell;
    this.table = table;
    this.traces = traces;
    this.errors = cell.tiers.map(({ rule }) => streams.counter(`prediction/${rule.name}`));
  }

  /** The remaining work of a request at a service, times an error of this coefficient of variation. */
  workLeft(row: RequestRow, service: Service, errorCv: number): number {
    const work = service.workLeft(this.table, row);
    if (errorCv === 0) return work;
    const { tier, ordinal } = this.table.declared;
    return work * lognormalFactor(errorCv, this.errors[tier[row]!]!.at(ordinal[row]!, 0));
  }

  /**
   * Expected revenue ÷ expected GPU-seconds at a full service [USD/s]. The expected output is the tier's mean, or the
   * bound that the request declares or is granted where that is less.
   */
  worth(row: RequestRow, service: Service): number {
    const { tier, promptTokens, cachedTokens, maxOutput } = this.table.declared;
    const [prompt, cached] = [promptTokens[row]!, cachedTokens[row]!];
    let output = this.outputOf(tier[row]!);
    const { granted } = this.table;
    if (maxOutput[row]! > 0) output = Math.min(output, maxOutput[row]!);
    output *= 1 - granted.outputCut[row]!;
    if (granted.outputCap[row]! > 0) output = Math.min(output, granted.outputCap[row]!);
    const { price } = this.cell.tiers[tier[row]!]!;
    return revenueOf(price, prompt, cached, output) / service.gpuSeconds(prompt, cached, output);
  }

  private outputOf(tier: number): number {
    const { cell, traces } = this;
    this.outputs ??= Float64Array.from(cell.tiers, ({ rule }, index) =>
      expectedOutput(rule.lengths, lookupsOf(cell), traces[index]!),
    );
    return this.outputs[tier]!;
  }
}
