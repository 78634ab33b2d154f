/**
 * Averages over time of a quantity that is constant between changes: length of a queue, busy servers, memory in use.
 * An average over events (the queue as arrivals see it) is another number and belongs to `moments.ts`.
 */
import { InvariantError } from '../errors.ts';
import { CompensatedSum } from './compensated-sum.ts';

/** The time integral and mean of a piecewise-constant path. Instants are in seconds and never go back. */
export class TimeAverage {
  private readonly past = new CompensatedSum();
  private level: number;
  private startedAt: number;
  private changedAt: number;

  /** The path has `value` from the instant `now` [s] on. */
  constructor(value = 0, now = 0) {
    this.level = value;
    this.startedAt = now;
    this.changedAt = now;
  }

  /** The present value of the path. */
  get value(): number {
    return this.level;
  }

  /** From `now` [s] on the path has this value. Throws InvariantError when time goes back. */
  set(value: number, now: number): void {
    this.past.add(this.level * this.since(now));
    this.level = value;
    this.changedAt = now;
  }

  /** From `now` [s] on the path is higher by `delta`. Throws InvariantError when time goes back. */
  add(delta: number, now: number): void {
    this.set(this.level + delta, now);
  }

  /**
   * From `now` [s] on the path has this value; since the instant `since` it went through others, with this integral in
   * all. Where the window opened after `since`, the path had not yet left its value then, and that part is taken off.
   */
  follow(integral: number, since: number, value: number, now: number): void {
    this.since(now);
    this.past.add(integral - this.level * (this.changedAt - since));
    this.level = value;
    this.changedAt = now;
  }

  /** Drops history and keeps the value: the window opens at `now` [s], such as the end of the warm-up. */
  restart(now: number): void {
    this.since(now);
    this.past.reset();
    this.startedAt = now;
    this.changedAt = now;
  }

  /** The integral of the path from the start of the window to `now` [unit of the value × s]. */
  integral(now: number): number {
    return this.past.value + this.level * this.since(now);
  }

  /** The mean of the path from the start of the window to `now` [s]; `null` when the window is empty. */
  mean(now: number): number | null {
    const integral = this.integral(now);
    return now > this.startedAt ? integral / (now - this.startedAt) : null;
  }

  private since(now: number): number {
    if (!(now >= this.changedAt)) refuse(this.changedAt, now);
    return now - this.changedAt;
  }
}

/** A function of its own: the compiler would make the message of a check that is inlined twice before the first. */
function refuse(changedAt: number, now: number): never {
  throw new InvariantError(`time went back from ${changedAt} s to ${now} s in a time average`);
}
