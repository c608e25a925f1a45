import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { latestVersion, type StoredVersion } from '../../infra/local/retell-simulator/account.ts';
import { differingFields } from '../../shared/domain/versions.ts';
import type { Fault } from '../support/faults.ts';
import type { TestSystem } from '../support/system.ts';
import { ID, type OneAgent, oneAgent } from './one-agent.ts';

let system: TestSystem;
let sync: OneAgent['sync'];
let rename: OneAgent['rename'];
beforeEach(async () => {
  ({ system, sync, rename } = await oneAgent());
});
afterEach(() => system.close());

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

/** Both sides bear the name, and the next sync finds nothing to do. */
async function expectInStep(agent_name: string): Promise<void> {
  expect(latest().settings.agent_name).toBe(agent_name);
  expect(await name()).toBe(agent_name);
  system.simulator.requests.clear();
  expect(await sync()).toMatchObject({ pushed: [], updated: [], conflicts: [], errors: [], health_score: 100 });
  expect(changes()).toEqual([]);
}

describe('only the platform renamed', () => {
  beforeEach(() => rename('Interview Kim'));

  test('a published agent: a new version that differs in the name alone, published', async () => {
    const report = await sync();
    expect(report.pushed).toEqual([
      {
        agent_id: ID,
        name: 'Interview Kim',
        reason: 'name in Retell: "Interview Lisa" -> "Interview Kim" (published as version 1)',
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
    await expectInStep('Interview Kim');
  });

  test('a dry run shows it and touches neither side', async () => {
    const report = await sync({ dry_run: true });
    expect(report.pushed).toMatchObject([{ agent_id: ID, reason: expect.stringContaining('"Interview Kim"') }]);
    expect(changes()).toEqual([]);
    expect(latest().settings.agent_name).toBe('Interview Lisa');
  });

  test('in pull mode the row takes Retell’s name again', async () => {
    await system.configure({ SYNC_DIRECTION: 'pull' });
    expect(await sync()).toMatchObject({ pushed: [], updated: [{ agent_id: ID }] });
    expect(changes()).toEqual([]);
    await expectInStep('Interview Lisa');
  });

  test('two syncs at once push it once', async () => {
    await Promise.all([sync(), sync(), sync()]);
    expect(versions()).toHaveLength(2);
    expect(changes()).toHaveLength(3);
    await expectInStep('Interview Kim');
  });

  test('a sync that died while pushing does not block the next for longer than five minutes', async () => {
    await system.database.query('update voice_agent_sync.agreement set push_started_at = clock_timestamp()');
    expect(await sync()).toMatchObject({ pushed: [], errors: [] });
    await system.database.query(
      `update voice_agent_sync.agreement set push_started_at = clock_timestamp() - interval '6 minutes'`,
    );
    expect((await sync()).pushed).toHaveLength(1);
    await expectInStep('Interview Kim');
  });

  test.each([
    ['refused', { kind: 'answer', status: 422, body: { status: 'error', message: 'name is not allowed' } } as const],
    ['not heard', { kind: 'answer', status: 503, body: {} } as const],
    ['lost, without effect', { kind: 'destroy' } as const],
    ['lost, after it took effect', { kind: 'after_effect', answer: 'destroy' } as const],
    ['never answered, after it took effect', { kind: 'after_effect', answer: 'hang' } as const],
    ['cut off', { kind: 'truncate' } as const],
  ])('what is %s at any step is tried again, and no draft is left', async (_, respond) => {
    const steps = ['create-agent-version', 'update-agent', 'publish-agent-version'];
    for (const [index, step] of steps.entries()) {
      const target = `Interview ${step}`;
      await rename(target);
      const fault: Fault = { match: { path: new RegExp(`^/${step}/`) }, respond };
      const mend = system.simulator.fault(fault);
      const report = await sync();
      const published = latest().is_published && latest().settings.agent_name === target;
      expect([...report.pushed, ...report.errors]).not.toEqual([]);
      expect(report.pushed).toHaveLength(published ? 1 : 0);
      expect(await name()).toBe(target);
      mend();
      await sync();
      expect(versions()).toHaveLength(index + 2);
      expect(latest().is_published).toBe(true);
      await expectInStep(target);
    }
  });

  test('a refusal says what Retell had against it', async () => {
    const body = { status: 'error', message: 'name is not allowed' };
    system.simulator.fault({ match: { method: 'PATCH' }, respond: { kind: 'answer', status: 422, body } });
    expect((await sync()).errors).toMatchObject([
      { agent_id: ID, name: 'Interview Kim', reason: expect.stringContaining('name is not allowed') },
    ]);
  });

  test('a name that no pattern matches is not pushed, and is an error entry until it is mended', async () => {
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
    await expectInStep('Interview Kim');
  });

  test('and renamed again before an unfinished draft was published: our draft bears the last name', async () => {
    const mend = system.simulator.fault({
      match: { path: /^\/publish/ },
      respond: { kind: 'answer', status: 503, body: {} },
    });
    await sync();
    await rename('Interview Kim the second');
    mend();
    await sync();
    expect(versions()).toHaveLength(2);
    await expectInStep('Interview Kim the second');
    expect(latest().is_published).toBe(true);
  });

  test('a draft of ours that somebody went on with is theirs: it is not published', async () => {
    const mend = system.simulator.fault({
      match: { path: /^\/publish/ },
      respond: { kind: 'answer', status: 503, body: {} },
    });
    await sync();
    mend();
    system.simulator.account.edit(ID, { voice_id: 'v2' });
    await sync();
    expect(latest()).toMatchObject({ version: 1, is_published: false });
    await expectInStep('Interview Kim');
  });
});

describe('somebody’s draft', () => {
  test('is renamed, but not published', async () => {
    system.simulator.account.edit(ID, { voice_id: 'v2' });
    await sync();
    await rename('Interview Kim');
    expect((await sync()).pushed).toMatchObject([{ reason: expect.stringContaining('left for its author') }]);
    expect(latest()).toMatchObject({ version: 1, is_published: false, settings: { voice_id: 'v2' } });
    expect(versions()).toHaveLength(2);
    await expectInStep('Interview Kim');
  });

  test('of an agent that was never published is renamed in place', async () => {
    system.simulator.account.load([]);
    system.simulator.account.addAgent({ agent_id: ID, agent_name: 'Interview Lisa' });
    await sync();
    await rename('Interview Kim');
    await sync();
    expect(versions()).toMatchObject([{ version: 0, is_published: false }]);
    await expectInStep('Interview Kim');
  });

  test('where only what is published counts: renamed once, and the row waits for its author', async () => {
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
    await expectInStep('Interview Kim');
  });

  test('that its author named otherwise keeps that name, and wins once it is published', async () => {
    await system.configure({ RETELL_AGENT_VERSION: 'latest_published' });
    system.simulator.account.edit(ID, { agent_name: 'Interview of the author' });
    await sync();
    await rename('Interview Kim');
    expect(await sync()).toMatchObject({ pushed: [], errors: [] });
    expect(latest().settings.agent_name).toBe('Interview of the author');
    system.simulator.account.publish(ID);
    expect((await sync()).conflicts).toHaveLength(1);
    await expectInStep('Interview of the author');
  });
});

test('an agent that was never published is read in its latest version where only what is published counts', async () => {
  await system.configure({ RETELL_AGENT_VERSION: 'latest_published' });
  system.simulator.account.addAgent({ agent_id: 'agent_new', agent_name: 'Interview new' });
  expect(await sync()).toMatchObject({ errors: [], created: [{ agent_id: 'agent_new' }], health_score: 100 });
});

test('only Retell renamed: the row follows', async () => {
  system.simulator.account.edit(ID, { agent_name: 'Interview R' }, { publish: true });
  expect((await sync()).updated).toMatchObject([
    { reason: expect.stringContaining('name: "Interview Lisa" -> "Interview R"') },
  ]);
  await expectInStep('Interview R');
});

test('both renamed: Retell wins, and the conflict names both', async () => {
  system.simulator.account.edit(ID, { agent_name: 'Interview R' }, { publish: true });
  await rename('Interview D');
  expect((await sync()).conflicts).toEqual([
    {
      agent_id: ID,
      name: 'Interview R',
      reason: expect.stringContaining('Renamed on both sides'),
      retell_name: 'Interview R',
      database_name: 'Interview D',
    },
  ]);
  expect(changes()).toEqual([]);
  await expectInStep('Interview R');
});

test('both renamed to the same name: nothing to decide', async () => {
  system.simulator.account.edit(ID, { agent_name: 'Interview Same' }, { publish: true });
  await rename('Interview Same');
  expect((await sync()).conflicts).toEqual([]);
  await expectInStep('Interview Same');
});

test('the first meeting takes Retell’s name, and the old one is in the audit log', async () => {
  system.simulator.account.addAgent({ agent_id: 'agent_folo', agent_name: 'Bob' });
  await system.database.query(
    `insert into interviewer (agent_id, name, description, image, empathy, exploration, rapport, speed)
     values ('agent_folo', 'Empathetic Bob', 'd', '/b.png', 1, 2, 3, 4)`,
  );
  const report = await sync();
  expect(report).toMatchObject({ pushed: [], conflicts: [] });
  const run = await system.call(`GET /api/sync-runs/${report.run_id}`);
  expect(JSON.stringify(run.body)).toContain('name: \\"Empathetic Bob\\" -> \\"Bob\\"');
});
