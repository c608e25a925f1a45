/** The baseline, which this system replaces: reads every agent each time, and writes each row by a statement. */
import { Client } from 'pg';
import { BareTask } from '../measurement.ts';
import { fetchAgents, fetchIds, idsToRead } from './bare.ts';
import { serveTask, timed } from './measured.ts';

serveTask(BareTask, async ({ read, write, concurrency }) => {
  const { ms, result } = await timed(async () => {
    const client = new Client(process.env['DATABASE_URL']);
    await client.connect();
    const agents = await fetchAgents(idsToRead(read, await fetchIds()), concurrency);
    await client.query('select id, agent_id, name, voice_id, sync_status from interviewer');
    for (const { agent_id, agent_name, voice_id } of agents) {
      await client.query(STATEMENTS[write], [agent_id, agent_name, voice_id]);
    }
    await client.end();
    return agents.length;
  });
  return { ms, statements: result + 1, answer_bytes: 0 };
});

const STATEMENTS = {
  insert: `insert into interviewer (agent_id, name, voice_id, description, image, empathy, exploration, rapport, speed,
      last_synced_at)
    values ($1, $2, $3, $2 || ' - A professional AI interviewer ready to conduct insightful conversations.',
      '/user-icon.png', 7, 8, 7, 5, now())`,
  update: 'update interviewer set name = $2, voice_id = $3, last_synced_at = now() where agent_id = $1',
};
