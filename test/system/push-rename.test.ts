import { beforeEach, describe, expect, test } from '@jest/globals';
import { latestVersion, type StoredVersion } from '../../infra/local/retell-simulator/account.ts';
import { differingFields } from '../../shared/domain/versions.ts';
import type { Fault } from '../support/faults.ts';
import { ID, useOneAgent } from './use-one-agent.ts';

const { system, sync, rename } = useOneAgent();

const name = async () => (await system.rows())[0]?.['name'];
const changes = () =>
  system.simulator.requests.all.filter(({ method, path }) => method !== 'GET' && path !== '/v2/list-agents');

function versions(): readonly StoredVersion[] {
  return system.simulator.account.get(ID)?.versions ?? [];
}

function latest(): StoredVersion {
  const agent = system.simulator.account.get(ID);
  if (agent === undefined) throw new Error('the agent is gone');
  return latestVersion(agent);
}

/** Both sides have the name, and the next sync changes nothing. */
async function expectInSync(agent_name: string): Promise<void> {
  expect(latest().settings.agent_name).toBe(agent_name);
  expect(await name()).toBe(agent_name);
  system.simulator.requests.clear();
  expect(await sync()).toMatchObject({ pushed: [], updated: [], conflicts: [], errors: [], health_score: 100 });
  expect(changes()).toEqual([]);
}

/** A sync during which Retell responds to requests of this path with 503. */
async function syncWhileUnavailable(path: RegExp): Promise<void> {
  const endFault = system.simulator.fault({ match: { path }, respond: { kind: 'response', status: 503, body: {} } });
  await sync();
  endFault();
}

describe('a rename by the platform', () => {
  beforeEach(() => rename('Interview Kim'));

  test('is pushed to a published agent as a new published version that differs in the name only', async () => {
    const report = await sync();
    expect(report.pushed).toEqual([
      {
        agent_id: ID,
        name: 'Interview Kim',
        reason: 'name in Retell: "Interview Lisa" -> "Interview Kim" (published as version 1)',
        changes: [{ field: 'retell_name', from: 'Interview Lisa', to: 'Interview Kim' }],
      },
    ]);
    expect(report).toMatchObject({ errors: [], conflicts: [], health_score: 100 });
    const [before, after] = versions();
    expect(after).toMatchObject({ version: 1, base_version: 0, is_published: true });
    expect(differingFields({ ...before?.settings }, { ...after?.settings })).toEqual(['agent_name']);
    expect(changes().map(({ path }) => path.split('/')[1])).toEqual([
      'create-agent-version',
      'update-agent',
      'publish-agent-version',
    ]);
    await expectInSync('Interview Kim');
  });

  test('is shown by a dry run, which changes neither side', async () => {
    const report = await sync({ dry_run: true });
    expect(report.pushed).toMatchObject([{ agent_id: ID, reason: expect.stringContaining('"Interview Kim"') }]);
    expect(changes()).toEqual([]);
    expect(latest().settings.agent_name).toBe('Interview Lisa');
  });

  test('[S29] is reverted to Retell’s name in pull mode', async () => {
    await system.configure({ SYNC_DIRECTION: 'pull' });
    expect(await sync()).toMatchObject({ pushed: [], updated: [{ agent_id: ID }] });
    expect(changes()).toEqual([]);
    await expectInSync('Interview Lisa');
  });

  test('is pushed once by concurrent syncs', async () => {
    await Promise.all([sync(), sync(), sync()]);
    expect(versions()).toHaveLength(2);
    expect(changes()).toHaveLength(3);
    await expectInSync('Interview Kim');
  });

  test('is pushed again when the sync that claimed it died more than five minutes ago', async () => {
    await system.database.query('update voice_agent_sync.agreement set push_started_at = clock_timestamp()');
    expect(await sync()).toMatchObject({ pushed: [], errors: [] });
    await system.database.query(
      `update voice_agent_sync.agreement set push_started_at = clock_timestamp() - interval '6 minutes'`,
    );
    expect((await sync()).pushed).toHaveLength(1);
    await expectInSync('Interview Kim');
  });

  test.each([
    ['refused', { kind: 'response', status: 422, body: { status: 'error', message: 'name is not allowed' } } as const],
    ['answered with 503', { kind: 'response', status: 503, body: {} } as const],
    ['lost without effect', { kind: 'destroy' } as const],
    ['lost after it took effect', { kind: 'after_effect', response: 'destroy' } as const],
    ['never answered after it took effect', { kind: 'after_effect', response: 'hang' } as const],
    ['cut off', { kind: 'truncate' } as const],
  ])('is pushed by the next sync when any step was %s, and leaves no draft', async (_, respond) => {
    const steps = ['create-agent-version', 'update-agent', 'publish-agent-version'];
    for (const [index, step] of steps.entries()) {
      const target = `Interview ${step}`;
      await rename(target);
      const fault: Fault = { match: { path: new RegExp(`^/${step}/`) }, respond };
      const endFault = system.simulator.fault(fault);
      const report = await sync();
      const published = latest().is_published && latest().settings.agent_name === target;
      expect([...report.pushed, ...report.errors]).not.toEqual([]);
      expect(report.pushed).toHaveLength(published ? 1 : 0);
      expect(await name()).toBe(target);
      endFault();
      await sync();
      expect(versions()).toHaveLength(index + 2);
      expect(latest().is_published).toBe(true);
      await expectInSync(target);
    }
  });

  test('is an error entry with Retell’s message when Retell refuses it', async () => {
    const body = { status: 'error', message: 'name is not allowed' };
    system.simulator.fault({ match: { method: 'PATCH' }, respond: { kind: 'response', status: 422, body } });
    expect((await sync()).errors).toMatchObject([
      { agent_id: ID, name: 'Interview Kim', reason: expect.stringContaining('name is not allowed') },
    ]);
  });

  test('[S28] is an error entry and not pushed while the name matches no pattern', async () => {
    await rename('Kim');
    for (let run = 0; run < 2; run += 1) {
      expect(await sync()).toMatchObject({
        pushed: [],
        orphaned: [],
        errors: [{ agent_id: ID, reason: expect.stringContaining('INTERVIEW_NAME_PATTERNS') }],
      });
    }
    expect(changes()).toEqual([]);
    expect(await name()).toBe('Kim');
    await rename('Interview Kim');
    await sync();
    await expectInSync('Interview Kim');
  });

  test('is replaced in our draft when the platform renames again before the draft is published', async () => {
    await syncWhileUnavailable(/^\/publish/);
    await rename('Interview Kim the second');
    await sync();
    expect(versions()).toHaveLength(2);
    await expectInSync('Interview Kim the second');
    expect(latest().is_published).toBe(true);
  });

  test('is replaced in our draft, and published, after an earlier attempt to replace it failed', async () => {
    await syncWhileUnavailable(/^\/publish/);
    await rename('Interview Kim the second');
    await syncWhileUnavailable(/^\/update-agent/);
    await rename('Interview Kim the third');
    await sync();
    expect(versions()).toHaveLength(2);
    await expectInSync('Interview Kim the third');
    expect(latest().is_published).toBe(true);
  });

  test('[S31] is not published when a person has edited our draft', async () => {
    await syncWhileUnavailable(/^\/publish/);
    system.simulator.account.edit(ID, { voice_id: 'v2' });
    await sync();
    expect(latest()).toMatchObject({ version: 1, is_published: false });
    await expectInSync('Interview Kim');
  });
});

describe('a rename of an agent with a person’s draft', () => {
  test('changes the name of the draft and does not publish it', async () => {
    system.simulator.account.edit(ID, { voice_id: 'v2' });
    await sync();
    await rename('Interview Kim');
    expect((await sync()).pushed).toMatchObject([{ reason: expect.stringContaining('its author has yet to publish') }]);
    expect(latest()).toMatchObject({ version: 1, is_published: false, settings: { voice_id: 'v2' } });
    expect(versions()).toHaveLength(2);
    await expectInSync('Interview Kim');
  });

  test('changes a never published agent in place', async () => {
    system.simulator.account.load([]);
    system.simulator.account.addAgent({ agent_id: ID, agent_name: 'Interview Lisa' });
    await sync();
    await rename('Interview Kim');
    await sync();
    expect(versions()).toMatchObject([{ version: 0, is_published: false }]);
    await expectInSync('Interview Kim');
  });

  test('is pushed once with RETELL_AGENT_VERSION=latest_published, and the row keeps its name until the draft is published', async () => {
    await system.configure({ RETELL_AGENT_VERSION: 'latest_published' });
    system.simulator.account.edit(ID, { voice_id: 'v2' });
    await sync();
    await rename('Interview Kim');
    expect((await sync()).pushed).toHaveLength(1);
    system.simulator.requests.clear();
    const waiting = await sync();
    expect(waiting).toMatchObject({ pushed: [], errors: [], conflicts: [] });
    expect(changes()).toEqual([]);
    expect(await name()).toBe('Interview Kim');
    expect(versions().map(({ is_published }) => is_published)).toEqual([true, false]);
    system.simulator.account.publish(ID);
    await sync();
    await expectInSync('Interview Kim');
  });

  test('does not replace a new name in the draft, which is kept when the draft is published', async () => {
    await system.configure({ RETELL_AGENT_VERSION: 'latest_published' });
    system.simulator.account.edit(ID, { agent_name: 'Interview of the author' });
    await sync();
    await rename('Interview Kim');
    expect(await sync()).toMatchObject({ pushed: [], errors: [] });
    expect(latest().settings.agent_name).toBe('Interview of the author');
    system.simulator.account.publish(ID);
    expect((await sync()).conflicts).toHaveLength(1);
    await expectInSync('Interview of the author');
  });
});

test('a never published agent is read in its latest version although only published versions count', async () => {
  await system.configure({ RETELL_AGENT_VERSION: 'latest_published' });
  system.simulator.account.addAgent({ agent_id: 'agent_new', agent_name: 'Interview new' });
  expect(await sync()).toMatchObject({ errors: [], created: [{ agent_id: 'agent_new' }], health_score: 100 });
});

test('a rename only in Retell is pulled into the row', async () => {
  system.simulator.account.edit(ID, { agent_name: 'Interview R' }, { publish: true });
  expect((await sync()).updated).toMatchObject([
    { reason: expect.stringContaining('name: "Interview Lisa" -> "Interview R"') },
  ]);
  await expectInSync('Interview R');
});

test("a rename on both sides is a conflict that shows both names and keeps Retell's", async () => {
  system.simulator.account.edit(ID, { agent_name: 'Interview R' }, { publish: true });
  await rename('Interview D');
  expect((await sync()).conflicts).toEqual([
    {
      agent_id: ID,
      name: 'Interview R',
      reason: expect.stringContaining('Renamed on both sides'),
      retell_name: 'Interview R',
      database_name: 'Interview D',
      changes: [{ field: 'name', from: 'Interview D', to: 'Interview R' }],
    },
  ]);
  expect(changes()).toEqual([]);
  await expectInSync('Interview R');
});

test('a rename to the same name on both sides is not a conflict', async () => {
  system.simulator.account.edit(ID, { agent_name: 'Interview Same' }, { publish: true });
  await rename('Interview Same');
  expect((await sync()).conflicts).toEqual([]);
  await expectInSync('Interview Same');
});

test('a newly linked row takes Retell’s name, and its old one is in the audit log', async () => {
  system.simulator.account.addAgent({ agent_id: 'agent_folo', agent_name: 'Bob' });
  await system.database.query(
    `insert into interviewer (agent_id, name, description, image, empathy, exploration, rapport, speed)
     values ('agent_folo', 'Friendly Bob', 'd', '/b.png', 1, 2, 3, 4)`,
  );
  const report = await sync();
  expect(report).toMatchObject({ pushed: [], conflicts: [] });
  const run = await system.call(`GET /api/sync-runs/${report.run_id}`);
  expect(JSON.stringify(run.body)).toContain('name: \\"Friendly Bob\\" -> \\"Bob\\"');
});

test.each([
  ['Lisa', 'Explorer Lisa'],
  ['Bob', 'Empathetic Bob'],
])(
  'FoloUp’s own pair %s and %s is in sync at the first meeting, and later renames are merged',
  async (agent_name, name) => {
    system.simulator.account.addAgent({ agent_id: 'agent_folo', agent_name, published: true });
    await system.database.query(
      `insert into interviewer (agent_id, name, description, image, empathy, exploration, rapport, speed)
     values ('agent_folo', '${name}', 'd', '/f.png', 1, 2, 3, 4)`,
    );
    const audited = (await system.call('GET /api/audit-agents')).body.audit_report;
    const own = audited.discrepancies.filter(({ agent_id }: { agent_id: string }) => agent_id === 'agent_folo');
    expect(own.map(({ status }: { status: string }) => status)).toEqual(['voice_mismatch']);
    expect(await sync()).toMatchObject({ pushed: [], conflicts: [], health_score: 100 });
    expect(await system.row('agent_folo')).toMatchObject({ name });
    expect(await sync()).toMatchObject({ updated: [], pushed: [], conflicts: [] });
    await system.database.query(`update interviewer set name = 'Flow ${name}' where agent_id = 'agent_folo'`);
    expect(await sync()).toMatchObject({ pushed: [{ agent_id: 'agent_folo', name: `Flow ${name}` }], conflicts: [] });
  },
);
