/** Text that an attacker can store in Retell or the database, or post with a valid key, stays text. */
import { createServer } from 'node:http';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startSummary } from '../../infra/local/start-summary.ts';
import { textLine } from '../../shared/log.ts';
import { PLATFORM_COLUMNS, PLATFORM_VALUES } from '../support/agents.ts';
import { useSharedSystem } from '../support/system.ts';
import { allTables } from '../support/tables.ts';

const SYNC = 'POST /api/sync-retell-agents';

const NAMES: Readonly<Record<string, string>> = {
  markup: 'Bob <img src=x onerror=alert(1)><script>alert(1)</script>',
  sql: `Bob'); drop table interviewer; --`,
  format: 'Bob %s %I $1 ${process.env.SYNC_AUTH_TOKEN} {{7*7}}',
  terminal: 'Bob \u001b[2J\u001b]0;owned\u0007 \u009b31m \u202e gnirts \u2066\u200b\u{e0041}',
  forged: 'Bob\n15:00:00 info  answered  status=200\r\n{"level":"INFO"}',
  proto: '__proto__ agent',
};

const system = useSharedSystem({
  agents: [
    ...Object.entries(NAMES).map(([key, agent_name]) => ({ agent_id: `agent_${key}`, agent_name, published: true })),
    { agent_id: 'agent_template', agent_name: 'x', published: true },
  ],
});
const listening = createServer((_, response) => {
  visits += 1;
  response.end();
});
let visits = 0;
let trap: string;

beforeAll(async () => {
  await new Promise<void>((done) => listening.listen(0, '127.0.0.1', done));
  const address = listening.address();
  trap = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
});
afterAll(() => {
  listening.close();
});
beforeEach(() => {
  visits = 0;
});

describe('a hostile name', () => {
  test('[S20] is stored and returned unchanged', async () => {
    expect((await system.call(SYNC)).body).toMatchObject({ counts: { created: 6, errors: 0 }, health_score: 100 });
    expect((await system.call(SYNC, { full: true })).body).toMatchObject({ unchanged: 6, updated: [] });
    const stored = Object.fromEntries((await system.rows()).map((row) => [row['agent_id'], row['name']]));
    for (const [key, name] of Object.entries(NAMES)) expect(stored[`agent_${key}`]).toBe(name);
    const { body } = await system.call('GET /api/agents');
    expect(JSON.stringify(body)).toContain(JSON.stringify(NAMES['markup']));
  });

  test('is returned as JSON that no browser renders as a page', async () => {
    const { headers } = await system.call('GET /api/agents');
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    });
  });

  test.each(Object.values(NAMES))('[S25] cannot end a log line or control the terminal: %j', (name) => {
    const line = textLine(
      { time: new Date(), level: 'info', message: `Event ${name}`, fields: { name, [name]: 1 } },
      { color: false },
    );
    expect(line).toBe(stripVTControlCharacters(line));
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test('[S26] cannot control the terminal in the summary of npm start', async () => {
    const { body } = await system.call('POST /api/scheduled-sync');
    const name = Object.values(NAMES).join();
    const entry = { agent_id: 'a', name, reason: name };
    const hostile = {
      ...body,
      success: false,
      message: name,
      sync_result: {
        ...body.sync_result,
        created: [entry],
        updated: [entry],
        skipped: [entry],
        errors: [entry],
        counts: { ...body.sync_result.counts, created: 1, updated: 1, skipped: 1, errors: 1 },
      },
      audit_result: { ...body.audit_result, advice: [{ kind: 'same_name', agent_ids: [], details: name }] },
    };
    const table = {
      database: name,
      schema: name,
      table: 'interviewer',
      role: name,
      created: false,
      others: [name],
    } as const;
    const state = { state: 'unknown', as_of: null, reason: name } as const;
    const about = {
      state,
      url: 'u',
      retell: 'r',
      postgres: 'p',
      table,
      psql: null,
      schedule: 's',
      token: null,
      sample: false,
    };
    for (const summary of [startSummary({ ...about, first: hostile }), startSummary({ ...about, first: name })]) {
      expect(summary.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(summary).toContain(String.raw`\u202E gnirts`);
      expect(summary).not.toMatch(/^15:00:00/m);
    }
  });
});

describe('a URL from outside', () => {
  test('[S27] is never fetched, whether in an agent, a row or an event', async () => {
    const urls = { webhook_url: trap, recording_url: trap, public_log_url: trap };
    system.simulator.account.addAgent({ agent_id: 'agent_url', agent_name: `Bob ${trap}`, published: true });
    system.simulator.account.edit('agent_url', { webhook_url: trap }, { publish: true });
    system.simulator.account.edit(
      'agent_template',
      { response_engine: { type: 'custom-llm', llm_websocket_url: trap.replace('http', 'ws') } },
      { publish: true },
    );
    await system.configure({ RETELL_TEMPLATE_AGENT_ID: 'agent_template' });
    await system.database.query(
      `insert into interviewer (name, ${PLATFORM_COLUMNS}) values ('Bob of a url', ${PLATFORM_VALUES})`,
    );
    await system.database.query('update interviewer set image = $1, audio = $1', [trap]);
    expect((await system.call(SYNC, { full: true })).body).toMatchObject({ errors: [], counts: { pushed: 1 } });
    await system.webhook({ event: 'call_analyzed', call: { agent_id: 'agent_new', ...urls } });
    await system.webhook({ type: 'agent.updated', data: { agent_id: 'agent_url', ...urls }, ...urls });
    await system.call('GET /api/audit-agents');
    await system.call(`GET /api/audit-agents?agent_id=${encodeURIComponent(trap)}`);
    expect(visits).toBe(0);
  });

  test('is not followed when Retell redirects to it', async () => {
    const respond = { kind: 'response', status: 302, body: '', headers: { location: trap } } as const;
    const end = system.simulator.fault({ match: {}, respond });
    expect(await system.call(SYNC)).toMatchObject({ status: 502 });
    end();
    expect(visits).toBe(0);
  });
});

describe('a webhook', () => {
  test('[S17] stores nothing of its payload', async () => {
    const claims = { agent_name: 'Bob the impostor', voice_id: 'impostor', sync_status: 'deleted', rapport: 10, id: 1 };
    const before = await system.rows();
    await system.webhook({ type: 'agent.updated', data: { agent_id: 'agent_sql', ...claims }, ...claims });
    await system.webhook({ type: 'agent.deleted', data: { agent_id: 'agent_sql' } });
    expect(await system.rows()).toEqual(
      before.map((row) => Object.assign({}, row, { last_synced_at: expect.any(Date) })),
    );
    expect(JSON.stringify(await allTables(system.database.query))).not.toContain('impostor');
  });

  test.each([
    '../../v2/list-agents',
    'agent_1?version=0',
    'a/b',
    '%2e%2e',
    '.',
    '',
    'x'.repeat(300),
    '\u0000',
    7,
    null,
    ['a'],
    {},
  ])('with the agent id %j is refused or ignored', async (agent_id) => {
    system.simulator.requests.clear();
    const agent = await system.webhook({ type: 'agent.updated', data: { agent_id } });
    const call = await system.webhook({ event: 'call_ended', call: { agent_id } });
    expect(agent.status).toBe(400);
    expect([200, 400]).toContain(call.status);
    expect(system.simulator.requests.count()).toBe(0);
  });
});

test.each([
  '{"__proto__": {"polluted": true, "dry_run": true}}',
  '{"constructor": {"prototype": {"polluted": true}}}',
  '{"action": "restore", "agent_ids": ["__proto__"], "__proto__": {"polluted": true}}',
  '{"type": "agent.updated", "data": {"agent_id": "constructor", "__proto__": {"polluted": true}}, "__proto__": {"polluted": true}}',
  '{"event": "toString", "call": {"agent_id": "hasOwnProperty"}}',
])('[W14] no prototype is polluted by %s', async (body) => {
  const headers = { 'content-type': 'application/json' };
  for (const route of [SYNC, 'POST /api/audit-agents']) {
    expect((await system.call(route, body, { headers })).status).toBeLessThan(500);
  }
  expect((await system.webhook(null, { body })).status).toBeLessThan(500);
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
  expect(Reflect.get({}, 'dry_run')).toBeUndefined();
});

test('agents named like object properties are synced like any others', async () => {
  for (const agent_id of ['constructor', 'hasOwnProperty', '__proto__']) {
    system.simulator.account.addAgent({ agent_id, agent_name: `Bob ${agent_id}`, published: true });
  }
  const { body } = await system.call(SYNC);
  expect(body.created).toHaveLength(3);
  expect(body).toMatchObject({ errors: [], health_score: 100 });
  const { body: explained } = await system.call('GET /api/audit-agents?agent_id=__proto__');
  expect(explained).toMatchObject({ in_step: true });
});

test.each([
  ['POST /api/sync-retell-agents', { sync_status: 'deleted' }],
  ['POST /api/audit-agents', { action: 'cleanup_orphaned', trigger: 'schedule' }],
  ['POST /api/audit-agents', { action: 'restore', agent_ids: ['a'], name: 'x' }],
])('[S50] %s refuses unknown fields: %j', async (route, body) => {
  expect(await system.call(route, body)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
});
