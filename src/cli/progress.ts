/** Progress on standard error: a bar on a terminal, a line now and then elsewhere, nothing for short work. */
import cliProgress from 'cli-progress';
import type { BatchProgress } from '../batch/run-batch.ts';

/** Work shorter than this shows no progress [ms]. */
const PATIENCE = 1_000;
/** Between lines where there is no terminal [ms]. */
const LINE_INTERVAL = 10_000;

export class Progress {
  private readonly startedAt = performance.now();
  private readonly name: string;
  private readonly noun: string;
  private readonly bar: cliProgress.SingleBar | null;
  private started = false;
  private lineAt = -Infinity;

  /** `noun` is what is counted. */
  constructor(name: string, quiet: boolean, noun = 'replications') {
    this.name = name;
    this.noun = noun;
    const terminal = process.stderr.isTTY;
    this.bar =
      quiet || !terminal
        ? null
        : new cliProgress.SingleBar({
            stream: process.stderr,
            format: `${name} {bar} {percentage} % | {finished} of {planned} ${noun} | {eta_formatted} left`,
            clearOnComplete: true,
            hideCursor: true,
            etaBuffer: 50,
            formatTime: timeLeft,
          });
    if (quiet) this.lineAt = Infinity;
  }

  update({ finished, planned, worth }: BatchProgress): void {
    const now = performance.now();
    if (now - this.startedAt < PATIENCE) return;
    if (this.bar !== null) {
      const details = { finished, planned };
      if (!this.started) this.bar.start(planned, worth, details);
      this.started = true;
      this.bar.setTotal(planned);
      this.bar.update(worth, details);
    } else if (now - this.lineAt > LINE_INTERVAL) {
      this.lineAt = now;
      const percent = Math.round((100 * worth) / planned);
      process.stderr.write(`${this.name}: ${percent} %, ${finished} of ${planned} ${this.noun} finished\n`);
    }
  }

  stop(): void {
    if (this.started) this.bar?.stop();
  }
}

/** `3 min 20 s`; before anything is known the bar hands in a word instead of a number. */
function timeLeft(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'some time';
  const minutes = Math.floor(seconds / 60);
  return `${minutes === 0 ? '' : `${minutes} min `}${Math.round(seconds % 60)} s`;
}
