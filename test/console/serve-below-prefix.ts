/** Serves the system below a path prefix, as a stage or a base path mapping does. */
import { once } from 'node:events';
import { createServer, request } from 'node:http';

export interface PrefixedServer {
  /** `http://127.0.0.1:1234/stage/` */
  readonly url: string;
  close(): Promise<void>;
}

export async function serveBelowPrefix(prefix: string, target: string): Promise<PrefixedServer> {
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? '';
    if (!path.startsWith(prefix)) {
      outgoing.writeHead(404).end();
      return;
    }
    const { method = 'GET', headers } = incoming;
    const forwarded = request(new URL(path.slice(prefix.length - 1), target), { method, headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
    });
    incoming.pipe(forwarded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
