/** How the server ends, as a process: at once, whatever clients have begun and left. */
import { connect, type Socket } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { builtServer } from '../helpers/api-server.ts';
import { endAll, Folder } from '../helpers/command.ts';
import { serve } from '../helpers/server.ts';

const folder = new Folder();
const sockets: Socket[] = [];
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  endAll();
  folder.remove();
});

/** A connection on which so much is sent; its client neither reads nor closes. */
function begun(url: string, text: string): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: true }, () =>
      socket.write(text, () => resolve(socket)),
    );
    socket.on('error', () => undefined);
    sockets.push(socket);
  });
}

const HALF_A_HEAD = 'GET /hea';
const HALF_A_BODY =
  'POST /v1/scenarios/validate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{';

describe('a server that is told to end', () => {
  it('ends as it should though requests are half sent and connections wait', async () => {
    const server = await serve(folder.path);
    for (const text of [HALF_A_HEAD, HALF_A_BODY, '', 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n'])
      await begun(server.url, text);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    expect(await server.end()).toBe(0);
    expect(server.running.written.stderr).not.toContain('error');
  });
});

describe('a connection that was told what is wrong with it', () => {
  it('is closed by the server where its client does not', async () => {
    const { server, end } = await builtServer();
    const url = await server.listen();
    await begun(url, 'nothing of the kind\r\n\r\n');
    const connections = () =>
      new Promise<number>((resolve) => server.app.server.getConnections((_error, count) => resolve(count)));
    await expect.poll(connections, { timeout: 20_000 }).toBe(0);
    await end();
  });
});
