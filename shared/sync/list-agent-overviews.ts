/** All agents of both sides, as they were last seen: without a call to Retell. */

import { listRememberedAgents } from '../db/agent-overviews.ts';
import { type AgentOverview, overviewOf } from '../domain/agent-overview.ts';
import type { CoreServices } from '../services.ts';

export interface AgentPage {
  readonly agents: readonly AgentOverview[];
  /** Pass it as `after` for the next page; null: there is none. */
  readonly next: string | null;
}

export async function listAgentOverviews(
  { config, database }: CoreServices,
  limit: number,
  after: string,
): Promise<AgentPage> {
  const remembered = await listRememberedAgents(database.query, limit, after);
  const agents = remembered.map((agent) => overviewOf(agent, config.namePatterns)).filter((agent) => agent !== null);
  return { agents, next: remembered.length < limit ? null : (remembered.at(-1)?.agent_id ?? null) };
}
