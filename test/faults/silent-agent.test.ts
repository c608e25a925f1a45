/** An agent that never responds: remembered, read last and briefly, and left out of the score of the others. */
import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { interviewAgents } from '../support/agents.ts';
import type { FaultResponse } from '../support/faults.ts';
import { hiding } from '../support/listing-hooks.ts';
import { refusal } from '../support/simulator.ts';
import { type TestResponse, useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const AUDIT = 'GET /api/audit-agents';
const SCHEDULED = 'POST /api/scheduled-sync';
const STATUS = 'GET /api/scheduled-sync?action=status';
const SILENT = { agent_id: 'agent_2', name: 'Interview agent 2', reason: expect.stringContaining('Retell') };
/** The time of API Gateway, as for the functions. */
const HTTP = { remainingMs: 29_000 };

jest.setTimeout(60_000);

const system = useSystem({ agents: interviewAgents(4), callTimeoutMs: 10_000 });

const remembered = () =>
  system.database.query('select agent_id, name, reason from voice_agent_sync.unread_agent order by agent_id');
const detailsRead = () =>
  system.simulator.requests.all.map(({ path }) => path).filter((path) => path.startsWith('/get-agent/'));

/** Changes the agent, and sends this response to requests for it. */
function spoil(agent_id: string, respond: FaultResponse = refusal(400, 'Bad')): void {
  system.simulator.account.edit(agent_id, { voice_id: `voice_${agent_id}` }, { publish: true });
  system.simulator.fault({ match: { agent_id }, respond });
}

/** These agents failed in an earlier run, and fail again in this way. */
async function failBefore(agent_ids: readonly string[], respond?: FaultResponse): Promise<void> {
  for (const agent_id of agent_ids) spoil(agent_id);
  await system.call(SYNC);
  system.simulator.reset();
  for (const agent_id of agent_ids) spoil(agent_id, respond);
  system.simulator.requests.clear();
}

/** Without a response, every run waits. */
const HANG: FaultResponse = { kind: 'hang' };

async function timed(work: () => Promise<TestResponse>): Promise<TestResponse & { ms: number }> {
  const began = performance.now();
  return { ...(await work()), ms: performance.now() - began };
}

beforeEach(async () => {
  await system.call(SYNC);
  system.simulator.requests.clear();
});

describe('[R30] an agent that an earlier run could not read', () => {
  beforeEach(() => failBefore(['agent_2']));

  test('costs a sync two seconds and a request, after the details of all others, and is named in its errors', async () => {
    await failBefore(['agent_2'], HANG);
    system.simulator.account.edit('agent_3', { voice_id: 'voice_3' }, { publish: true });
    const { status, body, ms } = await timed(() => system.call(SYNC, undefined, HTTP));
    expect([status, body.partial, body.updated.length]).toEqual([200, false, 1]);
    expect(body.errors).toEqual([SILENT]);
    expect(detailsRead()).toEqual(['/get-agent/agent_3', '/get-agent/agent_2']);
    expect(ms).toBeLessThan(5_000);
    expect(system.events.map(({ name }) => name)).not.toContain('SyncContinuationRequested');
  });

  test('is left out of the score of a sync and of an audit, which name it', async () => {
    const { body: sync } = await system.call(SYNC);
    expect(sync).toMatchObject({ health_score: 100, unchanged: 3 });
    const { status, body } = await system.call(AUDIT, undefined, HTTP);
    expect(status).toBe(200);
    const { unread, health_score, discrepancies, summary, recommendations } = body.audit_report;
    expect(unread).toEqual([SILENT]);
    expect({ health_score, discrepancies }).toEqual({ health_score: 100, discrepancies: [] });
    expect(summary).toMatchObject({ total_retell_agents: 4, active_database_agents: 4, unread_agents: 1 });
    expect(recommendations[0]).toContain('1 agent could not be read, and the score leaves it out: "Interview agent 2"');
  });

  test('leaves the state unknown, with its name as the reason', async () => {
    for (const run of [AUDIT, SCHEDULED]) {
      await system.call(run);
      expect((await system.call(STATUS)).body.status).toMatchObject({
        state: 'unknown',
        reason: '1 agent could not be read at the last comparison: "Interview agent 2" (agent_2)',
        health_score: 100,
      });
      expect(system.metrics.findLast((values) => 'SyncState' in values)).toMatchObject({ SyncState: 3 });
    }
  });

  test('does not fail the scheduled sync, whose audit names it', async () => {
    const { status, body } = await system.call(SCHEDULED);
    expect([status, body.success]).toEqual([200, true]);
    expect(body.audit_result.unread).toEqual([SILENT]);
    expect(body.message).toContain('without 1 agent that could not be read');
  });

  test('is synced and forgotten as soon as it responds', async () => {
    system.simulator.reset();
    const { body } = await system.call(SYNC);
    expect(body).toMatchObject({ errors: [], health_score: 100, updated: [{ agent_id: 'agent_2' }] });
    expect(await remembered()).toEqual([]);
    expect((await system.call(STATUS)).body.status).toMatchObject({ state: 'in_sync' });
  });

  test('is forgotten when Retell says that it is gone', async () => {
    system.simulator.reset();
    system.simulator.account.delete('agent_2');
    const { body } = await system.call(SYNC);
    expect(body.orphaned).toMatchObject([{ agent_id: 'agent_2' }]);
    expect(await remembered()).toEqual([]);
  });

  test('is forgotten when a webhook reads it', async () => {
    system.simulator.reset();
    await system.webhook({ type: 'agent.updated', data: { agent_id: 'agent_2' } });
    expect(await remembered()).toEqual([]);
    expect((await system.row('agent_2'))?.['voice_id']).toBe('voice_agent_2');
  });

  test('is forgotten when it no longer needs to be read', async () => {
    await system.database.query(`update interviewer set sync_status = 'deleted' where agent_id = 'agent_2'`);
    expect((await system.call(SYNC)).body).toMatchObject({ errors: [], health_score: 100 });
    expect(await remembered()).toEqual([]);
  });

  test('keeps its row while it is also missing from the listing', async () => {
    system.simulator.onListing(hiding('agent_2'));
    const { body } = await system.call(SYNC);
    expect(body).toMatchObject({ orphaned: [], errors: [SILENT] });
    expect((await system.row('agent_2'))?.['sync_status']).toBe('active');
  });

  test('stays remembered by a dry run, which is as brief', async () => {
    await failBefore(['agent_2'], HANG);
    const before = await remembered();
    const { body, ms } = await timed(() => system.call(SYNC, { dry_run: true }, HTTP));
    expect(body).toMatchObject({ partial: false, errors: [SILENT] });
    expect(ms).toBeLessThan(5_000);
    expect(await remembered()).toEqual(before);
  });

  test('costs at most 25 statements', async () => {
    for (const run of [SYNC, AUDIT, SCHEDULED]) {
      const before = system.services().database.statements();
      await system.call(run);
      expect(system.services().database.statements() - before).toBeLessThanOrEqual(25);
    }
  });
});

test('several agents that an earlier run could not read cost two seconds together', async () => {
  await system.restart({ agents: interviewAgents(8), callTimeoutMs: 10_000, env: { RETELL_CONCURRENCY: '2' } });
  await system.call(SYNC);
  const silent = ['agent_2', 'agent_4', 'agent_6'];
  await failBefore(silent, HANG);
  const { body, ms } = await timed(() => system.call(SYNC, undefined, HTTP));
  expect(body).toMatchObject({ partial: false, health_score: 100 });
  expect(body.errors.map((entry: { agent_id: string }) => entry.agent_id).sort()).toEqual(silent);
  expect(ms).toBeLessThan(5_000);
  // Two at once: the third is tried first by the next run.
  expect(detailsRead()).toHaveLength(2);
  const untried = silent.find((agent_id) => !detailsRead().includes(`/get-agent/${agent_id}`));
  system.simulator.requests.clear();
  await system.call(SYNC, undefined, HTTP);
  expect(detailsRead()).toContain(`/get-agent/${untried}`);
});

test('an agent for which 100 ms are left is not read, and the next run reads it first', async () => {
  await system.restart({ agents: interviewAgents(8), callTimeoutMs: 10_000, env: { RETELL_CONCURRENCY: '2' } });
  await system.call(SYNC);
  await failBefore(['agent_2', 'agent_4', 'agent_6']);
  system.requestsTake((path) => (path.startsWith('/get-agent/') ? 1_900 : 0));
  await system.call(SYNC, undefined, HTTP);
  expect(detailsRead()).toHaveLength(2);
  const untried = '/get-agent/agent_6';
  expect(detailsRead()).not.toContain(untried);
  system.simulator.requests.clear();
  await system.call(SYNC, undefined, HTTP);
  expect(detailsRead()).toContain(untried);
});

describe('an agent that fails for the first time', () => {
  test('fails the audit, whose message names it, and the next audit scores the others', async () => {
    spoil('agent_2');
    const first = await system.call(AUDIT);
    expect([first.status, first.body.code]).toEqual([502, 'audit_incomplete']);
    expect(first.body.error).toContain(
      '1 agent could not be read from Retell, so there is no score: "Interview agent 2"',
    );
    expect(first.body.unreadable).toEqual([SILENT]);
    expect((await system.call(STATUS)).body.status).toMatchObject({
      state: 'unknown',
      reason: expect.stringContaining('"Interview agent 2" (agent_2)'),
    });
    const second = await system.call(AUDIT);
    expect([second.status, second.body.audit_report.unread]).toEqual([200, [SILENT]]);
  });

  test('is remembered by a run whose time it uses up, and the next run is complete', async () => {
    await system.restart({ agents: interviewAgents(4), callTimeoutMs: 1_000 });
    await system.call(SYNC);
    spoil('agent_2', HANG);
    // Leaves time for one try, and not for five more.
    system.requestsTake((path) => (path.includes('list-agents') ? 17_000 : 0));
    const { body } = await system.call(SYNC, undefined, HTTP);
    expect(body).toMatchObject({ partial: true, counts: { pending: 1 } });
    expect(await remembered()).toMatchObject([{ agent_id: 'agent_2', name: 'Interview agent 2' }]);
    expect((await system.call(SYNC, undefined, HTTP)).body).toMatchObject({
      partial: false,
      errors: [SILENT],
    });
  });
});

test('an audit that can read no agent at all fails every time', async () => {
  for (const agent_id of ['agent_1', 'agent_2', 'agent_3', 'agent_4']) spoil(agent_id, refusal(500, 'Internal'));
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    expect(await system.call(AUDIT)).toMatchObject({ status: 502, body: { code: 'audit_incomplete' } });
  }
});

test('a draft of an agent that does not respond is not compared', async () => {
  await failBefore(['agent_2']);
  await system.database.query(
    `update voice_agent_sync.retell_agent set is_published = false, version = 1, draft_differs_in = null where agent_id = 'agent_2'`,
  );
  await system.call(AUDIT, undefined, HTTP);
  expect(detailsRead()).toEqual(['/get-agent/agent_2']);
});
