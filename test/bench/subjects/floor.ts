/** The floor: the same pages and details with the same concurrency, and one statement each to read and write rows. */
import { Client } from 'pg';
import * as v from 'valibot';
import { BareTask } from '../measurement.ts';
import { BARE_CLIENTS, type BareClient } from './bare-client.ts';
import { serveTask, timed } from './measured.ts';

interface BareAgent {
  readonly agent_id: string;
  readonly agent_name: string;
  readonly voice_id: string;
  readonly version: number;
  readonly language: string;
  readonly last_modification_timestamp: number;
}

serveTask(BareTask, async ({ client, read, write, concurrency }) => {
  const fetchJson = BARE_CLIENTS[client];
  const { ms, result } = await timed(async () => {
    const postgres = new Client(process.env['DATABASE_URL']);
    await postgres.connect();
    const listed = await fetchIds(fetchJson);
    await postgres.query('select id, agent_id, name, voice_id, agent_version, sync_status from interviewer');
    const agents = await fetchAgents(fetchJson, read === 'all' ? listed : read, concurrency);
    if (agents.length > 0) await postgres.query(STATEMENTS[write], [JSON.stringify(agents.map(rowOf))]);
    await postgres.end();
    return agents.length;
  });
  return { ms, statements: result === 0 ? 1 : 2 };
});

const Page = v.object({
  items: v.array(v.object({ agent_id: v.string() })),
  pagination_key: v.optional(v.string()),
});

async function fetchIds(fetchJson: BareClient): Promise<string[]> {
  const ids: string[] = [];
  for (let key: string | undefined = ''; key !== undefined; ) {
    const query = new URLSearchParams({ limit: '1000', ...(key === '' ? {} : { pagination_key: key }) });
    const page = v.parse(Page, await fetchJson('POST', `/v2/list-agents?${String(query)}`));
    for (const { agent_id } of page.items) ids.push(agent_id);
    key = page.pagination_key;
  }
  return ids;
}

async function fetchAgents(
  fetchJson: BareClient,
  ids: readonly string[],
  concurrency: number,
): Promise<readonly BareAgent[]> {
  const agents: BareAgent[] = [];
  const queue = ids.values();
  const worker = async () => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- unchecked on purpose: the floor checks nothing
    for (const id of queue) agents.push((await fetchJson('GET', `/get-agent/${id}?version=latest`)) as BareAgent);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return agents;
}

function rowOf({ agent_id, agent_name, voice_id, version, language, last_modification_timestamp }: BareAgent) {
  const modified_at = new Date(last_modification_timestamp);
  return { agent_id, name: agent_name, voice_id, agent_version: version, language, modified_at };
}

const RECORDS = `jsonb_to_recordset($1::jsonb) as x (agent_id text, name text, voice_id text, agent_version integer,
  language text, modified_at timestamptz)`;

const STATEMENTS = {
  insert: `insert into interviewer (agent_id, name, description, image, empathy, exploration, rapport, speed, voice_id,
      agent_version, language, retell_modified_at, last_synced_at)
    select agent_id, name, name || ' - A professional AI interviewer ready to conduct insightful conversations.',
      '/user-icon.png', 7, 8, 7, 5, voice_id, agent_version, language, modified_at, now() from ${RECORDS}`,
  update: `update interviewer i set name = x.name, voice_id = x.voice_id, agent_version = x.agent_version,
      language = x.language, retell_modified_at = x.modified_at, last_synced_at = now()
    from ${RECORDS} where i.agent_id = x.agent_id`,
};
