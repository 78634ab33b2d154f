/** Progress on standard error: a bar on a terminal, an occasional line elsewhere, nothing for short work. */
import { createRequire } from 'node:module';
import type cliProgress from 'cli-progress';
import type { BatchProgress } from '../../batch/run-batch.ts';
import type { CampaignProgress } from '../../campaigns/context.ts';
import { formatMetricAddress } from '../../experiments/metric-address.ts';
import { visible } from '../../shown.ts';
import { drawingStream, notice } from './terminal.ts';

/** Bars are loaded for the first that is drawn. */
const load = createRequire(import.meta.url);

/** Work shorter than this shows no progress [ms]. */
const PATIENCE = 1_000;
/** Interval between lines where there is no terminal [ms]. */
const LINE_INTERVAL = 10_000;
/** In replications: with less done, an estimate of the remaining time is meaningless. */
const LEAST_WORTH = 0.01;

export class Progress {
  /** Shown before the numbers. */
  name: string;
  private readonly startedAt = performance.now();
  private readonly noun: string;
  private readonly bar: cliProgress.SingleBar | null;
  private started = false;
  /** Work that was already done at the start, in replications. */
  private worthAtStart: number | null = null;
  private lineAt = -Infinity;

  /** `noun` names the unit that is counted. */
  constructor(name: string, quiet: boolean, noun = 'replications') {
    this.name = name;
    this.noun = noun;
    const terminal = process.stderr.isTTY;
    this.bar =
      quiet || !terminal
        ? null
        : new (load('cli-progress') as typeof cliProgress).SingleBar({
            stream: drawingStream(),
            format: `{name} {bar} {percentage} % | {finished} of {planned} ${noun} | {eta_formatted} left{precision}`,
            clearOnComplete: true,
            hideCursor: true,
            etaBuffer: 50,
            formatTime: timeLeft,
          });
    if (quiet) this.lineAt = Infinity;
  }

  update(progress: Omit<BatchProgress, 'reused'>): void {
    const { finished, planned, worth } = progress;
    const now = performance.now();
    this.worthAtStart ??= worth;
    if (now - this.startedAt < PATIENCE) return;
    if (this.bar !== null) {
      const details = {
        name: visible(this.name),
        finished,
        planned,
        precision: visible(precisionOf(progress)),
      };
      if (!this.started) this.bar.start(planned, worth, details);
      this.started = true;
      this.bar.setTotal(planned);
      this.bar.update(worth, details);
    } else if (now - this.lineAt > LINE_INTERVAL) {
      this.lineAt = now;
      const percent = Math.round((100 * worth) / planned);
      const left = this.secondsLeft(progress);
      const rest = left === null ? '' : `, ${timeLeft(left)} left`;
      notice(
        `${this.name}: ${percent} %, ${finished} of ${planned} ${this.noun} finished${rest}${precisionOf(progress)}`,
      );
    }
  }

  /** The remaining time at the pace so far; `null` before there is any progress. */
  private secondsLeft({ worth, planned }: Pick<BatchProgress, 'worth' | 'planned'>): number | null {
    const done = worth - (this.worthAtStart ?? 0);
    if (done < LEAST_WORTH) return null;
    return ((performance.now() - this.startedAt) / 1_000 / done) * (planned - worth);
  }

  stop(): void {
    if (this.started) this.bar?.stop();
  }
}

/** The progress of a campaign, with the name of the running batch. */
export class CampaignBar {
  private readonly progress: Progress;

  constructor(quiet: boolean) {
    this.progress = new Progress('', quiet);
  }

  update({ batch: { number, count, title }, ...progress }: CampaignProgress): void {
    this.progress.name = `${number} of ${count}: ${title}`;
    this.progress.update(progress);
  }

  stop(): void {
    this.progress.stop();
  }
}

/** `3 min 20 s`; before an estimate is available, the bar passes a word instead of a number. */
function timeLeft(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'some time';
  const minutes = Math.floor(seconds / 60);
  return `${minutes === 0 ? '' : `${minutes} min `}${Math.round(seconds % 60)} s`;
}

/** `, tier:free/ttft.p99 ± 1.2 %`: the least certain of the watched estimates; empty while there is none. */
function precisionOf({ leastCertain }: Pick<BatchProgress, 'leastCertain'>): string {
  if (leastCertain === null) return '';
  const share = 100 * Math.abs(leastCertain.halfWidth! / leastCertain.mean!);
  return `, ${formatMetricAddress(leastCertain)} ± ${Number(share.toPrecision(2))} %`;
}
