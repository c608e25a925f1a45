/** Saves which agents a run could not read, so that the next run reads them last. */
import { saveUnreadAgents } from '../db/unread-agents.ts';
import { agentsToRemember, type FailedReads } from '../domain/unread-agents.ts';
import { storable } from '../text.ts';
import type { RunContext } from './run.ts';

/** Costs a statement only if there is something to remember or to forget. A dry run remembers nothing. */
export async function rememberUnread(
  { id, services }: Pick<RunContext, 'id' | 'services'>,
  reads: FailedReads & { readonly tried: ReadonlySet<string> },
): Promise<void> {
  const agents = agentsToRemember(reads);
  if (id === null || (agents.length === 0 && reads.observed.unread_before.size === 0)) return;
  const records = agents.map(({ agent_id, name, reason }) => ({
    agent_id,
    name: storable(name),
    reason: storable(reason),
    tried: reads.tried.has(agent_id),
  }));
  await saveUnreadAgents(services.database.query, records);
}
