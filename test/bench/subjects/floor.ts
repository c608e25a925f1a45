/** The floor: the same pages and details with the same concurrency, and one statement each to read and write rows. */
import { Client } from 'pg';
import { BareTask } from '../measurement.ts';
import { type BareAgent, fetchAgents, fetchIds, idsToRead } from './bare.ts';
import { serveTask, timed } from './measured.ts';

serveTask(BareTask, async ({ read, write, concurrency }) => {
  const { ms, result } = await timed(async () => {
    const client = new Client(process.env['DATABASE_URL']);
    await client.connect();
    const ids = await fetchIds();
    await client.query('select id, agent_id, name, voice_id, agent_version, sync_status from interviewer');
    const agents = await fetchAgents(idsToRead(read, ids), concurrency);
    if (agents.length > 0) await client.query(STATEMENTS[write], [JSON.stringify(agents.map(rowOf))]);
    await client.end();
    return agents.length;
  });
  return { ms, statements: result === 0 ? 1 : 2, answer_bytes: 0 };
});

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
