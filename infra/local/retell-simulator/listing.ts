/**
 * `POST /v2/list-agents`: the key names the last agent shown, so that pages stay stable while agents are added and
 * removed.
 */
import type { AgentListResponse } from 'retell-sdk/resources/agent';
import { type Account, listItem } from './account.ts';
import { type Reply, refusal } from './reply.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1000;

export function listPage(account: Account, query: Readonly<Record<string, string>>): Reply {
  const limit = query['limit'] === undefined ? DEFAULT_LIMIT : Number(query['limit']);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    return refusal(422, `request/query/limit must be between 1 and ${MAX_LIMIT}`);
  }
  const last_seq = query['pagination_key'] === undefined ? 0 : readKey(query['pagination_key']);
  if (last_seq === null) return refusal(422, 'request/query/pagination_key is invalid');
  const agents = account.inOrder();
  const start = agents.findIndex(({ seq }) => seq > last_seq);
  const page = start === -1 ? [] : agents.slice(start, start + limit);
  const last = page.at(-1);
  const has_more = last !== undefined && last !== agents.at(-1);
  const body: AgentListResponse = {
    items: page.map(listItem),
    has_more,
    ...(has_more ? { pagination_key: writeKey(last.seq) } : {}),
  };
  return { status: 200, body };
}

function writeKey(seq: number): string {
  return Buffer.from(JSON.stringify({ after: seq })).toString('base64url');
}

function readKey(key: string): number | null {
  const digits = /^\{"after":(\d+)\}$/u.exec(Buffer.from(key, 'base64url').toString())?.[1];
  return digits === undefined ? null : Number(digits);
}
