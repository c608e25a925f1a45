import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { SAMPLE_AGENTS } from '../../infra/local/sample-account.ts';
import { ENDPOINTS } from '../../shared/api/endpoints.ts';
import { interviewAgents } from '../support/agents.ts';
import { endpointOf, isDocumented, isExactly } from '../support/documented.ts';
import { startSystem, type TestResponse, type TestSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const CLEANUP = 'POST /api/audit-agents';
const SCHEDULED = 'POST /api/scheduled-sync';

describe('every response is as its entry describes, without an undocumented field', () => {
  let system: TestSystem;
  beforeAll(async () => {
    system = await startSystem({ agents: SAMPLE_AGENTS });
  });
  afterAll(() => system.close());

  const call = async (route: string, body?: object): Promise<TestResponse> => {
    const response = await system.call(route, body);
    const documented = isDocumented(endpointOf(route), response);
    expect({ route, response, documented }).toEqual({ route, response, documented: true });
    return response;
  };

  test('from the first sync to a cleanup and back', async () => {
    const [gone = '', other = ''] = SAMPLE_AGENTS.map(({ agent_id }) => agent_id);
    const cleanup = { action: 'cleanup_orphaned', older_than_days: 0 };
    await call('GET /api/scheduled-sync?action=status');
    await call(SYNC, { dry_run: true });
    await call('GET /api/audit-agents');
    await call('GET /api/agents');
    await call(SYNC);
    system.simulator.account.delete(gone);
    await call('GET /api/audit-agents');
    await call(SYNC);
    await call(`GET /api/audit-agents?agent_id=${gone}`);
    await call(`GET /api/audit-agents?agent_id=${other}`);
    await call(CLEANUP, { ...cleanup, dry_run: true });
    await call(CLEANUP, cleanup);
    await call('GET /api/agents');
    await call(CLEANUP, { action: 'restore', agent_ids: [gone, 'agent_unknown'] });
    await call('GET /api/agents');
    await call(SCHEDULED);
    await call('GET /api/scheduled-sync');
    await call('GET /api/scheduled-sync?action=status');
    await call('GET /api/health');
    await call('GET /api/openapi.json');
    const { body } = await call('GET /api/sync-runs');
    for (const { id } of body.runs) await call(`GET /api/sync-runs/${id}`);
    expect(body.runs).toHaveLength(7);
  });

  test('a sync of one agent, a conflict, its acknowledgement and its undo', async () => {
    const [, agent_id = ''] = SAMPLE_AGENTS.map(({ agent_id }) => agent_id);
    system.simulator.account.edit(agent_id, { agent_name: 'Interview R' }, { publish: true });
    await system.database.query('update interviewer set name = $1 where agent_id = $2', ['Interview D', agent_id]);
    await call(SYNC, { agent_id, dry_run: true });
    const { body } = await call(SYNC, { agent_id });
    expect(await call(SYNC, { agent_id: 'agent_unknown' })).toMatchObject({ status: 404 });
    await call('GET /api/scheduled-sync?action=status');
    await call('GET /api/audit-agents');
    await call(CLEANUP, { action: 'acknowledge', agent_ids: [agent_id] });
    expect(await call(CLEANUP, { action: 'acknowledge', agent_ids: [agent_id] })).toMatchObject({ status: 404 });
    const UNDO = `POST /api/sync-runs/${body.run_id}/undo`;
    await call(UNDO, { dry_run: true });
    expect(await call(UNDO, { confirm: 'A'.repeat(22) })).toMatchObject({ status: 409, body: { code: 'undo_guard' } });
    const undone = await call(UNDO);
    expect(undone).toMatchObject({ status: 200, body: { counts: { set_back: 1 } } });
    expect(await call(UNDO)).toMatchObject({ status: 409, body: { code: 'already_undone' } });
    await call(`GET /api/sync-runs/${undone.body.run_id}`);
    const { body: checks } = await call('GET /api/sync-runs?kind=audit&limit=1');
    const nothing = await call(`POST /api/sync-runs/${checks.runs[0].id}/undo`);
    expect(nothing).toMatchObject({ status: 409, body: { code: 'nothing_to_undo' } });
    expect(await call('POST /api/sync-runs/987654/undo')).toMatchObject({ status: 404 });
  });

  test('the errors, with what a guard blocked', async () => {
    expect(await call('GET /api/sync-runs/987654')).toMatchObject({ status: 404 });
    expect(await call('GET /api/sync-runs/x?limit=0')).toMatchObject({ status: 400 });
    expect(await call(SYNC, { dry_run: 1, more: 2 })).toMatchObject({ status: 400 });
    expect(await call('GET /api/audit-agents?agent_id=agent_unknown')).toMatchObject({ status: 404 });
    const addUnreadable = (agent_id: string) => {
      system.simulator.account.addAgent({ agent_id, agent_name: 'Interview X' });
      return system.simulator.fault({ match: { agent_id }, respond: { kind: 'response', status: 400, body: {} } });
    };
    const ends = [addUnreadable('agent_x')];
    expect(await call('GET /api/audit-agents')).toMatchObject({ status: 502, body: { code: 'audit_incomplete' } });
    expect(await call('GET /api/audit-agents')).toMatchObject({ body: { audit_report: { unread: [{}] } } });
    ends.push(addUnreadable('agent_y'));
    expect(await call(SCHEDULED)).toMatchObject({ status: 502, body: { code: 'audit_incomplete' } });
    expect(await call(SCHEDULED)).toMatchObject({ body: { audit_result: { summary: { unread_agents: 2 } } } });
    for (const end of ends) end();
    system.simulator.account.delete('agent_y');
    for (const { agent_id = '' } of SAMPLE_AGENTS.slice(0, 8)) system.simulator.account.delete(agent_id);
    expect(await call(SYNC)).toMatchObject({ status: 409, body: { code: 'orphan_guard' } });
    expect(await call(SCHEDULED)).toMatchObject({ status: 409, body: { code: 'orphan_guard' } });
    await call(SYNC, { confirm_orphans: true });
    const cleanup = { action: 'cleanup_orphaned', older_than_days: 0 };
    expect(await call(CLEANUP, cleanup)).toMatchObject({ status: 409, body: { code: 'cleanup_guard' } });
    const known = [...SAMPLE_AGENTS, ...interviewAgents(3)];
    for (const agent of interviewAgents(3)) system.simulator.account.addAgent(agent);
    await call(SYNC);
    for (const { agent_id = '' } of known) system.simulator.account.delete(agent_id);
    system.simulator.account.delete('agent_x');
    system.simulator.account.addAgent({ agent_id: 'agent_of_another_account', agent_name: 'Interview 1' });
    expect(await call(SYNC)).toMatchObject({ status: 409, body: { code: 'account_mismatch' } });
    expect(await call(SCHEDULED)).toMatchObject({ status: 409, body: { code: 'account_mismatch' } });
  });
});

test('[W21] a webhook URL with a slash at its end is refused with the right one', async () => {
  const system = await startSystem();
  const response = await system.webhook({ event: 'call_ended' });
  expect(response.status).toBe(200);
  expect(await system.call('POST /api/retell-webhook/', {})).toMatchObject({
    status: 404,
    body: { code: 'not_found', hint: 'Leave out the slash at the end: /api/retell-webhook.' },
  });
  await system.close();
});

test.each(ENDPOINTS.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const))(
  'the examples of %s are valid',
  (_, { request, responses }) => {
    const body = request.body ?? request.signedBody;
    expect(body === undefined || v.is(body, request.example)).toBe(true);
    const documented = Object.values(responses).filter((response) => 'schema' in response);
    expect(documented.filter(({ schema, example }) => !isExactly(schema, example))).toEqual([]);
  },
);
