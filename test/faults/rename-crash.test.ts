/** Syncs that are killed during a push, while the platform keeps renaming. */
import { beforeEach, expect, test } from '@jest/globals';
import { latestVersion } from '../../infra/local/retell-simulator/account.ts';
import { agentEvent } from '../../infra/local/retell-simulator/events.ts';
import { provideServices } from '../../shared/services.ts';
import { killable } from '../support/processes.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const ID = 'agent_lisa';

const system = useSystem({ agents: [{ agent_id: ID, agent_name: 'Interview Lisa', published: true }] });
beforeEach(() => system.call(SYNC));

/** Every second kill: between the end of one call and the start of the next a sync changes nothing. */
const STEP = 2;

const rename = (name: string) => system.database.query('update interviewer set name = $1', [name]);

/** Runs a sync that is killed at its n-th await, lets its claim expire, and returns whether it was killed. */
async function killedSync(killed_at: number): Promise<boolean> {
  const services = system.services();
  const processes = killable(services);
  provideServices(processes.services);
  const answer = await processes.run(killed_at, () => system.call(SYNC));
  processes.release();
  provideServices(services);
  await system.database.query(
    `update voice_agent_sync.agreement set push_started_at = push_started_at - interval '5 minutes'`,
  );
  return answer === null;
}

async function isClaimed(): Promise<boolean> {
  const rows = await system.database.query('select from voice_agent_sync.agreement where push_started_at is not null');
  return rows.length > 0;
}

async function expectName(name: string, is_published: boolean): Promise<void> {
  const agent = system.simulator.account.get(ID);
  expect(agent && latestVersion(agent)).toMatchObject({ is_published, settings: { agent_name: name } });
  expect(await system.rows()).toMatchObject([{ name }]);
  expect((await system.call(SYNC)).body).toMatchObject({ pushed: [], updated: [], conflicts: [], health_score: 100 });
}

const nothing = async () => {};
const webhook = async () => void (await system.webhook(agentEvent('updated', { agent_id: ID })));
const authorsDraft = async () => void system.simulator.account.edit(ID, { language: 'de-DE' });

test.each([
  { agent: 'published', prepare: nothing, next: 'a sync', before: nothing },
  { agent: 'published', prepare: nothing, next: 'a webhook and a sync', before: webhook },
  { agent: 'with a person’s draft', prepare: authorsDraft, next: 'a sync', before: nothing },
])(
  '[D21] $next pushes the newest name without a conflict, wherever a sync that renamed an agent $agent was killed',
  async ({ prepare, before }) => {
    await prepare();
    for (let killed_at = 1, was_killed = true, was_claimed = false; was_killed; killed_at += STEP) {
      await rename(`Interview old ${killed_at}`);
      was_killed = await killedSync(killed_at);
      // The last test has the kills before the first claim of the push.
      was_claimed ||= await isClaimed();
      if (was_killed && !was_claimed) continue;
      await rename(`Interview new ${killed_at}`);
      await before();
      const { body } = await system.call(SYNC);
      expect(body).toMatchObject({ conflicts: [], errors: [], pushed: [{ name: `Interview new ${killed_at}` }] });
      await expectName(`Interview new ${killed_at}`, prepare === nothing);
    }
  },
  60_000,
);

test('the newest name reaches Retell although every earlier rename was killed', async () => {
  for (let killed_at = 1, was_killed = true; was_killed; killed_at += STEP) {
    await rename(`Interview ${killed_at}`);
    was_killed = await killedSync(killed_at);
  }
  await rename('Interview last');
  const { body } = await system.call(SYNC);
  expect(body).toMatchObject({ conflicts: [], errors: [], pushed: [{ name: 'Interview last' }] });
  await expectName('Interview last', true);
}, 60_000);
