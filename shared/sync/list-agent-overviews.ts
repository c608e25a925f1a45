/** All agents of both sides as they were last read: without a call to Retell. */
import type { AgentPage } from '../api/agents.ts';
import { listAgentRecords } from '../db/agent-overviews.ts';
import { overviewOf } from '../domain/agent-overview.ts';
import type { CoreServices } from '../services.ts';

export async function listAgentOverviews(
  { config, database }: CoreServices,
  limit: number,
  after: string,
): Promise<Omit<AgentPage, 'success'>> {
  const records = await listAgentRecords(database.query, limit, after);
  const agents = records.map((record) => overviewOf(record, config.rules)).filter((agent) => agent !== null);
  return { agents, next: records.length < limit ? null : (records.at(-1)?.agent_id ?? null) };
}
