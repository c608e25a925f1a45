import { type PostgresProxy, startPostgresProxy } from './postgres-proxy.ts';

export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** A pooler in front of a database that refuses some connections by their start-up message, and forwards all others. */
export async function refuseStartup(
  databaseUrl: string,
  refusalOf: (startup: string) => Refusal | null,
): Promise<PostgresProxy> {
  return await startPostgresProxy(databaseUrl, (client, database) => {
    client.once('data', (startup) => {
      const refusal = refusalOf(startup.toString('latin1'));
      if (refusal !== null) {
        client.end(errorResponse(refusal));
        return;
      }
      database.write(startup);
      database.pipe(client).pipe(database);
    });
  });
}

function errorResponse({ code, message }: Refusal): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  const header = Buffer.alloc(5, 'E');
  header.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([header, fields]);
}
