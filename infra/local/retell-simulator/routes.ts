/** The simulated calls of the Retell API. */
import type { Account, StoredAgent, StoredVersion } from './account.ts';
import { agentResponse, latestVersion } from './account.ts';
import { listPage } from './listing.ts';
import { type Reply, refusal, type SimulatedRequest } from './reply.ts';
import {
  bodyOfCreateAgent,
  bodyOfCreateVersion,
  bodyOfList,
  bodyOfPublish,
  bodyOfUpdateAgent,
} from './request-body.ts';

type Handler = (account: Account, request: SimulatedRequest, agent: StoredAgent) => Reply;

const ACCOUNT_ROUTES: Readonly<Record<string, (account: Account, request: SimulatedRequest) => Reply>> = {
  'POST /v2/list-agents': listAgents,
  'POST /create-agent': createAgent,
  'GET /get-api-key-info': () => ({ status: 200, body: { api_key_name: 'local', org_name: 'Simulated account' } }),
};

const AGENT_ROUTES: Readonly<Record<string, Handler>> = {
  'GET /get-agent/': getAgent,
  'PATCH /update-agent/': updateAgent,
  'DELETE /delete-agent/': deleteAgent,
  'POST /create-agent-version/': createVersion,
  'POST /publish-agent-version/': publishVersion,
};

/** Applies a request. Calls that Retell has removed, such as `GET /list-agents`, are unknown. */
export function replyTo(account: Account, request: SimulatedRequest): Reply {
  const call = `${request.method} ${request.path}`;
  const plain = ACCOUNT_ROUTES[call];
  if (plain !== undefined) return plain(account, request);
  const slash = call.lastIndexOf('/') + 1;
  const handler = AGENT_ROUTES[call.slice(0, slash)];
  const agent_id = decoded(call.slice(slash));
  if (handler === undefined || agent_id === null) return refusal(404, `Cannot ${call}`);
  const agent = account.get(agent_id);
  return agent === undefined ? notFound(agent_id) : handler(account, request, agent);
}

function listAgents(account: Account, request: SimulatedRequest): Reply {
  const body = bodyOfList(request.body);
  return body.ok ? listPage(account, request.query) : body.reply;
}

function createAgent(account: Account, request: SimulatedRequest): Reply {
  const body = bodyOfCreateAgent(request.body);
  if (!body.ok) return body.reply;
  const { agent_id } = account.addAgent(body.value);
  const agent = account.edit(agent_id, body.value);
  return { status: 201, body: agentResponse(agent, latestVersion(agent)) };
}

/** Chat agents have their own call; what Retell returns here for a chat agent is unknown. */
function getAgent(_account: Account, request: SimulatedRequest, agent: StoredAgent): Reply {
  if (agent.channel === 'chat') return notFound(agent.agent_id);
  return onVersion(request, agent, (version) => ({ status: 200, body: agentResponse(agent, version) }));
}

function updateAgent(account: Account, request: SimulatedRequest, agent: StoredAgent): Reply {
  const body = bodyOfUpdateAgent(request.body);
  if (!body.ok) return body.reply;
  return onVersion(request, agent, ({ version, is_published }) => {
    if (is_published) return refusal(422, `Cannot update published agent ${agent.agent_id} version ${version}`);
    const edited = account.edit(agent.agent_id, body.value);
    return { status: 200, body: agentResponse(edited, latestVersion(edited)) };
  });
}

function deleteAgent(account: Account, _request: SimulatedRequest, agent: StoredAgent): Reply {
  account.delete(agent.agent_id);
  return { status: 204 };
}

function createVersion(account: Account, request: SimulatedRequest, agent: StoredAgent): Reply {
  const body = bodyOfCreateVersion(request.body);
  if (!body.ok) return body.reply;
  const { base_version } = body.value;
  if (!hasVersion(agent, base_version)) return noVersion();
  return { status: 201, body: agentResponse(agent, account.createVersion(agent.agent_id, base_version)) };
}

/** An empty body that claims to be JSON, which the SDK fails to parse, like the real response. */
function publishVersion(account: Account, request: SimulatedRequest, agent: StoredAgent): Reply {
  const body = bodyOfPublish(request.body);
  if (!body.ok) return body.reply;
  const version = agent.versions.find((known) => known.version === body.value.version);
  if (version === undefined) return noVersion();
  if (version.is_published) return refusal(422, `Version ${version.version} is already published`);
  account.publish(agent.agent_id, version.version);
  return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' } };
}

/** Calls `found` with the version that the query names. An unassigned tag means the latest. */
function onVersion(request: SimulatedRequest, agent: StoredAgent, found: (version: StoredVersion) => Reply): Reply {
  const wanted = request.query['version'] ?? 'latest';
  if (wanted === 'latest') return found(latestVersion(agent));
  const number = /^\d+$/u.test(wanted) ? Number(wanted) : agent.tags[wanted];
  const version =
    wanted === 'latest_published'
      ? agent.versions.findLast((known) => known.is_published)
      : agent.versions.find((known) => known.version === (number ?? latestVersion(agent).version));
  return version === undefined ? noVersion() : found(version);
}

function hasVersion(agent: StoredAgent, version: number): boolean {
  return agent.versions.some((known) => known.version === version);
}

function notFound(agent_id: string): Reply {
  return refusal(404, `Item ${agent_id} not found from agent`);
}

/** Retell's documented message for anything that it cannot find: it sounds as if the agent were gone. */
function noVersion(): Reply {
  return refusal(422, 'Cannot find requested asset under given api key.');
}

function decoded(segment: string): string | null {
  try {
    return segment === '' ? null : decodeURIComponent(segment);
  } catch {
    return null;
  }
}
