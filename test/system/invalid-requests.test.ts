import { beforeAll, expect, test } from '@jest/globals';
import { eligibleAgent, interviewAgents } from '../support/agents.ts';
import { useSharedSystem } from '../support/system.ts';
import { allTables } from '../support/tables.ts';

const SYNC = 'POST /api/sync-retell-agents';

const system = useSharedSystem({ agents: interviewAgents(2) });
let before: unknown;
beforeAll(async () => {
  await system.call(SYNC);
  // Changes that a sync would apply.
  system.simulator.account.delete('agent_1');
  system.simulator.account.addAgent(eligibleAgent(3));
  before = await allTables(system.database.query);
  system.simulator.requests.clear();
});

const JSON_TYPE = { headers: { 'content-type': 'application/json' } };

test.each<[string, string, object | string, object, number, string]>([
  ['an unknown field', SYNC, { dryrun: true }, {}, 400, 'invalid_request'],
  ['a text for a flag', SYNC, { dry_run: 'true' }, {}, 400, 'invalid_request'],
  ['a number for a flag', SYNC, { full: 1 }, {}, 400, 'invalid_request'],
  ['null for a flag', SYNC, { full: null }, {}, 400, 'invalid_request'],
  ['a number for a confirmation', SYNC, { confirm_orphans: 1 }, {}, 400, 'invalid_request'],
  ['an empty confirmation', SYNC, { confirm_orphans: '' }, {}, 400, 'invalid_request'],
  ['a confirmation that is no plan token', SYNC, { confirm_orphans: 'x'.repeat(23) }, {}, 400, 'invalid_request'],
  [
    'a confirmation that Postgres cannot store',
    SYNC,
    { confirm_orphans: '\ud800'.repeat(22) },
    {},
    400,
    'invalid_request',
  ],
  ['a list', SYNC, [], {}, 400, 'invalid_request'],
  ['null', SYNC, 'null', JSON_TYPE, 400, 'invalid_request'],
  ['a number', SYNC, '5', JSON_TYPE, 400, 'invalid_request'],
  ['half a body', SYNC, '{"dry_run": tr', JSON_TYPE, 400, 'invalid_json'],
  [
    'a body of another type',
    SYNC,
    'dry_run=true',
    { headers: { 'content-type': 'text/plain' } },
    415,
    'unsupported_media_type',
  ],
  ['a flag in the query', `${SYNC}?dry_run=true`, {}, {}, 400, 'invalid_request'],
  ['a flag of another endpoint', 'POST /api/scheduled-sync', { dry_run: true }, {}, 400, 'invalid_request'],
  ['an unknown query', 'GET /api/audit-agents?agentid=agent_1', '', {}, 400, 'invalid_request'],
  ['an agent id that leaves its path', 'GET /api/audit-agents?agent_id=..', '', {}, 400, 'invalid_request'],
  ['such an agent id in a body', SYNC, { agent_id: '..' }, {}, 400, 'invalid_request'],
  [
    'a run id beyond all runs',
    'POST /api/audit-agents',
    { action: 'acknowledge', agent_ids: ['a'], run_id: 1e21 },
    {},
    400,
    'invalid_request',
  ],
  ['an unknown path', 'POST /api/sync', {}, {}, 404, 'not_found'],
  ['the wrong method', 'GET /api/sync-retell-agents', {}, {}, 405, 'method_not_allowed'],
])(
  'a request with %s is refused in the documented shape and changes nothing',
  async (_, route, body, request, status, code) => {
    const answer = await system.call(route, body, request);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.body).toMatchObject({
      success: false,
      error: expect.stringMatching(/\w/),
      hint: expect.stringMatching(/\w/),
      request_id: expect.stringMatching(/\w/),
    });
    expect(JSON.stringify(answer.body)).not.toMatch(/\bat .*\.ts:|node_modules/);
    expect(await allTables(system.database.query)).toEqual(before);
    expect(system.simulator.requests.count()).toBe(0);
  },
);

test('an empty body is accepted with and without a content type', async () => {
  for (const request of [{}, JSON_TYPE]) {
    const { status } = await system.call(SYNC, undefined, request);
    expect(status).toBe(200);
  }
});
