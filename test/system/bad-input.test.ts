/** Input that is ambiguous, names nothing, or is nearly right: nothing is synced, so all tests share one system. */
import { expect, test } from '@jest/globals';
import { interviewAgents } from '../support/agents.ts';
import { useSharedSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const JSON_TYPE = { headers: { 'content-type': 'application/json' } };

const system = useSharedSystem({ agents: interviewAgents(2) });

test('a key twice in a body is refused, and nothing is synced', async () => {
  const { status, body } = await system.call(SYNC, '{"dry_run":true,"dry_run":false}', JSON_TYPE);
  expect([status, body.code, body.error]).toEqual([
    400,
    'invalid_json',
    'The body has the key "dry_run" twice in one object.',
  ]);
  expect(await system.rows()).toEqual([]);
});

test.each([
  [SYNC, { dryrun: true }, 'did you mean dry_run?'],
  ['GET /api/sync-runs?knd=sync', undefined, 'known here: limit, before, kind, status, changed, since'],
  ['GET /api/sync-runs?Status=held', undefined, 'did you mean status?'],
])('an unknown name in %s %j is refused with the known names', async (route, given, hint) => {
  const { status, body } = await system.call(route, given);
  expect([status, body.code]).toEqual([400, 'invalid_request']);
  expect(body.hint).toContain(hint);
});

test('a restore of an unknown agent is not a success', async () => {
  const { status, body } = await system.call('POST /api/audit-agents', { action: 'restore', agent_ids: ['agent_9'] });
  expect([status, body.success, body.code]).toEqual([404, false, 'nothing_to_restore']);
  expect(body.restored_agents).toMatchObject([{ agent_id: 'agent_9', outcome: 'not_found' }]);
});

test('an undo of an unknown run, a running run or a run without changes, and a restore of an unknown agent, store no run', async () => {
  const { body: audited } = await system.call('GET /api/audit-agents');
  expect(audited.success).toBe(true);
  const [audit] = (await system.call('GET /api/sync-runs?limit=1')).body.runs;
  const [running] = await system.database.query<{ id: string }>(
    `insert into voice_agent_sync.run (kind, trigger) values ('sync', 'manual') returning id`,
  );
  const undo = (id: string | number, body?: object) => system.call(`POST /api/sync-runs/${id}/undo`, body);
  const refused = [
    await undo(987_654),
    await undo(running?.id ?? ''),
    await undo(audit.id),
    await undo(audit.id, { confirm: 'Zb3kq0m9T2uVwXyZ4a5B6c' }),
    await system.call('POST /api/audit-agents', { action: 'restore', agent_ids: ['agent_9'] }),
  ];
  expect(refused.map(({ status, body }) => [status, body.code])).toEqual([
    [404, 'run_not_found'],
    [409, 'run_running'],
    [409, 'nothing_to_undo'],
    [409, 'nothing_to_undo'],
    [404, 'nothing_to_restore'],
  ]);
  expect((await system.call('GET /api/sync-runs?limit=1')).body.runs).toMatchObject([{ id: Number(running?.id) }]);
});

test('only true is a value of changed', async () => {
  expect((await system.call('GET /api/sync-runs?changed=false')).status).toBe(400);
});

test.each(['2026-02-31', '2026-02-31T00:00:00Z', '2026-13-01T00:00:00Z', 'yesterday', '2026-01-31 12:00'])(
  'the response to the time %s names the parameter, the value and the form',
  async (since) => {
    const { status, body } = await system.call(`GET /api/sync-runs?since=${encodeURIComponent(since)}`);
    expect(status).toBe(400);
    expect(body.error).toBe(`The query is not valid: since is "${since}".`);
    expect(body.hint).toMatch(/^since must be a .*such as 2026-01-31T12:00:00Z\.$/);
  },
);
