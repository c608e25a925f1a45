/** The agents that the last sync skipped (`voice_agent_sync.skip_list`). */
import type { Query } from './pool.ts';

/** Rows of `agent_id`, `name` and `reason`. */
export const LAST_SKIPS = `
  select distinct on (entry ->> 'agent_id') entry ->> 'agent_id' as agent_id, entry ->> 'name' as name,
    entry ->> 'reason' as reason
  from voice_agent_sync.skip_list cross join jsonb_array_elements(entries) as entry
  where digest = (
    select skip_list_digest from voice_agent_sync.run
    where kind in ('sync', 'scheduled') and status in ('succeeded', 'partial', 'held')
      and error_code is distinct from 'account_mismatch'
    order by run.id desc limit 1)`;

/** Why the last sync skipped an agent that only the listing showed: `get-agent` never returned it. null: it did not. */
export async function findUnreadSkip(query: Query, agent_id: string): Promise<string | null> {
  const [skip] = await query<{ reason: string }>(
    `select reason from (${LAST_SKIPS}) as last_skips
     where agent_id = $1
       and not exists (select from voice_agent_sync.retell_agent where retell_agent.agent_id = $1 and not gone)`,
    [agent_id],
  );
  return skip?.reason ?? null;
}
