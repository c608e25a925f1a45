/** Creates the agent of a row that has none, exactly once, although Retell has no idempotency key for it. */
import * as v from 'valibot';
import { claimCreation, releaseCreation, saveCreated } from '../db/creations.ts';
import type { Query } from '../db/pool.ts';
import type { Interviewer, ListedAgent } from '../domain/agent.ts';
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

/** The new agent's id; null when another run is at it. Throws when Retell refuses, or when the outcome is unknown. */
export async function createAgent(
  query: Query,
  session: RetellSession,
  row: Interviewer,
  template: Template,
  listed: ReadonlyMap<string, ListedAgent>,
): Promise<string | null> {
  if (!(await claimCreation(query, row.id, row.name, RETRY_AFTER_MINUTES))) return null;
  const agent_id = await create(query, session, row, template, listed);
  await saveCreated(query, row.id, agent_id);
  return agent_id;
}

async function create(
  query: Query,
  session: RetellSession,
  row: Interviewer,
  template: Template,
  listed: ReadonlyMap<string, ListedAgent>,
): Promise<string> {
  try {
    return (await session.createAgent({ ...template, agent_name: row.name })).agent_id;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'outcome_unknown') {
      await releaseCreation(query, row.id);
      throw error;
    }
    const found = await findNewcomer(session, row.name, listed);
    if (found === undefined) throw error;
    return found;
  }
}

/** The answer was lost: an agent of that name that was not there before is the one. */
async function findNewcomer(
  session: RetellSession,
  name: string,
  before: ReadonlyMap<string, ListedAgent>,
): Promise<string | undefined> {
  const { agents } = await session.listAgents();
  const newcomers = agents.filter((agent) => agent.agent_name === name && !before.has(agent.agent_id));
  return newcomers.length === 1 ? newcomers[0]?.agent_id : undefined;
}
