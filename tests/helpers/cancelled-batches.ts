/** Batches that are asked for, begin to run and are cancelled, one after another, and what stays of them in the server. */
import { readdirSync, readFileSync } from 'node:fs';
import { smallQueue } from './queue.ts';
import { follow, type ServedProcess } from './server.ts';

export interface Held {
  readonly threads: number;
  /** Resident memory [MB]. */
  readonly megabytes: number;
}

/** What a process holds, as Linux tells it. */
export function heldBy({ running: { process } }: ServedProcess): Held {
  const status = readFileSync(`/proc/${process.pid}/status`, 'utf8');
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status)!;
  return {
    threads: readdirSync(`/proc/${process.pid}/task`).length,
    megabytes: Math.round(Number(kilobytes) / 1_000),
  };
}

/** A batch that would run for days, cancelled once its threads are at work; batches differ by their seeds. */
export async function cancelOne({ client, url }: ServedProcess, seed: string): Promise<void> {
  const body = { scenario: { kind: 'text' as const, text: smallQueue(1e8) }, seed, replications: 2 };
  const { data, error } = await client.POST('/v1/batches', { body });
  if (data === undefined) throw new Error(JSON.stringify(error));
  for await (const { event } of follow(url, data.id)) if (event === 'started') break;
  const { response } = await client.POST('/v1/batches/{id}/cancel', { params: { path: { id: data.id } } });
  if (response.status !== 200) throw new Error(`cancelling answered ${response.status}`);
}
