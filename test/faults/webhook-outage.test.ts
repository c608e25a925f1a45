import { beforeEach, describe, expect, test } from '@jest/globals';
import { agentEvent, callEvent } from '../../infra/local/retell-simulator/events.ts';
import { createRetell } from '../../shared/retell/client.ts';
import { provideServices } from '../../shared/services.ts';
import { interviewAgents } from '../support/agents.ts';
import { hiding } from '../support/listing-hooks.ts';
import { arrived, refusal, reply, TEST_KEY } from '../support/simulator.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const IDS = Array.from({ length: 12 }, (_, index) => `agent_${index + 1}`);
const READ = /^\/get-agent\//;

const system = useSystem({
  agents: interviewAgents(IDS.length),
  callTimeoutMs: 1_000,
});
beforeEach(async () => {
  await system.call(SYNC);
  system.simulator.requests.clear();
});

const statusOf = async (agent_id: string) => (await system.row(agent_id))?.['sync_status'];
const deleted = (agent_id: string) => system.webhook(agentEvent('deleted', { agent_id }));

describe('[W19] a webhook is 503, so that Retell delivers it again, when Retell', () => {
  test.each([
    ['is down', reply(503, {})],
    ['resets the connection', { kind: 'destroy' } as const],
    ['hangs', { kind: 'hang' } as const],
    ['hangs in the body', { kind: 'hang_in_body' } as const],
    ['refuses the key', refusal(401, 'Invalid API Key')],
    ['responds with HTML', reply(200, '<html>')],
    ['responds with a 404 that is not about the agent', reply(404, '<html>')],
  ])('%s', async (_, respond) => {
    const endFault = system.simulator.fault({ match: { path: READ }, respond });
    const before = await system.rows();
    system.simulator.account.delete('agent_1');
    expect(await deleted('agent_1')).toMatchObject({ status: 503, body: { code: 'deliver_again' } });
    expect(await system.rows()).toEqual(before);
    endFault();
    expect(await deleted('agent_1')).toMatchObject({ status: 200, body: { action: 'orphaned' } });
  });

  test('[W19] a webhook gives up on a hanging Retell before its deadline, on the real clock', async () => {
    const own = { ...system.services() };
    const { url } = system.simulator;
    const options = { apiKey: async () => TEST_KEY, baseUrl: url, concurrency: 1, agentVersion: 'latest' };
    provideServices({ ...own, retell: createRetell(options) });
    system.simulator.fault({ match: { path: READ }, respond: { kind: 'hang' } });
    const began = performance.now();
    const payload = agentEvent('updated', { agent_id: 'agent_1' });
    const { status, body } = await system.webhook(payload, { remainingMs: 3_000 });
    expect({ status, code: body.code }).toEqual({ status: 503, code: 'deliver_again' });
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  test('a webhook of a call of a known agent succeeds while Retell hangs', async () => {
    system.simulator.fault({ match: {}, respond: { kind: 'hang' } });
    const { status } = await system.webhook(callEvent('call_ended', { agent_id: 'agent_1', agent_version: 0 }));
    expect(status).toBe(200);
  });
});

describe('[S19] orphanings by webhooks', () => {
  const orphans = async () => (await system.rows()).filter((row) => row['sync_status'] === 'orphaned').length;
  beforeEach(() => {
    for (const agent_id of IDS.slice(0, 8)) system.simulator.account.delete(agent_id);
  });

  test('[R23] are blocked after the fifth within an hour', async () => {
    const actions: string[] = [];
    for (const agent_id of IDS.slice(0, 8)) actions.push((await deleted(agent_id)).body.action);
    expect(actions).toEqual([...Array(5).fill('orphaned'), ...Array(3).fill('held_back')]);
    expect(await orphans()).toBe(5);
    expect(system.metrics.filter((metric) => metric.OrphanGuardTripped === 1)).toHaveLength(3);
    expect(system.events.findLast(({ name }) => name === 'OrphanGuardTripped')).toMatchObject({
      detail: { agent_id: 'agent_8', orphans: 1 },
    });
    const { body } = await system.call('GET /api/sync-runs');
    expect(body.runs[0]).toMatchObject({ kind: 'webhook', status: 'held', error_code: 'orphan_guard' });
  });

  test('are blocked after the fifth when all arrive at once', async () => {
    const answers = await Promise.all(IDS.slice(0, 8).map(deleted));
    expect(answers.filter(({ body }) => body.action === 'held_back')).toHaveLength(3);
    expect(await orphans()).toBe(5);
  });

  test('are possible again an hour later, and the next sync applies the blocked ones', async () => {
    for (const agent_id of IDS.slice(0, 6)) await deleted(agent_id);
    expect(await orphans()).toBe(5);
    await system.database.query(
      `update interviewer set orphaned_at = orphaned_at - interval '61 minutes' where sync_status = 'orphaned'`,
    );
    expect((await deleted('agent_7')).body).toMatchObject({ action: 'orphaned' });
    expect((await system.call(SYNC)).body.orphaned).toHaveLength(2);
  });
});

describe('a concurrent sync and webhook', () => {
  test('[L7] keep the webhook’s value when the sync’s observation is older', async () => {
    system.simulator.account.edit('agent_1', { voice_id: 'v2' }, { publish: true });
    // The sync has read the agent and still waits for another one when the agent changes again.
    const wait = system.simulator.fault({
      match: { path: READ, agent_id: 'agent_2' },
      respond: { kind: 'hang' },
      times: 1,
    });
    system.simulator.account.edit('agent_2', { voice_id: 'v2' }, { publish: true });
    const sync = system.call(SYNC);
    await arrived(system.simulator, '/get-agent/agent_2');
    await arrived(system.simulator, '/get-agent/agent_1');
    system.simulator.account.edit('agent_1', { voice_id: 'v3' }, { publish: true });
    await system.webhook(agentEvent('updated', { agent_id: 'agent_1' }));
    wait();
    expect((await sync).body).toMatchObject({ errors: [] });
    const rows = await system.rows();
    expect(rows.find((row) => row['agent_id'] === 'agent_1')).toMatchObject({ voice_id: 'v3', agent_version: 2 });
    expect((await system.call(SYNC)).body).toMatchObject({ updated: [], health_score: 100 });
  });

  test('[D10] [W6] create one row for an agent', async () => {
    system.simulator.account.addAgent({ agent_id: 'agent_new', agent_name: 'Interview new' });
    await Promise.all([
      system.call(SYNC),
      ...Array.from({ length: 10 }, () => system.webhook(agentEvent('created', { agent_id: 'agent_new' }))),
      system.call(SYNC),
    ]);
    const rows = (await system.rows()).filter((row) => row['agent_id'] === 'agent_new');
    expect(rows).toHaveLength(1);
  });

  test('do not orphan an agent that the listing does not show yet', async () => {
    system.simulator.account.addAgent({ agent_id: 'agent_new', agent_name: 'Interview new' });
    system.simulator.onListing(hiding('agent_new'));
    await system.webhook(agentEvent('created', { agent_id: 'agent_new' }));
    expect((await system.call(SYNC)).body).toMatchObject({ orphaned: [] });
    expect(await statusOf('agent_new')).toBe('active');
  });
});
