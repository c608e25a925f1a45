/** Inspects the sessions that a pooler keeps in Postgres, one by one. */
import { Client } from 'pg';

/**
 * What the query shows in each of the pooler's `count` sessions for this role and database: as many clients each hold
 * one with a transaction.
 */
export async function inEverySession(
  pooledUrl: string,
  count: number,
  query: string,
): Promise<readonly (readonly Record<string, unknown>[])[]> {
  const clients = await Promise.all(Array.from({ length: count }, () => connected(pooledUrl)));
  try {
    for (const client of clients) await client.query('begin');
    const results = await Promise.all(clients.map((client) => client.query<Record<string, unknown>>(query)));
    for (const client of clients) await client.query('rollback');
    return results.map(({ rows }) => rows);
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

async function connected(url: string): Promise<Client> {
  const client = new Client(url);
  await client.connect();
  return client;
}

/** All settings of a session. The pooler sets the first; libraries add settings with a dot once loaded. */
export const ALL_SETTINGS = `select name, setting from pg_settings
  where name <> 'application_name' and name not like '%.%' order by name`;
