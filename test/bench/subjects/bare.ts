/** Fetches pages and details without checks, storage or retries, for the floor and the baseline. */
import * as v from 'valibot';
import type { BareTask } from '../measurement.ts';

export interface BareAgent {
  readonly agent_id: string;
  readonly agent_name: string;
  readonly voice_id: string;
  readonly version: number;
  readonly language: string;
  readonly last_modification_timestamp: number;
}

const BASE_URL = process.env['RETELL_BASE_URL'] ?? '';
const AUTHORIZATION = { authorization: `Bearer ${process.env['RETELL_API_KEY'] ?? ''}` };

const Page = v.object({
  items: v.array(v.object({ agent_id: v.string() })),
  pagination_key: v.optional(v.string()),
});

export async function fetchIds(): Promise<string[]> {
  const ids: string[] = [];
  for (let key: string | undefined = ''; key !== undefined; ) {
    const query = new URLSearchParams({ limit: '1000', ...(key === '' ? {} : { pagination_key: key }) });
    const response = await fetch(`${BASE_URL}/v2/list-agents?${String(query)}`, {
      method: 'POST',
      headers: AUTHORIZATION,
    });
    const page = v.parse(Page, await response.json());
    for (const { agent_id } of page.items) ids.push(agent_id);
    key = page.pagination_key;
  }
  return ids;
}

export async function fetchAgents(ids: readonly string[], concurrency: number): Promise<BareAgent[]> {
  const agents: BareAgent[] = [];
  const queue = ids.values();
  const worker = async () => {
    for (const agent_id of queue) agents.push(await fetchAgent(agent_id));
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return agents;
}

async function fetchAgent(agent_id: string): Promise<BareAgent> {
  const response = await fetch(`${BASE_URL}/get-agent/${agent_id}?version=latest`, { headers: AUTHORIZATION });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- unchecked on purpose: the floor checks nothing
  return (await response.json()) as BareAgent;
}

export function idsToRead(read: BareTask['read'], listed: readonly string[]): readonly string[] {
  if (read === 'all') return listed;
  return read === 'none' ? [] : read;
}
