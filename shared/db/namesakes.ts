import type { Query } from './pool.ts';

/** Other agents that bore this name when they were last read, and that have no row. */
export async function listUnlinkedNamesakes(query: Query, agent_name: string, agent_id: string): Promise<string[]> {
  const rows = await query<{ agent_id: string }>(
    `select agent_id from voice_agent_sync.retell_agent known
     where md5(agent_name) = md5($1) and agent_name = $1 and not gone and agent_id <> $2
       and not exists (select from interviewer i where i.agent_id = known.agent_id)
     order by agent_id`,
    [agent_name, agent_id],
  );
  return rows.map((row) => row.agent_id);
}
