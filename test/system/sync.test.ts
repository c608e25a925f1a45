import { beforeEach, describe, expect, test } from '@jest/globals';
import { SAMPLE_AGENTS } from '../../infra/local/sample-account.ts';
import { eligibleAgent, PLATFORM_COLUMNS, PLATFORM_VALUES } from '../support/agents.ts';
import { reasonsOf } from '../support/reasons.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';

const system = useSystem();

test('a sync of the sample account creates a row for each eligible agent, and the next one changes and reads nothing', async () => {
  system.addAgents(SAMPLE_AGENTS);
  const first = await system.call(SYNC);
  expect(first.status).toBe(200);
  expect(first.body).toMatchObject({ success: true, health_score: 100, dry_run: false });
  expect(first.body.created).toHaveLength(9);
  system.simulator.requests.clear();
  const second = await system.call(SYNC);
  expect(second.body).toMatchObject({ created: [], updated: [], unchanged: 9, retell_calls: 1 });
  expect(system.simulator.requests.count('/get-agent')).toBe(0);
});

test('the report has exactly the documented fields', async () => {
  system.addAgents([eligibleAgent(1), { agent_id: 'agent_chat', agent_name: 'Bob', channel: 'chat' }]);
  const { body } = await system.call(SYNC);
  expect(body).toEqual({
    success: true,
    message: 'Sync completed: 1 created, 0 updated, 1 skipped',
    created: [{ agent_id: 'agent_1', name: 'Interview agent 1', reason: 'New voice-enabled agent from Retell AI' }],
    updated: [],
    restored: [],
    orphaned: [],
    pushed: [],
    conflicts: [],
    skipped: [{ agent_id: 'agent_chat', name: 'Bob', reason: expect.stringContaining('No voice configured') }],
    errors: [],
    unchanged: 0,
    audit_logs: [
      {
        agent_id: 'agent_1',
        name: 'Interview agent 1',
        voice_id: '11labs-Adrian',
        status: 'synced',
        action: 'created',
        reason: 'New voice-enabled agent from Retell AI',
        timestamp: expect.any(String),
      },
      {
        agent_id: 'agent_chat',
        name: 'Bob',
        status: 'skipped',
        action: 'skipped',
        reason: expect.any(String),
        missing_fields: ['voice_id'],
        timestamp: expect.any(String),
      },
    ],
    discrepancies: { retell_voice_enabled: 1, database_agents: 1, unsynced_agents: [] },
    totalRetellAgents: 2,
    totalDatabaseAgents: 1,
    counts: expect.objectContaining({ created: 1, skipped: 1, errors: 0, pending: 0 }),
    run_id: 1,
    dry_run: false,
    partial: false,
    duration_ms: expect.any(Number),
    retell_calls: 2,
    health_score: 100,
  });
});

describe('ownership of columns', () => {
  beforeEach(async () => {
    system.addAgents([eligibleAgent(1, { agent_name: 'Explorer Lisa' }), eligibleAgent(2)]);
    await system.call(SYNC);
  });

  test('a new row gets the profile that its name stands for', async () => {
    expect(await system.row('agent_1')).toMatchObject({
      image: '/interviewers/Lisa.png',
      audio: 'Lisa.wav',
      rapport: 7,
      exploration: 10,
      empathy: 7,
      speed: 5,
      voice_id: '11labs-Adrian',
      agent_version: 0,
      language: 'en-US',
      sync_status: 'active',
    });
    expect(await system.row('agent_2')).toMatchObject({
      image: '/user-icon.png',
      audio: null,
      rapport: 7,
      exploration: 8,
    });
  });

  test('the platform’s columns are never overwritten by an update, an orphaning or a restore', async () => {
    await system.database.query(
      `update interviewer set (${PLATFORM_COLUMNS}) = (${PLATFORM_VALUES}) where agent_id = 'agent_1'`,
    );
    const theirs = {
      description: 'theirs',
      image: '/theirs.png',
      audio: 'theirs.wav',
      empathy: 1,
      exploration: 2,
      rapport: 3,
      speed: 4,
    };
    const { account } = system.simulator;
    account.edit('agent_1', { agent_name: 'Empathetic Bob', voice_id: 'openai-Nova' }, { publish: true });
    await system.call(SYNC, { full: true });
    expect(await system.row('agent_1')).toMatchObject({ ...theirs, name: 'Empathetic Bob', voice_id: 'openai-Nova' });
    account.delete('agent_1');
    await system.call(SYNC);
    expect(await system.row('agent_1')).toMatchObject({ ...theirs, sync_status: 'orphaned' });
    account.addAgent(eligibleAgent(1));
    await system.call(SYNC);
    expect(await system.row('agent_1')).toMatchObject({ ...theirs, sync_status: 'active' });
  });

  test('Retell’s columns are updated, and the reason has old and new values', async () => {
    const changes = { voice_id: 'openai-Nova', language: ['de-DE', 'fr-FR'] as ('de-DE' | 'fr-FR')[] };
    system.simulator.account.edit('agent_1', { ...changes, agent_name: 'Lisa "II"' }, { publish: true });
    const { body } = await system.call(SYNC);
    const { reason } = body.updated[0];
    for (const part of [
      'name: "Explorer Lisa" -> "Lisa \\"II\\""',
      'voice_id: "11labs-Adrian" -> "openai-Nova"',
      'agent_version: 0 -> 1',
      'language: "en-US" -> "de-DE, fr-FR"',
    ]) {
      expect(reason).toContain(part);
    }
    expect(body.updated).toHaveLength(1);
    expect((await system.call(SYNC)).body).toMatchObject({ updated: [], unchanged: 2 });
  });

  test('a voice that was changed in the database is reverted to Retell’s', async () => {
    await system.database.query(`update interviewer set voice_id = 'mine' where agent_id = 'agent_1'`);
    const { body } = await system.call(SYNC);
    expect(reasonsOf(body.updated)).toEqual({ agent_1: 'voice_id: "mine" -> "11labs-Adrian"' });
  });
});

test('RETELL_AGENT_VERSION chooses between the published and the latest version', async () => {
  system.addAgents([eligibleAgent(1, { draft: { agent_name: 'Interview draft', voice_id: 'openai-Nova' } })]);
  await system.configure({ RETELL_AGENT_VERSION: 'latest_published' });
  await system.call(SYNC);
  expect(await system.row('agent_1')).toMatchObject({ name: 'Interview agent 1', agent_version: 0 });
  await system.configure({ RETELL_AGENT_VERSION: 'latest' });
  await system.call(SYNC, { full: true });
  expect(await system.row('agent_1')).toMatchObject({
    name: 'Interview draft',
    voice_id: 'openai-Nova',
    agent_version: 1,
  });
});
