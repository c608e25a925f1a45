import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** In front of a database: carries the first `times` COMMITs out and loses their answers, as a failover may. */
export async function loseCommits(databaseUrl: string, times: number) {
  const upstream = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let left = times;
  const server = createServer((client) => {
    const database = connect(Number(upstream.port), upstream.hostname);
    for (const socket of [client, database]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => [client, database].forEach((side) => side.destroy()));
    }
    let losing = false;
    client.on('data', (data) => {
      if (left > 0 && data.includes('COMMIT\0')) {
        left -= 1;
        losing = true;
      }
      database.write(data);
    });
    database.on('data', (data) => (losing ? client.destroy() : client.write(data)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return {
    url: Object.assign(new URL(databaseUrl), { port: String(address.port) }).href,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
