import { type PostgresProxy, startPostgresProxy } from './postgres-proxy.ts';

/** A proxy that passes on the first `times` COMMITs and loses their responses, as a failover may. */
export async function loseCommits(databaseUrl: string, times: number): Promise<PostgresProxy> {
  let left = times;
  return await startPostgresProxy(databaseUrl, (client, database) => {
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
}
