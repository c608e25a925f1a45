/** A Retell account as plain state, without HTTP: its agents, and the changes that users and Retell make. */
import { randomBytes } from 'node:crypto';
import type {
  AgentCreateParams,
  AgentListResponse,
  AgentResponse,
  AgentUpdateParams,
} from 'retell-sdk/resources/agent';

export interface StoredVersion {
  readonly version: number;
  readonly is_published: boolean;
  readonly base_version: number | null;
  readonly last_modification_timestamp: number;
  /** Replaced as a whole by an edit, so that versions can share it. */
  readonly settings: AgentCreateParams;
}

export interface StoredAgent {
  readonly agent_id: string;
  /** Order of creation, by which the listing is sorted. */
  readonly seq: number;
  readonly channel: 'voice' | 'chat';
  readonly user_modified_timestamp: number;
  /** At least one, in rising order. */
  readonly versions: readonly StoredVersion[];
  /** Versions by tag. */
  readonly tags: Readonly<Record<string, number>>;
}

export interface NewStoredAgent {
  readonly agent_id?: string;
  readonly agent_name?: string | null;
  readonly voice_id?: string;
  readonly language?: AgentCreateParams['language'];
  readonly channel?: 'voice' | 'chat';
  readonly response_engine?: AgentCreateParams['response_engine'];
  readonly published?: boolean;
  /** What an unpublished draft over the first version changes. */
  readonly draft?: AgentUpdateParams;
  readonly tags?: Readonly<Record<string, number>>;
  /** Epoch ms. */
  readonly modified_at?: number;
}

export interface Account {
  readonly agents: ReadonlyMap<string, StoredAgent>;
  /** In order of creation. */
  inOrder(): readonly StoredAgent[];
  get(agent_id: string): StoredAgent | undefined;
  addAgent(agent: NewStoredAgent): StoredAgent;
  /** Like an edit in the dashboard: changes the draft, or creates one if the latest version is published. */
  edit(agent_id: string, changes: AgentUpdateParams, options?: { publish?: boolean }): StoredAgent;
  createVersion(agent_id: string, base_version: number): StoredVersion;
  publish(agent_id: string, version?: number): StoredAgent;
  delete(agent_id: string): boolean;
  deleteVersion(agent_id: string, version: number): void;
  tag(agent_id: string, tag: string, version: number): void;
  /** Retell itself replaces a voice. This is not a user's edit, so `user_modified_timestamp` does not change. */
  repair(agent_id: string, version: number, voice_id: string): StoredVersion;
  /** Replaces everything. */
  load(agents: readonly StoredAgent[]): void;
  /** Called after every change. */
  onChange(listener: () => void): void;
}

const LLM: AgentCreateParams['response_engine'] = { type: 'retell-llm', llm_id: 'llm_234sdertfsdsfsdf', version: 0 };

/** An empty account. No two changes get the same timestamp, even if `now` stands still. */
export function createAccount(now: () => number = Date.now): Account {
  const agents = new Map<string, StoredAgent>();
  const listeners: (() => void)[] = [];
  let lastSeq = 0;
  let lastStamp = 0;

  const stamp = (): number => (lastStamp = Math.max(now(), lastStamp + 1));

  function put(agent: StoredAgent): StoredAgent {
    agents.set(agent.agent_id, agent);
    for (const listener of listeners) listener();
    return agent;
  }

  function existing(agent_id: string): StoredAgent {
    const agent = agents.get(agent_id);
    if (agent === undefined) throw new Error(`the account has no agent ${agent_id}`);
    return agent;
  }

  function putVersion(agent_id: string, changed: StoredVersion, { byUser = true } = {}): StoredVersion {
    const agent = existing(agent_id);
    const others = agent.versions.filter((version) => version.version !== changed.version);
    const versions = [...others, changed].sort((a, b) => a.version - b.version);
    const at = changed.last_modification_timestamp;
    put({ ...agent, versions, user_modified_timestamp: byUser ? at : agent.user_modified_timestamp });
    return changed;
  }

  const account: Account = {
    agents,
    inOrder: () => [...agents.values()],
    get: (agent_id) => agents.get(agent_id),
    addAgent(agent) {
      const at = agent.modified_at ?? stamp();
      lastSeq += 1;
      return put({ ...newAgent(agent, at), seq: lastSeq });
    },
    edit(agent_id, changes, { publish = false } = {}) {
      const latest = latestVersion(existing(agent_id));
      const base = latest.is_published ? account.createVersion(agent_id, latest.version) : latest;
      putVersion(agent_id, withSettings(base, changes, stamp()));
      return publish ? account.publish(agent_id) : existing(agent_id);
    },
    createVersion(agent_id, base_version) {
      const base = versionOf(existing(agent_id), base_version);
      const version = latestVersion(existing(agent_id)).version + 1;
      const draft = { ...base, version, base_version, is_published: false, last_modification_timestamp: stamp() };
      return putVersion(agent_id, draft, { byUser: false });
    },
    publish(agent_id, version = latestVersion(existing(agent_id)).version) {
      const draft = versionOf(existing(agent_id), version);
      putVersion(agent_id, { ...draft, is_published: true, last_modification_timestamp: stamp() });
      return existing(agent_id);
    },
    delete(agent_id) {
      const deleted = agents.delete(agent_id);
      if (deleted) for (const listener of listeners) listener();
      return deleted;
    },
    deleteVersion(agent_id, version) {
      const agent = existing(agent_id);
      put({ ...agent, versions: agent.versions.filter((known) => known.version !== version) });
    },
    tag(agent_id, tag, version) {
      const agent = existing(agent_id);
      put({ ...agent, tags: { ...agent.tags, [tag]: version } });
    },
    repair(agent_id, version, voice_id) {
      const repaired = withSettings(versionOf(existing(agent_id), version), { voice_id }, stamp());
      return putVersion(agent_id, repaired, { byUser: false });
    },
    load(loaded) {
      agents.clear();
      for (const agent of loaded) agents.set(agent.agent_id, agent);
      lastSeq = loaded.reduce((most, agent) => Math.max(most, agent.seq), 0);
      lastStamp = loaded.reduce((most, agent) => Math.max(most, agent.user_modified_timestamp), 0);
      for (const listener of listeners) listener();
    },
    onChange: (listener) => listeners.push(listener),
  };
  return account;
}

export function latestVersion(agent: StoredAgent): StoredVersion {
  return agent.versions.at(-1) ?? fail(`${agent.agent_id} has no version`);
}

/** The body of `GET /get-agent` for a version. */
export function agentResponse(agent: StoredAgent, version: StoredVersion): AgentResponse {
  const { settings, ...facts } = version;
  const tags = Object.keys(agent.tags).filter((tag) => agent.tags[tag] === version.version);
  return { agent_id: agent.agent_id, ...settings, ...facts, assigned_tags: tags };
}

/** An item of `POST /v2/list-agents`: exactly these five fields. */
export function listItem(agent: StoredAgent): AgentListResponse.Item {
  return {
    agent_id: agent.agent_id,
    // The SDK's type allows no null here.
    agent_name: latestVersion(agent).settings.agent_name ?? '',
    channel: agent.channel,
    tags: Object.fromEntries(Object.entries(agent.tags).map(([tag, version]) => [tag, { version }])),
    user_modified_timestamp: agent.user_modified_timestamp,
  };
}

function newAgent(agent: NewStoredAgent, at: number): Omit<StoredAgent, 'seq'> {
  const settings: AgentCreateParams = {
    agent_name: agent.agent_name ?? null,
    voice_id: agent.voice_id ?? '11labs-Adrian',
    language: agent.language ?? 'en-US',
    response_engine: agent.response_engine ?? LLM,
  };
  const is_published = agent.published ?? false;
  const first = { version: 0, is_published, base_version: null, last_modification_timestamp: at, settings };
  const draft = { ...first, version: 1, is_published: false, base_version: 0 };
  return {
    agent_id: agent.agent_id ?? randomAgentId(),
    channel: agent.channel ?? 'voice',
    user_modified_timestamp: at,
    versions: agent.draft === undefined ? [first] : [first, withSettings(draft, agent.draft, at)],
    tags: agent.tags ?? {},
  };
}

/** In Retell's form: `agent_` and 26 hexadecimal digits. */
function randomAgentId(): string {
  return `agent_${randomBytes(13).toString('hex')}`;
}

function withSettings(version: StoredVersion, changes: AgentUpdateParams, at: number): StoredVersion {
  const { version: _version, response_engine, ...rest } = changes;
  const settings = { ...version.settings, ...rest, ...(response_engine === undefined ? {} : { response_engine }) };
  return { ...version, settings, last_modification_timestamp: at };
}

function versionOf(agent: StoredAgent, version: number): StoredVersion {
  return (
    agent.versions.find((known) => known.version === version) ?? fail(`${agent.agent_id} has no version ${version}`)
  );
}

function fail(message: string): never {
  throw new Error(message);
}
