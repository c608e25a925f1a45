/** Creates the agent of a row that has none, exactly once, although Retell has no idempotency key. */
import * as v from 'valibot';
import { claimPendingCreate, releasePendingCreate, saveCreatedAgent } from '../db/pending-creates.ts';
import type { Interviewer } from '../domain/agent.ts';
import { AppError } from '../errors.ts';
import type { RetellSession } from '../retell/client.ts';
import type { RunContext } from './run.ts';

export type Template = Omit<Parameters<RetellSession['createAgent']>[0], 'agent_name'>;

/** After a creation of unknown outcome, the listing has this long to show the agent before the creation is repeated. */
const RETRY_AFTER_MINUTES = 15;

/** Only the engine, of whatever type, and the voice are copied. */
const TemplateFields = v.object({
  voice_id: v.string(),
  response_engine: v.looseObject({ type: v.string() }),
});

/** @throws AppError `template_missing` when `RETELL_TEMPLATE_AGENT_ID` names no agent that can be copied */
export async function readTemplate(session: RetellSession, template_agent_id: string): Promise<Template> {
  const template = await session.readVersion(template_agent_id, 'latest');
  const fields = v.safeParse(TemplateFields, template);
  if (fields.success) return fields.output;
  throw new AppError({
    status: 502,
    code: 'template_missing',
    message: `The template agent ${template_agent_id} is not in Retell, or has no engine and voice to copy.`,
    hint: 'Set RETELL_TEMPLATE_AGENT_ID to a voice agent of the account.',
  });
}

/** What a run creates agents with. */
export interface Creator {
  readonly run: RunContext;
  readonly run_id: number;
  readonly template: Template;
  /** Agents that existed before, or were created for other rows: none of them is the one that a lost response created. */
  readonly taken: ReadonlySet<string>;
}

/**
 * The new agent's id; null when another run is creating it. `gone`: an agent created for the row before, which Retell has
 * no longer. Throws when Retell refuses, or when the outcome is unknown.
 */
export async function createAgent(creator: Creator, row: Interviewer, gone: string | null): Promise<string | null> {
  const { run_id } = creator;
  const { query } = creator.run.services.database;
  const claimed = await claimPendingCreate(query, { run_id, row, gone, retry_after_minutes: RETRY_AFTER_MINUTES });
  if (!claimed) return null;
  const agent_id = await create(creator, row);
  await saveCreatedAgent(query, row.id, agent_id);
  return agent_id;
}

async function create(creator: Creator, row: Interviewer): Promise<string> {
  const { run, run_id, template } = creator;
  try {
    return (await run.session.createAgent({ ...template, agent_name: row.name })).agent_id;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'outcome_unknown') {
      await releasePendingCreate(run.services.database.query, run_id, row.id);
      throw error;
    }
    const found = await findCreated(creator, row.name);
    if (found === undefined) throw error;
    return found;
  }
}

/** After a lost response: the one new agent of that name is the created one. */
async function findCreated({ run, taken }: Creator, name: string): Promise<string | undefined> {
  const { agents } = await run.session.listAgents();
  const found = agents.filter(({ agent_name, agent_id }) => agent_name === name && !taken.has(agent_id));
  return found.length === 1 ? found[0]?.agent_id : undefined;
}
