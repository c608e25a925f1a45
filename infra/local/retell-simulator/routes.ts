/** The calls of the Retell API that the simulator knows, each turning a request into a reply. */
import type { AgentListVersionsResponse } from 'retell-sdk/resources/agent';
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

/** The voice that `repair-agent` falls back to. */
export const REPAIR_VOICE = 'retell-Cimo';

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
  'DELETE /delete-agent-version/': deleteVersion,
  'GET /list-agent-versions/': listVersions,
  'POST /publish-agent-version/': publishVersion,
  'POST /repair-agent/': repairAgent,
};

/** Carries a request out. What Retell has removed, such as `GET /list-agents`, is unknown here too. */
export function answer(account: Account, request: SimulatedRequest): Reply {
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
  return body.ok ? listPage(account, request.query, body.value) : body.reply;
}

function createAgent(account: Account, request: SimulatedRequest): Reply {
  const body = bodyOfCreateAgent(request.body);
  if (!body.ok) return body.reply;
  const { agent_id } = account.addAgent(body.value);
  const agent = account.edit(agent_id, body.value);
  return { status: 201, body: agentResponse(agent, latestVersion(agent)) };
}

/** What Retell answers here about a chat agent is unknown; it has a call of its own for those. */
function getAgent(_account: Account, request: SimulatedRequest, agent: StoredAgent): Reply {
  if (agent.channel === 'chat') return notFound(agent.agent_id);
  return onVersion(request, agent, (version) => ({ status: 200, body: agentResponse(agent, version) }));
}

function updateAgent(account: Account, request: SimulatedRequest, agent: StoredAgent): Reply {
  const body = bodyOfUpdateAgent(request.body);
  if (!body.ok) return body.reply;
  return onDraft(request, agent, 'update', () => {
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

function deleteVersion(account: Account, request: SimulatedRequest, agent: StoredAgent): Reply {
  return onVersion(request, agent, (version) => {
    if (agent.versions.length === 1) return refusal(422, 'Cannot delete the only version of an agent');
    account.deleteVersion(agent.agent_id, version.version);
    return { status: 204 };
  });
}

function listVersions(_account: Account, _request: SimulatedRequest, agent: StoredAgent): Reply {
  const items = agent.versions.toReversed().map(versionItem);
  return { status: 200, body: { items, has_more: false } };
}

function versionItem(stored: StoredVersion): AgentListVersionsResponse.Item {
  const { version, is_published, last_modification_timestamp, base_version } = stored;
  const item = { version, is_published, last_modification_timestamp };
  return base_version === null ? item : { ...item, base_version };
}

/** A success without a body that yet claims to be JSON: the SDK stumbles over the real one. */
function publishVersion(account: Account, request: SimulatedRequest, agent: StoredAgent): Reply {
  const body = bodyOfPublish(request.body);
  if (!body.ok) return body.reply;
  const version = agent.versions.find((known) => known.version === body.value.version);
  if (version === undefined) return noVersion();
  if (version.is_published) return refusal(422, `Version ${version.version} is already published`);
  account.publish(agent.agent_id, version.version);
  return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' } };
}

function repairAgent(account: Account, request: SimulatedRequest, agent: StoredAgent): Reply {
  return onDraft(request, agent, 'repair', (version) => {
    const repaired = account.repair(agent.agent_id, version.version, REPAIR_VOICE);
    return { status: 200, body: agentResponse(agent, repaired) };
  });
}

function onDraft(
  request: SimulatedRequest,
  agent: StoredAgent,
  verb: string,
  change: (version: StoredVersion) => Reply,
): Reply {
  return onVersion(request, agent, (version) => {
    const named = `${agent.agent_id} version ${version.version}`;
    return version.is_published ? refusal(422, `Cannot ${verb} published agent ${named}`) : change(version);
  });
}

/** Finds the version that the query asks for. A tag that is assigned to none means the latest. */
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

/** Retell's documented words for whatever it cannot find: they read as if the agent itself might be gone. */
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
