/** What a server counts about itself, in the format Prometheus reads. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { JOB_STATUSES } from '../store/life-cycle.ts';
import type { Store } from '../store/store.ts';

export class ServerMetrics {
  readonly registry = new Registry();
  private readonly requests: Histogram<'method' | 'route' | 'status'>;
  /** Event streams that are open. */
  readonly streams: Gauge;
  /** Requests refused by the rate limit. */
  readonly limited: Counter;

  constructor(store: Store) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.requests = new Histogram({
      name: 'fleetyield_http_request_seconds',
      help: 'Time from a request to the end of its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
      registers,
    });
    this.streams = new Gauge({
      name: 'fleetyield_event_streams',
      help: 'Event streams that are open.',
      registers,
    });
    this.limited = new Counter({
      name: 'fleetyield_requests_limited_total',
      help: 'Requests that were refused because their caller had too many.',
      registers,
    });
    new Gauge({
      name: 'fleetyield_jobs',
      help: 'Batches and campaigns that servers were asked for, by status.',
      labelNames: ['status'],
      registers,
      collect() {
        for (const status of JOB_STATUSES)
          this.set({ status }, store.jobs.count(status) + store.campaigns.count(status));
      },
    });
    new Gauge({
      name: 'fleetyield_campaigns',
      help: 'The campaigns among fleetyield_jobs, by status.',
      labelNames: ['status'],
      registers,
      collect() {
        for (const status of JOB_STATUSES) this.set({ status }, store.campaigns.count(status));
      },
    });
  }

  /** Records a request answered after `seconds` [s]. */
  answered(method: string, route: string, status: number, seconds: number): void {
    this.requests.observe({ method, route, status: String(status) }, seconds);
  }
}
