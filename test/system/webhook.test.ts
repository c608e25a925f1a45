import { beforeEach, describe, expect, test } from '@jest/globals';
import type { NewStoredAgent } from '../../infra/local/retell-simulator/account.ts';
import {
  agentEvent,
  CHAT_EVENTS,
  callEvent,
  chatEvent,
  eventNamed,
} from '../../infra/local/retell-simulator/events.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const LISA: NewStoredAgent = { agent_id: 'agent_lisa', agent_name: 'Interview Lisa', voice_id: 'v1', published: true };
const HINT = { agent_id: 'agent_lisa' };

const system = useSystem({ agents: [LISA] });

const calls = () => system.simulator.requests.count();
const row = () => system.row('agent_lisa');

test('the run of a webhook has its change and its number of calls to Retell', async () => {
  const answer = { kind: 'response', status: 500, body: {} } as const;
  system.simulator.fault({ match: { agent_id: 'agent_lisa' }, respond: answer, times: 2 });
  await system.webhook(eventNamed('agent.created', HINT));
  const { body } = await system.call('GET /api/sync-runs');
  expect(body.runs[0]).toMatchObject({
    message: 'Webhook: Interview Lisa: New voice-enabled agent from Retell AI',
    retell_calls: 3,
  });
});

describe('a webhook of an agent without a row', () => {
  test('is recorded in the history as a sync is', async () => {
    await system.webhook(agentEvent('created', HINT));
    const { body } = await system.call('GET /api/sync-runs');
    expect(body.runs[0]).toMatchObject({
      kind: 'webhook',
      status: 'succeeded',
      retell_calls: 1,
      counts: { created: 1 },
    });
    const run = await system.call(`GET /api/sync-runs/${body.runs[0].id}`);
    expect(JSON.stringify(run.body)).toContain('New voice-enabled agent from Retell AI');
  });

  test('reads an agent that does not exist in Retell once, however many calls name it', async () => {
    const { body } = await system.webhook(callEvent('call_started', { agent_id: 'agent_missing' }));
    expect(body).toMatchObject({ action: 'unchanged', message: expect.stringContaining('no such agent') });
    await system.webhook(callEvent('call_ended', { agent_id: 'agent_missing', agent_version: 3 }));
    expect(calls()).toBe(1);
    expect(await system.rows()).toEqual([]);
  });

  test('skips an agent that is not eligible, with the reason', async () => {
    system.simulator.account.addAgent({ agent_id: 'agent_sales', agent_name: 'Sales line' });
    const { body } = await system.webhook(agentEvent('created', { agent_id: 'agent_sales' }));
    expect(body).toMatchObject({ action: 'skipped', message: expect.stringContaining('interview patterns') });
    expect(await system.rows()).toEqual([]);
  });
});

describe('a webhook of an agent with a row', () => {
  beforeEach(async () => {
    await system.call(SYNC);
    system.simulator.requests.clear();
  });

  test('makes one call for a newer version and updates the row', async () => {
    system.simulator.account.edit('agent_lisa', { voice_id: 'v2' }, { publish: true });
    const { body } = await system.webhook(callEvent('call_started', { ...HINT, agent_version: 1 }));
    expect(body).toMatchObject({ action: 'updated', message: expect.stringContaining('voice_id: "v1" -> "v2"') });
    await system.webhook(callEvent('call_ended', { ...HINT, agent_version: 1 }));
    expect(calls()).toBe(1);
    expect(await row()).toMatchObject({ voice_id: 'v2', agent_version: 1 });
  });

  test('makes one call for a newer version that Retell does not show', async () => {
    for (let count = 0; count < 3; count += 1) {
      await system.webhook(callEvent('call_ended', { ...HINT, agent_version: 7 }));
    }
    await system.webhook(callEvent('call_ended', { ...HINT, agent_version: 6 }));
    expect(calls()).toBe(1);
    await system.webhook(callEvent('call_ended', { ...HINT, agent_version: 8 }));
    expect(calls()).toBe(2);
  });

  test('[W23] that names a version which Retell never had hides later versions for a minute at most', async () => {
    await system.webhook(callEvent('call_started', { ...HINT, agent_version: 2_147_483_647 }));
    system.simulator.account.edit('agent_lisa', { voice_id: 'v2' }, { publish: true });
    await system.database.query(
      `update voice_agent_sync.retell_agent set read_at = read_at - interval '1 minute' where agent_id = 'agent_lisa'`,
    );
    const { body } = await system.webhook(callEvent('call_started', { ...HINT, agent_version: 1 }));
    expect(body).toMatchObject({ action: 'updated' });
    expect(await row()).toMatchObject({ voice_id: 'v2' });
  });

  test('never takes values from the payload', async () => {
    const lie = { ...HINT, agent_name: 'Interview Mallory', voice_id: 'stolen', version: 9, agent_version: 9 };
    const before = await row();
    for (const payload of [agentEvent('updated', lie), agentEvent('deleted', lie), callEvent('call_ended', lie)]) {
      expect((await system.webhook(payload)).body).toMatchObject({ action: 'unchanged' });
    }
    expect({ ...(await row()), last_synced_at: null }).toEqual({ ...before, last_synced_at: null });
  });

  test('[W3] orphans a row only when get-agent confirms the deletion, and once when delivered twenty times', async () => {
    expect((await system.webhook(agentEvent('deleted', HINT))).body).toMatchObject({ action: 'unchanged' });
    expect(await row()).toMatchObject({ sync_status: 'active' });
    system.simulator.account.delete('agent_lisa');
    const answers = await Promise.all(Array.from({ length: 20 }, () => system.webhook(agentEvent('deleted', HINT))));
    expect(answers.filter(({ body }) => body.action === 'orphaned')).toHaveLength(1);
    expect(await row()).toMatchObject({
      sync_status: 'orphaned',
      orphan_reason: 'Agent no longer exists in Retell',
    });
    expect(system.events.filter(({ name }) => name === 'AgentOrphaned')).toHaveLength(1);
  });

  test('[W5] in any order, late or repeated, ends in sync with Retell', async () => {
    system.simulator.account.edit('agent_lisa', { agent_name: 'Interview Lisa B' }, { publish: true });
    await system.webhook(agentEvent('deleted', HINT));
    await Promise.all(
      ['created', 'updated', 'updated'].map((name) => system.webhook(eventNamed(`agent.${name}`, HINT))),
    );
    await system.webhook(callEvent('call_started', { ...HINT, agent_version: 0 }));
    expect(await system.rows()).toHaveLength(1);
    expect(await row()).toMatchObject({ name: 'Interview Lisa B', sync_status: 'active', agent_version: 1 });
    const { body } = await system.call(SYNC);
    expect(body).toMatchObject({ created: [], updated: [], orphaned: [], health_score: 100 });
  });

  test('[W3] applies the changes A, B, A although the bodies are equal', async () => {
    const names: unknown[] = [];
    for (const agent_name of ['Interview B', 'Interview Lisa', 'Interview B']) {
      system.simulator.account.edit('agent_lisa', { agent_name }, { publish: true });
      await system.webhook(agentEvent('updated', HINT));
      names.push((await row())?.['name']);
    }
    expect(names).toEqual(['Interview B', 'Interview Lisa', 'Interview B']);
  });

  test('restores an orphan under its id when its agent is eligible again', async () => {
    const before = await row();
    system.simulator.account.edit('agent_lisa', { agent_name: 'Sales' });
    expect((await system.webhook(agentEvent('updated', HINT))).body).toMatchObject({ action: 'orphaned' });
    system.simulator.account.edit('agent_lisa', { agent_name: 'Interview Lisa' });
    expect((await system.webhook(agentEvent('updated', HINT))).body).toMatchObject({ action: 'restored' });
    expect(await row()).toMatchObject({ id: before?.['id'], sync_status: 'active', orphaned_at: null });
  });

  test('keeps a name that the platform changed, which the next sync pushes', async () => {
    await system.database.query(`update interviewer set name = 'Interview Lisa K'`);
    system.simulator.account.edit('agent_lisa', { voice_id: 'v2' }, { publish: true });
    await system.webhook(agentEvent('updated', HINT));
    expect(await row()).toMatchObject({ name: 'Interview Lisa K', voice_id: 'v2' });
    expect(system.simulator.requests.all.map(({ method }) => method)).toEqual(['GET']);
  });
});

test('a webhook links a row without an agent to the only agent of its name', async () => {
  await insertAgentless('Interview Lisa');
  expect((await system.webhook(agentEvent('created', HINT))).body).toMatchObject({ action: 'updated' });
  expect(await system.rows()).toMatchObject([{ agent_id: 'agent_lisa', voice_id: 'v1', description: 'ours' }]);
});

test('a webhook does not link a row when two unlinked agents have its name', async () => {
  system.simulator.account.addAgent({ agent_id: 'agent_twin', agent_name: 'Interview Lisa' });
  await system.webhook(agentEvent('created', HINT));
  await system.database.query('delete from interviewer');
  await insertAgentless('Interview Lisa');
  await system.webhook(agentEvent('created', { agent_id: 'agent_twin' }));
  const linked = (await system.rows()).filter(({ description }) => description === 'ours');
  expect(linked).toMatchObject([{ agent_id: null }]);
});

test('a webhook with a transcript of 2 MB and emoji is accepted', async () => {
  const transcript = '🎙️ naïve – 答え\n'.repeat(100_000);
  const payload = callEvent('call_analyzed', HINT, { transcript });
  expect(Buffer.byteLength(JSON.stringify(payload))).toBeGreaterThan(2_000_000);
  expect((await system.webhook(payload)).body).toMatchObject({ action: 'created' });
  const encoded = Buffer.from(JSON.stringify(payload));
  expect((await system.webhook(null, { body: encoded })).body).toMatchObject({ action: 'ignored' });
  expect(JSON.stringify(system.log)).not.toContain('naïve');
});

test('[W15] webhooks of a chat agent, which get-agent does not know, make one call', async () => {
  system.simulator.account.addAgent({ agent_id: 'agent_chat', agent_name: 'Interview chat', channel: 'chat' });
  for (const name of CHAT_EVENTS) await system.webhook(chatEvent(name, { agent_id: 'agent_chat' }));
  expect(calls()).toBe(1);
  expect(await system.rows()).toEqual([]);
});

function insertAgentless(name: string) {
  return system.database.query(
    `insert into interviewer (name, description, image, empathy, exploration, rapport, speed)
     values ($1, 'ours', '/x.png', 1, 2, 3, 4)`,
    [name],
  );
}
