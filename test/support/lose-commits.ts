import { type PostgresProxy, startPostgresProxy } from './postgres-proxy.ts';

export interface CommitLoser extends PostgresProxy {
  /** Loses the responses of the next `times` COMMITs. */
  lose(times: number): void;
  /** How many responses are still to be lost. */
  left(): number;
}

/** A proxy that passes on the first `times` COMMITs and loses their responses, as a failover may. */
export async function loseCommits(databaseUrl: string, times: number): Promise<CommitLoser> {
  let left = times;
  const proxy = await startPostgresProxy(databaseUrl, (client, database) => {
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
  return {
    ...proxy,
    lose(next) {
      left = next;
    },
    left: () => left,
  };
}
