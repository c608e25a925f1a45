/** The only changes ever made in Retell: names, and new agents for rows without one. */
import type { AgentCreateParams } from 'retell-sdk/resources/agent';
import { AppError, type Result } from '../errors.ts';
import { type Call, type CallContext, performCall } from './call.ts';
import { type CallFailure, isCertainlyNotExecuted, isRetryable } from './call-failure.ts';
import { parseCreated, parseDrafted } from './parse.ts';
import { outcomeUnknown, retellRefused, retellUnavailable } from './retell-errors.ts';

export interface NewAgent {
  readonly agent_name: string;
  readonly voice_id: string;
  /** With the fields of its type. Retell adds types, so none is excluded. */
  readonly response_engine: { readonly type: string; readonly [field: string]: unknown };
}

/** Creates the next draft. Throws AppError `outcome_unknown` if the response was lost, and does not retry then. */
export function createVersion(
  context: CallContext,
  agent_id: string,
  base_version: number,
): Promise<{ version: number }> {
  return change(context, `create a draft of ${agent_id}`, {
    send: (client, options) => client.agent.createVersion(agent_id, { base_version }, options),
    parse: parseDrafted,
    repeatable: false,
  });
}

/** Renames the latest version, which must be a draft. Idempotent, therefore retried. */
export async function renameDraft(context: CallContext, agent_id: string, agent_name: string): Promise<void> {
  await change(context, `rename ${agent_id}`, {
    send: (client, options) => client.agent.update(agent_id, { agent_name }, options),
    parse: parseNothing,
    repeatable: true,
  });
}

/** Publishes a draft; read it back to verify. Throws AppError `outcome_unknown` if the response was lost. */
export async function publish(context: CallContext, agent_id: string, version: number): Promise<void> {
  await change(context, `publish ${agent_id}`, {
    // A success has an empty body with a JSON content type, which the SDK fails to parse.
    send: async (client, options) => (await client.agent.publish(agent_id, { version }, options).asResponse()).text(),
    parse: parseNothing,
    repeatable: false,
  });
}

/** Creates an agent. There is no idempotency key: throws AppError `outcome_unknown` if the response was lost. */
export function createAgent(context: CallContext, agent: NewAgent): Promise<{ agent_id: string }> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the SDK's type is closed over today's engines
  const body = agent as unknown as AgentCreateParams;
  return change(context, 'create an agent', {
    send: (client, options) => client.agent.create(body, options),
    parse: parseCreated,
    repeatable: false,
  });
}

/**
 * Makes the cheapest possible call. Throws AppError `retell_unauthorized` if Retell refuses the key; any other failure,
 * such as a missing endpoint or an outage, says nothing about the key and is ignored.
 */
export async function checkKey(context: CallContext): Promise<void> {
  try {
    await performCall(context, {
      send: (client, options) => client.identity.retrieve(options),
      parse: parseNothing,
      repeatable: true,
    });
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'retell_unauthorized') throw error;
  }
}

async function change<T>(context: CallContext, action: string, call: Call<T>): Promise<T> {
  const result = await performCall(context, call);
  if (result.ok) return result.value;
  throw changeError(action, result.failure, call);
}

function changeError(action: string, failure: CallFailure, { repeatable }: Call<unknown>): Error {
  const isRefusal = !isRetryable(failure) && failure.kind !== 'too_large';
  if (isRefusal) return retellRefused(action, failure, 'Look at the agent in the Retell dashboard.');
  const isKnown = repeatable || isCertainlyNotExecuted(failure);
  return isKnown ? retellUnavailable(action, failure) : outcomeUnknown(action, failure);
}

function parseNothing(body: unknown): Result<unknown> {
  return { ok: true, value: body };
}
