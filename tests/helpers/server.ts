/** A server as a process, as a user starts it, and what asks it over HTTP. */
import { createClient, type Client } from '../../src/client/client.ts';
import { start, until, type Running } from './command.ts';

export interface ServedProcess {
  readonly running: Running;
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly client: Client;
  /** Ends it by a signal; the exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts `fleetyield serve` in a folder, on a port that is free. */
export async function serve(
  cwd: string,
  args: readonly string[] = [],
  token: string | null = null,
): Promise<ServedProcess> {
  const running = start(['serve', '--port', '0', ...args], { cwd });
  await until(running, ({ stdout }) => stdout.includes('\n'), 60_000);
  const [url] = /http:\/\/[^;\s]+/.exec(running.written.stdout)!;
  return {
    running,
    url,
    client: createClient({
      baseUrl: url,
      ...(token === null ? {} : { headers: { authorization: `Bearer ${token}` } }),
    }),
    end: async (signal = 'SIGTERM') => {
      running.process.kill(signal);
      return (await running.outcome).code;
    },
  };
}

export interface ServerEvent {
  readonly id: number;
  readonly event: string;
  readonly data: { readonly status: string; readonly finished?: number; readonly planned?: number };
}

/** The events of a batch as they come, until the server ends the stream; ending early closes the connection. */
export async function* follow(url: string, batch: string, after = 0): AsyncGenerator<ServerEvent> {
  const gone = new AbortController();
  try {
    const answer = await fetch(`${url}/v1/batches/${batch}/events`, {
      headers: after === 0 ? {} : { 'last-event-id': String(after) },
      signal: gone.signal,
    });
    if (answer.status === 204) return;
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
    let text = '';
    for await (const piece of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += piece;
      const messages = text.split('\n\n');
      text = messages.pop()!;
      for (const message of messages) {
        const fields = Object.fromEntries(
          message
            .split('\n')
            .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
        );
        if (fields['data'] === undefined) continue;
        yield {
          id: Number(fields['id']),
          event: fields['event']!,
          data: JSON.parse(fields['data']) as ServerEvent['data'],
        };
      }
    }
  } finally {
    gone.abort();
  }
}

/** Follows a batch to its end; its events. */
export async function toEnd(url: string, batch: string, after = 0): Promise<ServerEvent[]> {
  const events: ServerEvent[] = [];
  for await (const event of follow(url, batch, after)) events.push(event);
  return events;
}
