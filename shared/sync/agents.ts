/** Agents: all agents of both sides as they were last read, why one agent is or is not in sync, and acknowledged conflicts. */
import type { AgentPage } from '../api/agents.ts';
import type { Explanation } from '../api/audit.ts';
import type { AcknowledgeEntry, AcknowledgeReport } from '../api/cleanup.ts';
import { findUnreadSkip, listAgentRecords } from '../db/agent-overviews.ts';
import { listAgentHistory } from '../db/audit-log.ts';
import { acknowledgeConflicts } from '../db/conflicts.ts';
import { listInterviewersOf } from '../db/interviewers.ts';
import { databaseClock } from '../db/runs.ts';
import type { Agent, Interviewer } from '../domain/agent.ts';
import { overviewOf } from '../domain/agent-overview.ts';
import { explainListed, explainAgent as judge } from '../domain/explain-agent.ts';
import { AppError, apiError } from '../errors.ts';
import type { CoreServices, Services } from '../services.ts';
import { counted, withoutFullStop } from '../text.ts';
import { readAgent } from './read-state.ts';

/** All agents of both sides, without a call to Retell. */
export async function listAgentOverviews(
  { config, database }: CoreServices,
  limit: number,
  after: string,
): Promise<AgentPage> {
  const records = await listAgentRecords(database.query, limit, after);
  const agents = records.map((record) => overviewOf(record, config.rules)).filter((agent) => agent !== null);
  return { success: true, agents, next: records.length < limit ? null : (records.at(-1)?.agent_id ?? null) };
}

const HISTORY_ENTRIES = 50;

/**
 * Each rule, both sides, and the agent's latest changes.
 *
 * @throws AppError `agent_not_found` when neither side has the agent; with what the database has, `agent_unreadable` when
 *   Retell cannot be reached, and `retell_unauthorized` or `retell_payment_required` when it refuses the account
 */
export async function explainAgent(services: Services, agent_id: string, remainingMs: number): Promise<Explanation> {
  const { query } = services.database;
  const rows = (await listInterviewersOf(query, [agent_id])).filter((row) => row.agent_id === agent_id);
  const interviewer = rows.find((row) => row.sync_status !== 'deleted') ?? rows[0] ?? null;
  const known = {
    interviewer: interviewer === null ? null : shownRow(interviewer),
    agreed_name: interviewer?.base_retell_name ?? null,
    history: await listAgentHistory(query, agent_id, HISTORY_ENTRIES),
  };
  const retell = await readFromRetell(services, agent_id, { remainingMs, known });
  const listed = retell === null ? explainListed(await findUnreadSkip(query, agent_id), interviewer) : null;
  const unknown = interviewer === null && known.history.length === 0;
  if (retell === null && listed === null && unknown) throw agentNotFound(agent_id);
  return {
    success: true,
    agent_id,
    ...(listed ?? judge(retell, interviewer, services.config.rules)),
    retell: retell === null ? null : shownAgent(retell),
    ...known,
  };
}

/** The agent's own webhook is left out of the response. */
function shownAgent({ webhook_url: _url, webhook_events: _events, ...agent }: Agent): Explanation['retell'] {
  return agent;
}

function shownRow(row: Interviewer): Explanation['interviewer'] {
  const { base_retell_name: _retell, base_database_name: _database, pending_name: _pending, ...columns } = row;
  return {
    ...columns,
    retell_modified_at: row.retell_modified_at?.toISOString() ?? null,
    orphaned_at: row.orphaned_at?.toISOString() ?? null,
    last_synced_at: row.last_synced_at?.toISOString() ?? null,
  };
}

interface RetellRead {
  readonly remainingMs: number;
  /** Included in the error if Retell cannot be reached. */
  readonly known: Readonly<Record<string, unknown>>;
}

async function readFromRetell(
  services: Services,
  agent_id: string,
  { remainingMs, known }: RetellRead,
): Promise<Agent | null> {
  const clock = await databaseClock(services.database.query);
  const session = services.retell.session({ deadline: Date.now() + remainingMs - 2_000 });
  const result = await readAgent({ session, now: () => clock }, agent_id).catch((cause: unknown) => {
    if (!(cause instanceof AppError)) throw cause;
    const { status, code, message, hint } = cause;
    throw new AppError({ status, code, message, hint, cause, details: known });
  });
  if (result.ok) return result.value.agent;
  throw agentUnreadable(agent_id, result.reason, known);
}

export function agentUnreadable(agent_id: string, reason: string, details: RetellRead['known'] = {}): AppError {
  return apiError('agent_unreadable', {
    message: `Agent ${agent_id} could not be read from Retell: ${withoutFullStop(reason)}.`,
    details,
  });
}

export function agentNotFound(agent_id: string): AppError {
  return apiError('agent_not_found', {
    message: `Neither Retell nor the database has an agent ${JSON.stringify(agent_id)}.`,
  });
}

interface AcknowledgeRequest {
  readonly agent_ids: readonly string[];
  /** The newest run whose conflicts the caller has seen. */
  readonly run_id?: number | undefined;
}

/**
 * A person accepts that both sides have the name in Retell.
 *
 * @throws AppError `nothing_to_acknowledge` when none of the agents has an open conflict that the caller has seen
 */
export async function acknowledge(
  { database, log }: CoreServices,
  { agent_ids, run_id }: AcknowledgeRequest,
): Promise<AcknowledgeReport> {
  const closed = new Set(await acknowledgeConflicts(database.query, agent_ids, run_id ?? null));
  const acknowledged = [...new Set(agent_ids)].map(
    (agent_id): AcknowledgeEntry => ({ agent_id, outcome: closed.has(agent_id) ? 'acknowledged' : 'not_found' }),
  );
  if (closed.size === 0) {
    throw apiError('nothing_to_acknowledge', {
      message: `There is no open conflict of ${acknowledged.length === 1 ? 'this agent' : 'any of these agents'}.`,
      details: { acknowledged },
    });
  }
  const message = `${counted(closed.size, 'conflict')} acknowledged`;
  log.info(message, { agent_ids: [...closed] });
  return { success: true, message, acknowledged_count: closed.size, acknowledged };
}
