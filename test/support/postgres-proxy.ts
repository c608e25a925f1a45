/** A proxy in front of a database, instead of a pooler or a bad network. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import * as v from 'valibot';

export interface PostgresProxy {
  /** The database's URL, at the proxy's port. */
  readonly url: string;
  /** Ends every connection. */
  close(): Promise<void>;
}

/** `link` decides what is forwarded; when one side ends, so does the other. */
export async function startPostgresProxy(
  databaseUrl: string,
  link: (client: Socket, database: Socket) => void,
): Promise<PostgresProxy> {
  const upstream = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const database = connect(Number(upstream.port), upstream.hostname);
    for (const [socket, other] of [
      [client, database],
      [database, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => other.destroySoon());
    }
    link(client, database);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = v.parse(v.object({ port: v.number() }), server.address());
  return {
    url: Object.assign(new URL(databaseUrl), { port: String(port) }).href,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
