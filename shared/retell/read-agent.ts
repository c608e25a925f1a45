import * as v from 'valibot';
import type { Agent } from '../domain/agent.ts';
import { type Failure, isRetryable } from './failure.ts';
import { type AgentVersion, isSendable, type Parsed, parseAgent, parseAgentVersion } from './parse.ts';
import { type Outcome, type RequestContext, request } from './request.ts';
import { refused, unavailable } from './retell-errors.ts';

export type AgentResult =
  | { readonly kind: 'agent'; readonly agent: Agent }
  /** Retell itself says that there is no such agent. */
  | { readonly kind: 'gone' }
  /** `silent`: there was no answer in time. */
  | { readonly kind: 'problem'; readonly reason: string; readonly timedOut: boolean };

const LATEST = 'latest';
const LATEST_PUBLISHED = 'latest_published';

/**
 * Reads one agent; one that was never published is read in its latest version. `hasty` gives up at the first silence, as one
 * who can come back later. Throws only what `request` throws.
 */
export async function readAgent(
  context: RequestContext,
  agent_id: string,
  version: string,
  failFast: boolean,
): Promise<AgentResult> {
  const outcome = await getAgent(context, agent_id, version, failFast);
  if (outcome.ok) {
    const agent = parseAgent(outcome.value, agent_id);
    return agent.ok ? { kind: 'agent', agent: agent.value } : problem(`Retell answered with ${agent.reason}`);
  }
  const { failure } = outcome;
  // In which words Retell refuses it is not documented. A tag that is assigned to nothing means the latest version too.
  if (version === LATEST_PUBLISHED && failure.kind === 'refused') return readAgent(context, agent_id, LATEST, failFast);
  if (!saysGone(failure)) return problem(`Retell could not read it: ${failure.reason}`, failure.kind === 'timeout');
  if (version === LATEST) return { kind: 'gone' };
  return withoutVersion(context, agent_id, version, failFast);
}

/** The agent whole, in one version; null when Retell has no such agent or version. Throws AppError when it cannot be read. */
export async function readVersion(
  context: RequestContext,
  agent_id: string,
  version: string | number,
): Promise<AgentVersion | null> {
  const outcome = await getAgent(context, agent_id, String(version), false);
  const what = `read version ${version} of ${agent_id}`;
  if (!outcome.ok) {
    if (saysMissing(outcome.failure)) return null;
    throw isRetryable(outcome.failure) ? unavailable(what, outcome.failure) : refused(what, outcome.failure);
  }
  const parsed = parseAgentVersion(outcome.value);
  if (parsed.ok) return parsed.value;
  throw unavailable(what, { ...NO_FAILURE, reason: parsed.reason });
}

/** A missing version or tag may be answered like a missing agent: only `latest` tells them apart. */
async function withoutVersion(
  context: RequestContext,
  agent_id: string,
  version: string,
  failFast: boolean,
): Promise<AgentResult> {
  const latest = await readAgent(context, agent_id, LATEST, failFast);
  return latest.kind === 'agent' ? problem(`Retell has the agent, but not its version ${version}`) : latest;
}

function getAgent(
  context: RequestContext,
  agent_id: string,
  version: string,
  failFast: boolean,
): Promise<Outcome<Record<string, unknown>>> {
  if (!isSendable(agent_id)) return Promise.resolve({ ok: false, failure: UNSENDABLE });
  return request(context, {
    send: (client, options) => client.agent.retrieve(agent_id, { version }, options),
    parse: anObject,
    repeatable: true,
    failFast,
  });
}

/** What Retell says live of an unknown agent, with 404, and what it documents, with 422. */
const GONE = /^item .+ not found from agent|^agent\b.* not found|^cannot find requested asset/iu;
/** In other words than the known ones a 404 must still say as much. */
const NOT_FOUND = /not found|cannot find|does not exist/iu;
/** A version or a route that is missing says nothing about the agent. */
const OF_ANOTHER_THING = /\b(version|route|path|endpoint|url)\b/iu;

/**
 * The one place that takes Retell's word for an agent being gone. A 404 in another form than Retell's comes from something
 * in between; a 422 is also that for a bad request, so its text must say which it is.
 */
function saysGone({ status, message }: Failure): boolean {
  if (message === null || OF_ANOTHER_THING.test(message)) return false;
  return (status === 404 && NOT_FOUND.test(message)) || (status === 422 && GONE.test(message));
}

/** Less certain than `saysGone`, as nothing is orphaned on it: the agent or the version is not there. */
function saysMissing({ status, message }: Failure): boolean {
  return (
    message !== null && (status === 404 || (status === 422 && /not found|cannot find|no published/iu.test(message)))
  );
}

function problem(reason: string, timedOut = false): AgentResult {
  return { kind: 'problem', reason, timedOut };
}

function anObject(answer: unknown): Parsed<Record<string, unknown>> {
  const result = v.safeParse(v.record(v.string(), v.unknown()), answer);
  return result.success ? { ok: true, value: result.output } : { ok: false, reason: 'an answer that is no object' };
}

const NO_FAILURE: Failure = {
  kind: 'malformed',
  status: null,
  reason: '',
  message: null,
  retry_after_ms: null,
  cause: undefined,
};
const UNSENDABLE: Failure = { ...NO_FAILURE, kind: 'invalid_request', reason: 'an id that no request can carry' };
