/**
 * The engine alone: replicas of continuous batching with a queue before each, driven by arrivals that were drawn before.
 * No gateway, no ledger, no common event list: a request goes to the next replica in turn, which is brought up to the
 * present then, because nothing that happens elsewhere can concern it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { RequestRow } from '../src/ids.ts';
import type { Replica, ServiceObserver } from '../src/serving/index.ts';
import type { CounterStream } from '../src/stats/index.ts';
import {
  disciplines,
  QueueLinks,
  NO_SESSION,
  onGrid,
  readCatalog,
  RequestTable,
  services,
  Streams,
  tokenDistributions,
  wholeTokens,
} from './built.ts';
import { startWatch } from './stopwatch.ts';

/** What both parts serve with: Llama 3.1 8B on one H100, with the defaults of the engine. */
export const MODEL = 'llama-3.1-8b';
export const ACCELERATOR = 'h100-sxm';

/** In a bundle all modules have the URL of `measure.ts`, so the path begins in this folder. */
const TRACE = fileURLToPath(new URL('../../shared/data/traces/azure2023_conv.csv.gz', import.meta.url));
const TABLE = 'azure-2023-conversation';

export interface Lengths {
  readonly source: string;
  readonly prompt: Int32Array;
  readonly output: Int32Array;
}

const catalog = readCatalog();
const noDraws: readonly CounterStream[] = [];

/** The lengths of the Azure conversation trace in its order; drawn from the catalogue's table where it is absent. */
export function traceLengths(): Lengths {
  if (!existsSync(TRACE)) return catalogLengths();
  const rows = gunzipSync(readFileSync(TRACE)).toString('utf8').trim().split('\n').slice(1);
  const column = (index: number) => Int32Array.from(rows, (row) => Number(row.split(',')[index]));
  return { source: 'the Azure 2023 conversation trace, in its order', prompt: column(1), output: column(2) };
}

/** As many lengths as the trace has, drawn from the catalogue's table of it. */
export function catalogLengths(): Lengths {
  const streams = new Streams('bench', 0);
  const draw = (part: 'prompt' | 'output') => {
    const table = catalog.quantileTable(`${TABLE}.${part}`)!;
    const law = tokenDistributions.create(
      { kind: 'empirical', quantiles: table.probabilities.map((p, at) => [p, table.tokens[at]!]) },
      { quantileTable: () => null },
    );
    const source = streams.stream(part);
    return Int32Array.from({ length: 19_366 }, () => wholeTokens(law.sample(source), source));
  };
  return {
    source: 'draws from azure-2023-conversation',
    prompt: draw('prompt'),
    output: draw('output'),
  };
}

export interface EngineRun {
  readonly seconds: number;
  readonly requests: number;
  readonly events: number;
  readonly steps: number;
  /** Of the instants at which requests were served, whatever their order. */
  readonly hash: string;
  /** When the n-th request was served [s]; what a saturated replica's capacity is read from. */
  readonly servedAt: Float64Array;
}

/** Runs so many requests with Poisson arrivals of this rate, or all at once where it is ∞. */
export function runEngine(
  lengths: Lengths,
  { replicas: count, requests, rate }: { replicas: number; requests: number; rate: number },
): EngineRun {
  const arrivals = new Float64Array(requests);
  const source = new Streams('bench', 1).stream('arrivals');
  let at = 0;
  for (let n = 0; n < requests; n++) {
    at -= Math.log(1 - source.next()) / rate;
    arrivals[n] = onGrid(at);
  }
  const engine = new Engine(count, requests);
  const elapsed = startWatch();
  for (let n = 0; n < requests; n++) {
    const place = n % lengths.prompt.length;
    engine.arrive(n, arrivals[n]!, n % count, lengths.prompt[place]!, lengths.output[place]!);
  }
  engine.finish();
  const seconds = elapsed();
  return { seconds, requests, ...engine.result() };
}

class Engine implements ServiceObserver {
  private readonly table = new RequestTable();
  private readonly replicas: readonly Replica[];
  private readonly queues;
  /** When each replica asked to be called, and with what. */
  private readonly dueAt: Float64Array;
  private readonly tokens: Int32Array;
  private readonly servedAt: Float64Array;
  private served = 0;
  private events = 0;
  private hash = 0;

  constructor(replicas: number, requests: number) {
    const { table } = this;
    const service = services.create(
      {
        kind: 'continuous-batching',
        maxSequences: 256,
        maxBatchedTokens: 8192,
        chunkedPrefill: true,
        priorityPreemption: false,
        prefixCache: true,
        reserveFullPrompt: false,
        pipelineStages: 1,
        kv: { memoryUtilisation: 0.9, blockSize: 16 },
        stepTime: { kind: 'roofline' },
      },
      {
        quantileTable: () => null,
        model: catalog.model(MODEL),
        accelerator: catalog.accelerator(ACCELERATOR),
        gpusPerReplica: 1,
        draws: noDraws,
        tiers: [],
      },
    );
    const links = new QueueLinks();
    this.dueAt = new Float64Array(replicas).fill(Infinity);
    this.tokens = new Int32Array(replicas);
    this.servedAt = new Float64Array(requests);
    this.queues = Array.from({ length: replicas }, () =>
      disciplines.create(
        { kind: 'fcfs' },
        {
          declared: table.declared,
          links,
          classes: 1,
          tiers: [],
          wasServed: () => false,
          now: () => 0,
          predictedWork: () => 0,
          worth: () => 0,
        },
      ),
    );
    this.replicas = this.queues.map((queue, id) =>
      service.createReplica({
        id,
        phase: 'both' as const,
        table,
        tiers: 1,
        queue,
        observer: this,
        onGrid,
        schedule: (at, replica, token) => {
          this.dueAt[replica] = at;
          this.tokens[replica] = token;
        },
      }),
    );
  }

  arrive(id: number, now: number, place: number, prompt: number, output: number): void {
    const { declared, granted, latent, progress } = this.table;
    this.bringTo(now, place);
    const row = this.table.open();
    declared.id[row] = id;
    declared.tier[row] = 0;
    declared.priority[row] = 0;
    declared.promptTokens[row] = prompt;
    declared.cachedTokens[row] = 0;
    declared.session[row] = NO_SESSION;
    declared.prefixTokens[row] = 0;
    declared.maxOutput[row] = 0;
    declared.attemptAt[row] = now;
    granted.outputCap[row] = 0;
    latent.outputTokens[row] = output;
    progress.outputDone[row] = 0;
    progress.movedTokens[row] = 0;
    this.queues[place]!.push(row);
    const replica = this.replicas[place]!;
    if (replica.canStart) replica.start(now);
    else replica.onQueueChanged(now, false);
  }

  /** Lets every replica end what it has. */
  finish(): void {
    for (let place = 0; place < this.replicas.length; place++) this.bringTo(Infinity, place);
  }

  result() {
    const steps = this.replicas.reduce((sum, { meter }) => sum + meter.steps, 0);
    const hash = (this.hash >>> 0).toString(16).padStart(8, '0');
    return { events: this.events, steps, hash, servedAt: this.servedAt };
  }

  private bringTo(now: number, place: number): void {
    while (this.dueAt[place]! < now) {
      const at = this.dueAt[place]!;
      this.dueAt[place] = Infinity;
      this.events += 1;
      this.replicas[place]!.resume(at, this.tokens[place]!);
    }
  }

  admitted(): void {
    // Waits are not measured here.
  }
  firstToken(): void {
    // Nor latencies,
  }
  furtherTokens(): void {
    // nor the times between tokens.
  }
  furtherTokenRun(): void {
    // The same of a run.
  }
  preempted(): void {
    // It waits again; nobody counts.
  }

  finished(row: RequestRow, now: number): void {
    const id = this.table.declared.id[row]!;
    this.servedAt[this.served++] = now;
    // A sum of mixed pairs: the order in which replicas are brought up to date does not show.
    this.hash = (this.hash + Math.imul(Math.imul(id, 0x9e3779b1) ^ (now * 1e6), 0x85ebca6b)) | 0;
    this.table.close(row);
  }
}

/**
 * What one replica serves when its queue is never empty [requests/s]: of so many requests that are all there at the start,
 * those from the first tenth to the last tenth, over the time they took.
 */
export function capacityOf(lengths: Lengths, requests: number): number {
  const { servedAt } = runEngine(lengths, { replicas: 1, requests, rate: Infinity });
  const [first, last] = [Math.floor(0.1 * requests), Math.floor(0.9 * requests)];
  return (last - first) / (servedAt[last]! - servedAt[first]!);
}
