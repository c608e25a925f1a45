import type { Query } from '../../shared/db/pool.ts';

/** Every row of every table, to compare two states of a database; without the counters of webhook events. */
export async function allTables(query: Query): Promise<Record<string, unknown>> {
  const tables = await query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname in ('public', 'voice_agent_sync') and tablename not in ('webhook_count', 'webhook_event')
     order by 1`,
  );
  const contents: Record<string, unknown> = {};
  for (const { name } of tables) {
    contents[name] = await query(`select to_jsonb(t) as row from ${name} t order by to_jsonb(t)::text`);
  }
  return contents;
}
