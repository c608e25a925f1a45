/** All agents of both sides as they were last read: without a call to Retell. */
import type { CoreServices } from '../core-services.ts';
import { listAgentRecords } from '../db/agent-overviews.ts';
import { type AgentOverview, overviewOf } from '../domain/agent-overview.ts';

export interface AgentPage {
  readonly agents: readonly AgentOverview[];
  /** Pass it as `after` for the next page; null: this is the last page. */
  readonly next: string | null;
}

export async function listAgentOverviews(
  { config, database }: CoreServices,
  limit: number,
  after: string,
): Promise<AgentPage> {
  const records = await listAgentRecords(database.query, limit, after);
  const agents = records.map((record) => overviewOf(record, config.rules)).filter((agent) => agent !== null);
  return { agents, next: records.length < limit ? null : (records.at(-1)?.agent_id ?? null) };
}
