import { type PostgresProxy, startPostgresProxy } from './postgres-proxy.ts';

/**
 * A pooler in front of a database that, as PgBouncer does, refuses connections which name this start-up parameter, and
 * otherwise passes everything on.
 */
export async function refuseStartupParameter(parameter: string, databaseUrl: string): Promise<PostgresProxy> {
  return await startPostgresProxy(databaseUrl, (client, database) => {
    client.once('data', (startup) => {
      if (startup.includes(`${parameter}\0`)) {
        client.end(errorResponse('08P01', `unsupported startup parameter: ${parameter}`));
        return;
      }
      database.write(startup);
      database.pipe(client).pipe(database);
    });
  });
}

function errorResponse(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  const header = Buffer.alloc(5, 'E');
  header.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([header, fields]);
}
