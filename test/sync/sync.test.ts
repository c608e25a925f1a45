import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SAMPLE_AGENTS } from '../../infra/local/sample-account.ts';
import { eligibleAgent, interviewAgents, PLATFORM_COLUMNS, PLATFORM_VALUES } from '../support/agents.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';

let system: TestSystem;
afterEach(() => system.close());

async function row(agent_id: string) {
  return (await system.rows()).find((row) => row['agent_id'] === agent_id);
}

function reasons(entries: { agent_id: string; reason: string }[]): Record<string, string> {
  return Object.fromEntries(entries.map(({ agent_id, reason }) => [agent_id, reason]));
}

test('a sync of the sample account creates the eligible agents, then finds nothing to do and reads no detail', async () => {
  system = await startSystem({ agents: SAMPLE_AGENTS });
  const first = await system.call(SYNC);
  expect(first.status).toBe(200);
  expect(first.body).toMatchObject({ success: true, health_score: 100, dry_run: false });
  expect(first.body.created).toHaveLength(9);
  system.simulator.requests.clear();
  const second = await system.call(SYNC);
  expect(second.body).toMatchObject({ created: [], updated: [], unchanged: 9, retell_calls: 1 });
  expect(system.simulator.requests.count('/get-agent')).toBe(0);
});

test('the report has the fields of version 2.0, and its entries their shape', async () => {
  system = await startSystem({
    agents: [eligibleAgent(1), { agent_id: 'agent_chat', agent_name: 'Bob', channel: 'chat' }],
  });
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

describe('eligibility: the first rule that fails gives the reason', () => {
  const NO_VOICE = 'No voice configured - agents without voice are not suitable for interviews';
  const NAMELESS = 'Missing required fields: agent_name';
  const NO_MATCH = 'Agent name does not match interview patterns';

  test('by the listing, and by what get-agent says', async () => {
    system = await startSystem({
      agents: [
        { agent_id: 'chat', agent_name: null, channel: 'chat' },
        { agent_id: 'nameless', agent_name: null },
        { agent_id: 'support', agent_name: 'Support line' },
        { agent_id: 'inside', agent_name: 'Kabob shop' },
        { agent_id: 'mute', agent_name: 'Mute interview', voice_id: '' },
        { agent_id: 'start', agent_name: 'Our BOBBY' },
        { agent_id: 'hyphen', agent_name: 'kind-lisa' },
      ],
    });
    const { body } = await system.call(SYNC);
    expect(reasons(body.skipped)).toEqual({
      chat: NO_VOICE,
      nameless: NAMELESS,
      support: NO_MATCH,
      inside: NO_MATCH,
      mute: NO_VOICE,
    });
    expect(Object.keys(reasons(body.created)).sort()).toEqual(['hyphen', 'start']);
    expect(reasons(body.discrepancies.unsynced_agents)).toEqual({
      nameless: NAMELESS,
      support: NO_MATCH,
      inside: NO_MATCH,
    });
  });

  test('by patterns of one own', async () => {
    system = await startSystem({
      agents: [eligibleAgent(1), { agent_id: 'support', agent_name: 'Support (24/7)' }],
      env: { INTERVIEW_NAME_PATTERNS: 'support (' },
    });
    expect(Object.keys(reasons((await system.call(SYNC)).body.created))).toEqual(['support']);
  });

  test.each([
    ['lost its name', { agent_name: '' }, NAMELESS],
    ['was renamed to what matches nothing', { agent_name: 'Support' }, NO_MATCH],
    ['lost its voice', { voice_id: '' }, NO_VOICE],
  ])('an agent that %s is orphaned on the word of get-agent, and comes back', async (_, changes, reason) => {
    system = await startSystem({ agents: interviewAgents(3) });
    await system.call(SYNC);
    const before = await row('agent_1');
    system.simulator.account.edit('agent_1', changes, { publish: true });
    const { body } = await system.call(SYNC);
    expect(reasons(body.orphaned)).toEqual({ agent_1: reason });
    expect(await row('agent_1')).toMatchObject({ id: before?.['id'], sync_status: 'orphaned', orphan_reason: reason });

    system.simulator.account.edit(
      'agent_1',
      { agent_name: 'Interview agent 1', voice_id: '11labs-Adrian' },
      { publish: true },
    );
    const { body: back } = await system.call(SYNC);
    expect(Object.keys(reasons(back.restored))).toEqual(['agent_1']);
    expect(await row('agent_1')).toMatchObject({
      id: before?.['id'],
      sync_status: 'active',
      orphaned_at: null,
      orphan_reason: null,
    });
    expect(system.events.map(({ name }) => name)).toEqual(expect.arrayContaining(['AgentOrphaned', 'AgentRestored']));
  });
});

describe('owners of fields', () => {
  beforeEach(async () => {
    system = await startSystem({ agents: [eligibleAgent(1, { agent_name: 'Explorer Lisa' }), eligibleAgent(2)] });
    await system.call(SYNC);
  });

  test('a new row has its profile', async () => {
    expect(await row('agent_1')).toMatchObject({
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
    expect(await row('agent_2')).toMatchObject({ image: '/user-icon.png', audio: null, rapport: 7, exploration: 8 });
  });

  test('what the platform owns is never overwritten: not by an update, an orphaning, a restoring', async () => {
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
    expect(await row('agent_1')).toMatchObject({ ...theirs, name: 'Empathetic Bob', voice_id: 'openai-Nova' });
    account.delete('agent_1');
    await system.call(SYNC);
    expect(await row('agent_1')).toMatchObject({ ...theirs, sync_status: 'orphaned' });
    account.addAgent(eligibleAgent(1));
    await system.call(SYNC);
    expect(await row('agent_1')).toMatchObject({ ...theirs, sync_status: 'active' });
  });

  test('what Retell owns follows, and the reason says from what to what', async () => {
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

  test('a voice that somebody set by hand in the database is put right', async () => {
    await system.database.query(`update interviewer set voice_id = 'mine' where agent_id = 'agent_1'`);
    const { body } = await system.call(SYNC);
    expect(reasons(body.updated)).toEqual({ agent_1: 'voice_id: "mine" -> "11labs-Adrian"' });
  });
});

describe('statuses', () => {
  beforeEach(async () => {
    system = await startSystem({ agents: interviewAgents(4) });
    await system.call(SYNC);
  });

  test('the date of an orphan is left alone by later syncs', async () => {
    system.simulator.account.delete('agent_1');
    await system.call(SYNC);
    const orphan = await row('agent_1');
    expect(orphan?.['orphaned_at']).toBeInstanceOf(Date);
    const { body } = await system.call(SYNC, { full: true });
    expect(body).toMatchObject({ orphaned: [], errors: [], health_score: 100 });
    expect(await row('agent_1')).toEqual(orphan);
  });

  test('a deleted row is never brought back, whatever its agent does, and is no discrepancy', async () => {
    await system.database.query(`update interviewer set sync_status = 'deleted' where agent_id = 'agent_1'`);
    const before = await row('agent_1');
    system.simulator.account.edit('agent_1', { agent_name: 'Bob' }, { publish: true });
    const { body } = await system.call(SYNC, { full: true });
    expect(reasons(body.skipped)).toEqual({ agent_1: 'The interviewer was deleted in the platform' });
    system.simulator.account.delete('agent_1');
    expect((await system.call(SYNC)).body).toMatchObject({ orphaned: [], created: [], health_score: 100 });
    expect(await row('agent_1')).toEqual(before);
  });

  test('of two rows of one agent the living one is kept in step', async () => {
    await system.database.query(
      `insert into interviewer (agent_id, name, sync_status, ${PLATFORM_COLUMNS})
       values ('agent_1', 'Old one', 'deleted', ${PLATFORM_VALUES})`,
    );
    system.simulator.account.edit('agent_1', { voice_id: 'openai-Nova' }, { publish: true });
    const { body } = await system.call(SYNC);
    expect(Object.keys(reasons(body.updated))).toEqual(['agent_1']);
    const rows = (await system.rows()).filter((row) => row['agent_id'] === 'agent_1');
    expect(rows).toMatchObject([
      { voice_id: 'openai-Nova', sync_status: 'active' },
      { name: 'Old one', sync_status: 'deleted', voice_id: null },
    ]);
  });

  test('a row that was removed for good is made anew', async () => {
    await system.database.query(`delete from interviewer where agent_id = 'agent_1'`);
    expect(Object.keys(reasons((await system.call(SYNC)).body.created))).toEqual(['agent_1']);
  });
});

describe('rows without an agent', () => {
  async function startWithRows(...names: string[]): Promise<void> {
    system = await startSystem({
      agents: [eligibleAgent(1), eligibleAgent(2, { agent_name: 'Bob' }), eligibleAgent(3, { agent_name: 'Bob' })],
    });
    for (const name of names) {
      await system.database.query(
        `insert into interviewer (name, ${PLATFORM_COLUMNS}) values ($1, ${PLATFORM_VALUES})`,
        [name],
      );
    }
  }

  test('one with the name of exactly one agent is linked to it, and stays the same row', async () => {
    await startWithRows('Interview agent 1');
    const [before] = await system.rows();
    const { body } = await system.call(SYNC);
    expect(reasons(body.updated)).toEqual({
      agent_1: 'Linked to the agent of the same name: agent_id: null -> "agent_1"',
    });
    expect(Object.keys(reasons(body.created)).sort()).toEqual(['agent_2', 'agent_3']);
    expect(await row('agent_1')).toMatchObject({
      id: before?.['id'],
      description: 'theirs',
      voice_id: '11labs-Adrian',
    });
    expect(body.health_score).toBe(100);
  });

  test.each([
    ['the name of two agents', ['Bob']],
    ['a name of no agent', ['Interview agent 9']],
    ['the name in another spelling', ['interview AGENT 1']],
  ])('one with %s is left alone, and is in no count', async (_, names) => {
    await startWithRows(...names);
    const [before] = await system.rows();
    const { body } = await system.call(SYNC);
    expect(body).toMatchObject({ updated: [], totalDatabaseAgents: 3, health_score: 100, errors: [] });
    expect(body.created).toHaveLength(3);
    expect((await system.rows()).find(({ id }) => id === before?.['id'])).toEqual(before);
  });

  test('of two with the name of one agent one is linked', async () => {
    await startWithRows('Interview agent 1', 'Interview agent 1');
    expect((await system.call(SYNC)).body.updated).toHaveLength(1);
    expect((await system.call(SYNC)).body).toMatchObject({ updated: [], created: [], unchanged: 3 });
    expect((await system.rows()).filter((row) => row['agent_id'] === null)).toHaveLength(1);
  });

  test('a deleted one is not linked', async () => {
    await startWithRows('Interview agent 1');
    await system.database.query(`update interviewer set sync_status = 'deleted'`);
    expect((await system.call(SYNC)).body.created).toHaveLength(3);
  });
});

test('the version that RETELL_AGENT_VERSION asks for is the one that is taken', async () => {
  system = await startSystem({
    agents: [eligibleAgent(1, { draft: { agent_name: 'Interview draft', voice_id: 'openai-Nova' } })],
    env: { RETELL_AGENT_VERSION: 'latest_published' },
  });
  await system.call(SYNC);
  expect(await row('agent_1')).toMatchObject({ name: 'Interview agent 1', agent_version: 0 });
  await system.configure({ RETELL_AGENT_VERSION: 'latest' });
  await system.call(SYNC, { full: true });
  expect(await row('agent_1')).toMatchObject({ name: 'Interview draft', voice_id: 'openai-Nova', agent_version: 1 });
});
