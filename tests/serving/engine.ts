/**
 * The rules of one engine written a second time, as plainly as they can be: conventions C1 to C10 of the oracles. Slow,
 * in milliseconds, KV in blocks of one token. Nothing of the program is used.
 */

export interface EngineRequest {
  readonly t: number;
  readonly p: number;
  readonly o: number;
  readonly prio: number;
  readonly patience?: number;
}

export interface EngineConfig {
  readonly budget: number;
  readonly seats: number;
  readonly chunked: boolean;
  readonly kv: number;
  readonly prioPreempt: boolean;
  /** Step time: a + b P + c S + d K. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

export interface EngineAnswer {
  readonly outcome: 'served' | 'abandoned' | 'failed';
  readonly tokens: readonly number[];
  readonly preempts: number;
}

interface One extends EngineRequest {
  readonly id: number;
  outcome: EngineAnswer['outcome'] | null;
  tokens: number[];
  preempts: number;
  admitted: boolean;
  toRead: number;
  held: number;
  chunk: number;
}

export function referenceEngine(
  requests: readonly EngineRequest[],
  config: EngineConfig,
): { readonly answers: readonly EngineAnswer[]; readonly steps: number; readonly busy: number } {
  const all = requests.map((request, id): One => ({
    ...request,
    id,
    outcome: null,
    tokens: [],
    preempts: 0,
    admitted: false,
    toRead: 0,
    held: 0,
    chunk: 0,
  }));
  const before = (x: One, y: One) => x.prio - y.prio || x.t - y.t || x.id - y.id;
  const coming = [...all].sort((x, y) => x.t - y.t || x.id - y.id);
  let waiting: One[] = [];
  let running: One[] = [];
  let now = 0;
  let steps = 0;
  let busy = 0;
  const used = () => running.reduce((sum, one) => sum + one.held, 0);
  const needs = (one: One) => one.p + one.tokens.length;
  const preempt = () => {
    const victim = running.pop()!;
    victim.held = 0;
    victim.preempts += 1;
    waiting.push(victim);
    waiting.sort(before);
  };
  while (coming.length + waiting.length + running.length > 0) {
    if (waiting.length + running.length === 0) now = Math.max(now, coming[0]!.t);
    while (coming.length > 0 && coming[0]!.t <= now) {
      const one = coming.shift()!;
      if (one.p + one.o - 1 > config.kv || (!config.chunked && one.p > config.budget)) one.outcome = 'failed';
      else waiting.push(one);
    }
    waiting.sort(before);
    for (const one of waiting)
      if (!one.admitted && one.t + (one.patience ?? Infinity) < now) one.outcome = 'abandoned';
    waiting = waiting.filter(({ outcome }) => outcome === null);
    if (waiting.length + running.length === 0) continue;

    for (const one of running) one.chunk = 0;
    if (config.prioPreempt) {
      for (;;) {
        const [best] = waiting;
        const worst = running[running.length - 1];
        if (best === undefined || worst === undefined || best.prio >= worst.prio) break;
        if (running.length < config.seats && used() + Math.min(needs(best), config.budget) <= config.kv)
          break;
        preempt();
      }
    }
    let budget = config.budget;
    let resident = 0;
    let prefill = 0;
    let scheduled = 0;
    let shortage = false;
    const take = (one: One, chunk: number) => {
      resident += one.held;
      if (one.toRead > 0) prefill += chunk;
      one.chunk = chunk;
      one.held += chunk;
      budget -= chunk;
      scheduled += 1;
    };
    for (let n = 0; n < running.length && budget > 0; n++) {
      const one = running[n]!;
      const chunk = one.toRead > 0 ? Math.min(one.toRead, budget) : 1;
      while (running.includes(one) && used() + chunk > config.kv) {
        preempt();
        shortage = true;
      }
      if (running.includes(one)) take(one, chunk);
    }
    while (!shortage && waiting.length > 0 && running.length < config.seats && budget > 0) {
      const one = waiting[0]!;
      const whole = !config.chunked && needs(one) <= config.budget;
      if (whole && needs(one) > budget) break;
      const chunk = Math.min(needs(one), budget);
      if (used() + chunk > config.kv) break;
      waiting.shift();
      one.admitted = true;
      one.toRead = needs(one);
      running.push(one);
      take(one, chunk);
      running.sort(before);
    }

    const time = config.a + config.b * prefill + config.c * scheduled + config.d * resident;
    now += time;
    busy += time;
    steps += 1;
    for (const one of running) {
      if (one.chunk === 0) continue;
      one.toRead = Math.max(0, one.toRead - one.chunk);
      if (one.toRead > 0) continue;
      one.tokens.push(now);
      if (one.tokens.length === one.o) one.outcome = 'served';
    }
    running = running.filter(({ outcome }) => outcome === null);
  }
  return {
    answers: all.map(({ outcome, tokens, preempts }) => ({ outcome: outcome!, tokens, preempts })),
    steps,
    busy,
  };
}
