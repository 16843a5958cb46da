import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export interface HttpServer {
  readonly url: string;
  /** The requests so far. */
  readonly requests: IncomingMessage[];
}

/** A real server for one test: the n-th request gets the n-th handler, and the last handler all that follow. */
export async function serve(...handlers: Handler[]): Promise<HttpServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    // A piece that is written is a piece that is sent.
    request.socket.setNoDelay();
    void handlers[Math.min(requests.length, handlers.length) - 1]?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests };
}

export function eventStream(text: string, headers: Record<string, string> = {}): Handler {
  return (_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', ...headers }).end(text);
  };
}
