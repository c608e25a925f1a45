/** `POST /v2/list-agents`: pages that stay stable while agents come and go, because the key names the last agent shown. */
import type { AgentListParams, AgentListResponse } from 'retell-sdk/resources/agent';
import { type Account, latestVersion, listItem, type StoredAgent } from './account.ts';
import { type Reply, refusal } from './reply.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1000;

/** What the query of a listing may say, besides the filters in its body. */
export type ListingQuery = Readonly<Record<string, string>>;

export function listPage(account: Account, query: ListingQuery, { filter_criteria }: AgentListParams): Reply {
  const limit = query['limit'] === undefined ? DEFAULT_LIMIT : Number(query['limit']);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    return refusal(422, `request/query/limit must be between 1 and ${MAX_LIMIT}`);
  }
  const descending = query['sort_order'] === 'descending';
  const key = query['pagination_key'];
  const after = key === undefined ? 0 : readKey(key);
  if (after === null) return refusal(422, 'request/query/pagination_key is invalid');
  const agents = inOrder(account, descending);
  const start = key === undefined ? 0 : firstPast(agents, after, descending);
  const { page, more } = take(agents, start, limit, (agent) => matches(agent, filter_criteria));
  const last = page.at(-1);
  const body: AgentListResponse = {
    items: page.map(listItem),
    has_more: more,
    ...(more && last !== undefined ? { pagination_key: writeKey(last.seq) } : {}),
  };
  return { status: 200, body };
}

function inOrder(account: Account, descending: boolean): readonly StoredAgent[] {
  return descending ? account.inOrder().toReversed() : account.inOrder();
}

function firstPast(agents: readonly StoredAgent[], seq: number, descending: boolean): number {
  const index = agents.findIndex((agent) => (descending ? agent.seq < seq : agent.seq > seq));
  return index === -1 ? agents.length : index;
}

function take(
  agents: readonly StoredAgent[],
  start: number,
  limit: number,
  wanted: (agent: StoredAgent) => boolean,
): { page: StoredAgent[]; more: boolean } {
  const page: StoredAgent[] = [];
  for (let index = start; index < agents.length; index += 1) {
    const agent = agents[index];
    if (agent === undefined || !wanted(agent)) continue;
    if (page.length === limit) return { page, more: true };
    page.push(agent);
  }
  return { page, more: false };
}

function matches(agent: StoredAgent, criteria: AgentListParams.FilterCriteria | undefined): boolean {
  const { channel, query } = criteria ?? {};
  if (channel !== undefined && !compare(agent.channel, channel.op, channel.value)) return false;
  if (query === undefined) return true;
  const name = latestVersion(agent).settings.agent_name ?? '';
  return name.toLowerCase().includes(query.toLowerCase()) || agent.agent_id.includes(query);
}

function compare(actual: string, op: AgentListParams.FilterCriteria.Channel['op'], value: string): boolean {
  switch (op) {
    case 'eq':
      return actual === value;
    case 'ne':
      return actual !== value;
    case 'sw':
      return actual.startsWith(value);
    case 'ew':
      return actual.endsWith(value);
    case 'co':
      return actual.includes(value);
    default:
      return false;
  }
}

function writeKey(seq: number): string {
  return Buffer.from(JSON.stringify({ after: seq })).toString('base64url');
}

function readKey(key: string): number | null {
  const digits = /^\{"after":(\d+)\}$/u.exec(Buffer.from(key, 'base64url').toString())?.[1];
  return digits === undefined ? null : Number(digits);
}
