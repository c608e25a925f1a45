/** Creates the agent of a row that has none, exactly once, although Retell has no idempotency key for it. */
import * as v from 'valibot';
import { claimPendingCreate, releasePendingCreate, saveCreatedAgent } from '../db/pending-creates.ts';
import type { Query } from '../db/pool.ts';
import type { Interviewer } from '../domain/agent.ts';
import { AppError } from '../errors.ts';
import type { RetellSession } from '../retell/client.ts';

export type Template = Parameters<RetellSession['createAgent']>[0];

/** After a creation whose outcome is unknown, the listing is believed once it has had this long to show the agent. */
const RETRY_AFTER_MINUTES = 15;

const EngineVersion = v.exactOptional(v.nullable(v.number()));
/** The engine and the voice are taken over, and nothing else. */
const TemplateFields = v.object({
  voice_id: v.string(),
  response_engine: v.variant('type', [
    v.object({ type: v.literal('retell-llm'), llm_id: v.string(), version: EngineVersion }),
    v.object({ type: v.literal('custom-llm'), llm_websocket_url: v.string() }),
    v.object({
      type: v.literal('conversation-flow'),
      conversation_flow_id: v.string(),
      version: EngineVersion,
    }),
  ]),
});

/** @throws AppError `template_missing` when `RETELL_TEMPLATE_AGENT_ID` names nothing that can be copied */
export async function readTemplate(session: RetellSession, template_agent_id: string): Promise<Template> {
  const template = await session.readVersion(template_agent_id, 'latest');
  const fields = v.safeParse(TemplateFields, template);
  if (fields.success) return fields.output;
  throw new AppError(
    502,
    'template_missing',
    `The template agent ${template_agent_id} is not in Retell, or has no engine and voice to copy.`,
    'Set RETELL_TEMPLATE_AGENT_ID to a voice agent of the account.',
  );
}

/** What a run creates with. */
export interface Creator {
  readonly query: Query;
  readonly session: RetellSession;
  readonly run_id: number;
  readonly template: Template;
  /** Whether the agent was there before, or was made for another row: it is not the one that a lost answer told of. */
  readonly isKnown: (agent_id: string) => boolean;
}

/**
 * The new agent's id; null when another run is at it. `gone`: the agent that was made for the row, which Retell has no
 * longer. Throws when Retell refuses, or when the outcome is unknown.
 */
export async function createAgent(creator: Creator, row: Interviewer, gone: string | null): Promise<string | null> {
  const { query, run_id } = creator;
  if (!(await claimPendingCreate(query, run_id, row, RETRY_AFTER_MINUTES, gone))) return null;
  const agent_id = await create(creator, row);
  await saveCreatedAgent(query, row.id, agent_id);
  return agent_id;
}

async function create(creator: Creator, row: Interviewer): Promise<string> {
  const { query, session, run_id, template } = creator;
  try {
    return (await session.createAgent({ ...template, agent_name: row.name })).agent_id;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'outcome_unknown') {
      await releasePendingCreate(query, run_id, row.id);
      throw error;
    }
    const found = await findNewcomer(creator, row.name);
    if (found === undefined) throw error;
    return found;
  }
}

/** The answer was lost: an agent of that name that was not there before is the one. */
async function findNewcomer({ session, isKnown }: Creator, name: string): Promise<string | undefined> {
  const { agents } = await session.listAgents();
  const newcomers = agents.filter(({ agent_name, agent_id }) => agent_name === name && !isKnown(agent_id));
  return newcomers.length === 1 ? newcomers[0]?.agent_id : undefined;
}
