import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { createDatabase } from '../../../shared/db/pool.ts';
import { databaseUrl } from '../../support/postgres.ts';

const READY_FOR_QUERY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** The message of a server that is shut down. */
function shutdownMessage(): Buffer {
  const fields = Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0');
  const header = Buffer.from([0x45, 0, 0, 0, fields.length + 4]);
  return Buffer.concat([header, fields]);
}

/** A proxy that ends its first connection in the same packet that announces it as ready. */
async function startClosingProxy(url: string) {
  const { hostname, port } = new URL(url);
  let connections = 0;
  const server = createServer((client) => {
    const first = connections === 0;
    connections += 1;
    const database = connect(Number(port), hostname);
    for (const socket of [client, database]) socket.on('error', () => {});
    client.on('close', () => database.destroy());
    client.on('data', (data) => database.write(data));
    database.on('data', (data) => {
      if (first && data.includes(READY_FOR_QUERY)) client.end(Buffer.concat([data, shutdownMessage()]));
      else client.write(data);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  const own = Object.assign(new URL(url), { port: String(address.port) }).href;
  return { url: own, connections: () => connections, close: () => server.close() };
}

test('a connection that closes while connecting is replaced, and does not end the process', async () => {
  const proxy = await startClosingProxy(databaseUrl('postgres'));
  const database = createDatabase({
    connectionString: () => Promise.resolve(proxy.url),
    applicationName: 'closing',
    maxConnections: 1,
  });
  await expect(database.query('select 1 as one')).resolves.toEqual([{ one: 1 }]);
  expect(proxy.connections()).toBe(2);
  await database.close();
  proxy.close();
});
