import { expect, jest, test } from '@jest/globals';
import type { NewStoredAgent } from '../../infra/local/retell-simulator/account.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
/** The largest response that Lambda allows. */
const SIX_MB = 6 * 1024 * 1024;

const system = useSystem({ env: { RETELL_CONCURRENCY: '50' } });

jest.setTimeout(60_000);

function many(count: number, name: (index: number) => string): NewStoredAgent[] {
  return Array.from({ length: count }, (_, index) => ({
    agent_id: `agent_${name(0).length}_${index}`,
    agent_name: name(index),
    published: true,
  }));
}

function bytes(body: unknown): number {
  return Buffer.byteLength(JSON.stringify(body));
}

test('[L12] a sync of 2,002 agents responds with cut lists and complete counts, and the stored run is complete', async () => {
  system.addAgents([...many(1_001, (index) => `Interview ${index}`), ...many(1_001, (index) => `Support ${index}`)]);
  const { status, body } = await system.call(SYNC);
  expect(status).toBe(200);
  expect(bytes(body)).toBeLessThan(SIX_MB);
  expect(body).toMatchObject({ truncated: true, totalRetellAgents: 2_002, totalDatabaseAgents: 1_001 });
  expect(body.counts).toMatchObject({ created: 1_001, skipped: 1_001 });
  const lists = [body.created, body.skipped, body.audit_logs, body.discrepancies.unsynced_agents];
  expect(lists.map((list) => list.length)).toEqual([1_000, 1_000, 1_000, 1_000]);

  const seen: string[] = [];
  for (let next: number | null = 0; next !== null; ) {
    const { body: page } = await system.call(`GET /api/sync-runs/${body.run_id}?limit=1000&offset=${next}`);
    expect(page.total).toBe(2_002);
    expect(page.run.counts).toMatchObject({ created: 1_001, skipped: 1_001 });
    seen.push(
      ...page.audit_logs.map((entry: { agent_id: string; action: string }) => `${entry.action} ${entry.agent_id}`),
    );
    next = page.next;
  }
  expect(new Set(seen).size).toBe(2_002);
  expect(seen.slice(0, 1_001).every((entry) => entry.startsWith('created '))).toBe(true);
});

test('responses with names of 5,000 non-ASCII characters stay below 6 MB', async () => {
  // Three bytes each, so that any list of the agents is larger than 6 MB.
  system.addAgents(many(430, (index) => `Interview ${index} ${'語'.repeat(4_980)}`));
  const { body } = await system.call(SYNC);
  expect(body.counts).toMatchObject({ created: 430 });
  expect(body.truncated).toBe(true);
  expect(bytes(body)).toBeLessThan(SIX_MB);
  await system.database.query('truncate interviewer');
  const { body: audit } = await system.call('GET /api/audit-agents');
  expect(audit.audit_report.summary.sync_discrepancies).toBe(430);
  expect(bytes(audit)).toBeLessThan(SIX_MB);
  const { body: run } = await system.call(`GET /api/sync-runs/${body.run_id}?limit=1000`);
  expect(run.next).toBe(run.audit_logs.length);
  expect(bytes(run)).toBeLessThan(SIX_MB);
});

test('a cleanup and a restore of a thousand long names respond with less than 6 MB', async () => {
  const AUDIT = 'POST /api/audit-agents';
  await system.database.query(
    `insert into interviewer (agent_id, name, description, image, empathy, exploration, rapport, speed, sync_status,
       orphaned_at)
     select 'agent_' || n, n || repeat('😀', 3000), '', '', 1, 2, 3, 4, 'orphaned', now() - interval '8 days'
     from generate_series(1, 1000) n`,
  );
  const refused = await system.call(AUDIT, { action: 'cleanup_orphaned' });
  expect([refused.status, refused.body.code, refused.body.candidates]).toEqual([409, 'cleanup_guard', 1_000]);
  expect(refused.body.cleaned_agents.length).toBeGreaterThan(0);
  const { status, body } = await system.call(AUDIT, { action: 'cleanup_orphaned', confirm: 1_000 });
  expect({ status, ...body }).toMatchObject({ status: 200, cleaned_count: 1_000, truncated: true });
  const agent_ids = Array.from({ length: 1_000 }, (_, index) => `agent_${index + 1}`);
  const restored = await system.call(AUDIT, { action: 'restore', agent_ids });
  expect([restored.status, restored.body.restored_count, restored.body.truncated]).toEqual([200, 1_000, true]);
  for (const answer of [refused, { body }, restored]) expect(bytes(answer.body)).toBeLessThan(SIX_MB);
});

test('a guard that blocks more agents than a list holds says that the list is cut, and the error counts all', async () => {
  system.addAgents([{ agent_id: 'agent_1002', agent_name: 'Interview 1002', published: true }]);
  await system.database.query(
    `insert into interviewer (agent_id, name, description, image, empathy, exploration, rapport, speed)
     select 'agent_' || n, 'Interview ' || n, '', '', 1, 2, 3, 4 from generate_series(1, 1002) n`,
  );
  const { body } = await system.call(SYNC);
  expect(body).toMatchObject({ code: 'orphan_guard', truncated: true, error: expect.stringContaining('1,001') });
  expect(body.held_back).toHaveLength(1_000);
  await system.call(SYNC, { confirm_orphans: body.plan });
  const cleanup = await system.call('POST /api/audit-agents', { action: 'cleanup_orphaned', older_than_days: 0 });
  expect(cleanup.body).toMatchObject({ code: 'cleanup_guard', truncated: true, candidates: 1_001 });
  expect(cleanup.body.cleaned_agents).toHaveLength(1_000);
});
