/** The few changes that are ever made in Retell: a name, and an agent for a row that has none. */
import type { AgentCreateParams } from 'retell-sdk/resources/agent';
import { isRetryable } from './failure.ts';
import { type Parsed, parseCreated, parseDrafted } from './parse.ts';
import { type Request, type RequestContext, request } from './request.ts';
import { outcomeUnknown, refused, unavailable } from './retell-errors.ts';

export type NewAgent = AgentCreateParams;

/** Makes the next draft. Never repeated blindly: throws `outcome_unknown` when the answer was lost. */
export function createVersion(
  context: RequestContext,
  agent_id: string,
  base_version: number,
): Promise<{ version: number }> {
  return change(context, `make a draft of ${agent_id}`, {
    send: (client, options) => client.agent.createVersion(agent_id, { base_version }, options),
    parse: parseDrafted,
    repeatable: false,
  });
}

/** Names the latest version, which must be a draft. Doing it twice does no harm, so it is repeated. */
export async function renameDraft(context: RequestContext, agent_id: string, agent_name: string): Promise<void> {
  await change(context, `rename ${agent_id}`, {
    send: (client, options) => client.agent.update(agent_id, { agent_name }, options),
    parse: anything,
    repeatable: true,
  });
}

/** Publishes a draft; reading back tells whether it is. Throws `outcome_unknown` when the answer was lost. */
export async function publish(context: RequestContext, agent_id: string, version: number): Promise<void> {
  await change(context, `publish ${agent_id}`, {
    // The success has an empty body that claims to be JSON, which the SDK cannot parse: it is read unparsed.
    send: async (client, options) => (await client.agent.publish(agent_id, { version }, options).asResponse()).text(),
    parse: anything,
    repeatable: false,
  });
}

/** Makes an agent. There is no idempotency key: throws `outcome_unknown` when the answer was lost. */
export function createAgent(context: RequestContext, body: NewAgent): Promise<{ agent_id: string }> {
  return change(context, 'create an agent', {
    send: (client, options) => client.agent.create(body, options),
    parse: parseCreated,
    repeatable: false,
  });
}

/** Asks the cheapest question there is. */
export async function checkKey(context: RequestContext): Promise<void> {
  await change(context, 'check the key', {
    send: (client, options) => client.identity.retrieve(options),
    parse: anything,
    repeatable: true,
  });
}

async function change<T>(context: RequestContext, what: string, wanted: Request<T>): Promise<T> {
  const outcome = await request(context, wanted);
  if (outcome.ok) return outcome.value;
  const { failure } = outcome;
  if (!isRetryable(failure)) throw refused(what, failure);
  const known = wanted.repeatable || failure.kind === 'throttled' || failure.kind === 'unreachable';
  throw known ? unavailable(what, failure) : outcomeUnknown(what, failure);
}

function anything(answer: unknown): Parsed<unknown> {
  return { ok: true, value: answer };
}
