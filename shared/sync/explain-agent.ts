/** Why one agent is or is not in step: each rule, what both sides say, and what happened to it lately. */
import { type AgentHistoryEntry, listAgentHistory } from '../db/audit-log.ts';
import { listInterviewersWithMergeBases } from '../db/interviewers.ts';
import { databaseClock } from '../db/runs.ts';
import type { Agent, Interviewer } from '../domain/agent.ts';
import { type AgentVerdict, judgeAgent } from '../domain/explain-agent.ts';
import { AppError } from '../errors.ts';
import type { Services } from '../services.ts';
import { readAgent } from './read-observed-state.ts';

export interface Explanation extends AgentVerdict {
  readonly agent_id: string;
  readonly retell: Agent | null;
  readonly interviewer: Interviewer | null;
  /** The name that both sides last agreed on. */
  readonly agreed_name: string | null;
  readonly history: readonly AgentHistoryEntry[];
}

const HISTORY_ENTRIES = 50;

/** @throws AppError `agent_not_found` when neither side knows the agent, `agent_unreadable` when Retell cannot say */
export async function explainAgent(services: Services, agent_id: string, remainingMs: number): Promise<Explanation> {
  const { query } = services.database;
  const known = await listInterviewersWithMergeBases(query, [agent_id]);
  const rows = known.rows.filter((row) => row.agent_id === agent_id);
  const interviewer = rows.find((row) => row.sync_status !== 'deleted') ?? rows[0] ?? null;
  const retell = await askRetell(services, agent_id, remainingMs);
  const history = await listAgentHistory(query, agent_id, HISTORY_ENTRIES);
  if (retell === null && interviewer === null && history.length === 0) throw unknownAgent(agent_id);
  const agreed_name = known.agreed.get(agent_id) ?? null;
  const verdict = judgeAgent(retell, interviewer, services.config.namePatterns);
  return { agent_id, ...verdict, retell, interviewer, agreed_name, history };
}

async function askRetell(services: Services, agent_id: string, remainingMs: number): Promise<Agent | null> {
  const clock = await databaseClock(services.database.query);
  const session = services.retell.session({ deadline: Date.now() + remainingMs - 2_000 });
  const answer = await readAgent({ session, now: () => clock }, agent_id);
  if (answer !== null && !('problem' in answer)) return answer.agent;
  throw new AppError(
    502,
    'agent_unreadable',
    `What Retell has of ${agent_id} cannot be told: ${answer === null ? 'there was no time left' : answer.problem}.`,
    'Try again in a few minutes.',
  );
}

function unknownAgent(agent_id: string): AppError {
  return new AppError(
    404,
    'agent_not_found',
    `Neither Retell nor the database knows an agent ${JSON.stringify(agent_id)}.`,
    'GET /api/audit-agents lists what is out of step; copy the agent_id from there or from Retell.',
  );
}
