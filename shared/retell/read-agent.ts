import type { Agent } from '../domain/agent.ts';
import type { Result } from '../errors.ts';
import { type CallContext, type CallResult, performCall } from './call.ts';
import { type CallFailure, invalidId, isRetryable, malformed } from './call-failure.ts';
import { type AgentVersion, isSendable, parseAgent, parseAgentVersion, parseObject } from './parse.ts';
import { responseTooLarge, retellRefused, retellUnavailable } from './retell-errors.ts';

/** The agent; null if Retell itself says that it does not exist. `timedOut`: it failed because no response came in time. */
export type AgentResult = Result<Agent | null, { readonly reason: string; readonly timedOut: boolean }>;

interface VersionOptions {
  readonly version: string;
  /** true: no retry after a timeout. */
  readonly failFast?: boolean;
}

const LATEST = 'latest';
const LATEST_PUBLISHED = 'latest_published';

/**
 * Reads one agent; an agent that was never published is read in its latest version. Throws only what `performCall` throws.
 */
export async function readAgent(context: CallContext, agent_id: string, options: VersionOptions): Promise<AgentResult> {
  const { version } = options;
  const result = await getAgent(context, agent_id, options);
  if (result.ok) {
    const agent = parseAgent(result.value, agent_id);
    return agent.ok ? agent : unreadable(`Retell returned an unusable response: ${agent.reason}`);
  }
  const { failure } = result;
  // Retell's message for "nothing is published" is undocumented. An unassigned tag also resolves to the latest version.
  if (version === LATEST_PUBLISHED && failure.kind === 'rejected') {
    return readAgent(context, agent_id, { ...options, version: LATEST });
  }
  if (!saysGone(failure)) {
    return {
      ...unreadable(`Retell did not return the agent: ${failure.reason}`),
      timedOut: failure.kind === 'timeout',
    };
  }
  return version === LATEST ? { ok: true, value: null } : readMissingVersion(context, agent_id, options);
}

/** A missing version or tag may look like a missing agent: only `latest` distinguishes them. */
async function readMissingVersion(
  context: CallContext,
  agent_id: string,
  options: VersionOptions,
): Promise<AgentResult> {
  const latest = await readAgent(context, agent_id, { ...options, version: LATEST });
  const exists = latest.ok && latest.value !== null;
  return exists ? unreadable(`Retell has the agent, but not its version ${options.version}`) : latest;
}

/**
 * One version of an agent with all its fields; null if Retell has no such agent or version. Throws AppError if it cannot be
 * read.
 */
export async function readVersion(
  context: CallContext,
  agent_id: string,
  version: string | number,
): Promise<AgentVersion | null> {
  const result = await getAgent(context, agent_id, { version: String(version) });
  if (!result.ok && saysMissing(result.failure)) return null;
  const action = `read version ${version} of ${agent_id}`;
  if (!result.ok) throw readError(action, result.failure);
  const parsed = parseAgentVersion(result.value);
  if (parsed.ok) return parsed.value;
  throw retellUnavailable(action, malformed(`an unusable response: ${parsed.reason}`));
}

function readError(action: string, failure: CallFailure): Error {
  if (failure.kind === 'too_large') return responseTooLarge(action, failure);
  return isRetryable(failure)
    ? retellUnavailable(action, failure)
    : retellRefused(action, failure, 'Look at the agent in the Retell dashboard.');
}

function getAgent(
  context: CallContext,
  agent_id: string,
  { version, failFast = false }: VersionOptions,
): Promise<CallResult<Record<string, unknown>>> {
  if (!isSendable(agent_id)) return Promise.resolve({ ok: false, failure: invalidId() });
  return performCall(context, {
    send: (client, options) => client.agent.retrieve(agent_id, { version }, options),
    parse: parseObject,
    repeatable: true,
    failFast,
  });
}

/** What Retell says about an unknown agent: seen live with 404, and documented with 422. */
const GONE = /^item .+ not found from agent|^agent\b.* not found|^cannot find requested asset/iu;
/** A 404 with another message must at least say this. */
const NOT_FOUND = /not found|cannot find|does not exist/iu;
/** A missing version or route says nothing about the agent. */
const OTHER_SUBJECT = /\b(version|route|path|endpoint|url)\b/iu;

/**
 * The only place that decides whether Retell says that an agent is gone. A 404 in another form than Retell's comes from
 * a proxy; a 422 may also be an invalid request, so its text must say which.
 */
function saysGone({ status, retell_message: message }: CallFailure): boolean {
  if (message === null || OTHER_SUBJECT.test(message)) return false;
  return (status === 404 && NOT_FOUND.test(message)) || (status === 422 && GONE.test(message));
}

/** Less strict than `saysGone`, because nothing is orphaned because of it: the agent or the version is missing. */
function saysMissing({ status, retell_message: message }: CallFailure): boolean {
  return (
    message !== null && (status === 404 || (status === 422 && /not found|cannot find|no published/iu.test(message)))
  );
}

function unreadable(reason: string): AgentResult & { readonly ok: false } {
  return { ok: false, reason, timedOut: false };
}
