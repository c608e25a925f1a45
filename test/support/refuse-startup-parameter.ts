import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/**
 * A pooler in front of a database that, as PgBouncer does, refuses connections which name this start-up parameter, and
 * otherwise passes everything on.
 */
export async function refuseStartupParameter(parameter: string, databaseUrl: string) {
  const upstream = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', (startup) => {
      if (startup.includes(`${parameter}\0`)) {
        socket.end(errorResponse('08P01', `unsupported startup parameter: ${parameter}`));
        return;
      }
      const database = connect(Number(upstream.port), upstream.hostname);
      database.on('error', () => {});
      database.write(startup);
      database.pipe(socket).pipe(database);
    });
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

function errorResponse(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  const header = Buffer.alloc(5, 'E');
  header.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([header, fields]);
}
