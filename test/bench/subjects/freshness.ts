/** The time from a change in Retell to its row: with a call event, and without one until the next scheduled sync. */
import { Client } from 'pg';
import RetellSdk from 'retell-sdk';
import { handler as scheduledSync } from '../../../functions/scheduled-sync/index.ts';
import { handler as webhook } from '../../../functions/webhook/index.ts';
import { loadConfig } from '../../../shared/config.ts';
import { composeServices, provideServices } from '../../../shared/services.ts';
import { schedulerEvent, testContext } from '../../support/events.ts';
import { FreshnessTask } from '../measurement.ts';
import { summarize } from '../statistics.ts';
import { serveTask, timed } from './measured.ts';
import { signedEvent } from './signed-event.ts';

/** The scheduled Lambda's 15 minutes. */
const REMAINING_MS = 900_000;

const sdk = new RetellSdk({ apiKey: process.env['RETELL_API_KEY'] ?? '', baseURL: process.env['RETELL_BASE_URL'] });
const postgres = new Client(process.env['DATABASE_URL']);

serveTask(FreshnessTask, async ({ agent_ids, every_ms }) => {
  const services = composeServices(loadConfig(), { events: { publish: () => Promise.resolve(0) } });
  provideServices(services);
  await postgres.connect();
  await sync();
  const with_event = await times(agent_ids, async (agent) => webhook(await signedEvent(agent), testContext()));
  const syncs = await times(agent_ids, sync);
  await postgres.end();
  await services.close();
  // The wait for the schedule is known, and so added: changes spread evenly over its interval.
  const waits = syncs.map((ms, index) => ms + (every_ms * (index + 0.5)) / syncs.length);
  return { with_event: summarize(with_event), without_event: summarize(waits) };
});

interface ChangedAgent {
  readonly agent_id: string;
  readonly agent_version: number;
}

async function times(
  agent_ids: readonly string[],
  apply: (agent: ChangedAgent) => Promise<unknown>,
): Promise<readonly number[]> {
  const all: number[] = [];
  for (const [index, agent_id] of agent_ids.entries()) {
    const voice_id = `voice-${performance.now()}-${index}`;
    const agent = await change(agent_id, voice_id);
    const { ms } = await timed(() => apply(agent));
    await refuseStale(agent_id, voice_id);
    all.push(ms);
  }
  return all;
}

async function change(agent_id: string, voice_id: string): Promise<ChangedAgent> {
  await sdk.agent.createVersion(agent_id, { base_version: 0 });
  const { version } = await sdk.agent.update(agent_id, { voice_id });
  return { agent_id, agent_version: version };
}

function sync(): Promise<unknown> {
  return scheduledSync(schedulerEvent(), testContext(REMAINING_MS));
}

async function refuseStale(agent_id: string, voice_id: string): Promise<void> {
  const { rowCount } = await postgres.query('select 1 from interviewer where agent_id = $1 and voice_id = $2', [
    agent_id,
    voice_id,
  ]);
  if (rowCount !== 1) throw new Error(`The change of ${agent_id} did not reach its row`);
}
