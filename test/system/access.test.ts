import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { agentEvent } from '../../infra/local/retell-simulator/events.ts';
import { ENDPOINTS } from '../../shared/api/endpoints.ts';
import { useSharedSystem } from '../support/system.ts';

const TOKEN = 'c3luYy10b2tlbi1mb3ItdGVzdHM';

const system = useSharedSystem({ agents: [{ agent_id: 'agent_1', agent_name: 'Interview 1' }] });
beforeAll(() => system.configure({ SYNC_AUTH_TOKEN: TOKEN }));
beforeEach(() => {
  system.metrics.length = 0;
  system.simulator.requests.clear();
});

const unguarded = new Set(['/api/health', '/api/retell-webhook']);
const guarded = ENDPOINTS.filter(({ path }) => path.startsWith('/api/') && !unguarded.has(path)).map(
  ({ method, path }) => `${method} ${path.replace('{id}', '1')}`,
);
const call = (route: string, headers: Record<string, string>) => system.call(route, undefined, { headers });

test('at least eight endpoints need a token', () => expect(guarded.length).toBeGreaterThanOrEqual(8));

describe.each(guarded)('%s', (route) => {
  test.each<[string, Record<string, string>]>([
    ['no token', {}],
    ['an empty token', { authorization: '' }],
    ['the scheme alone', { authorization: 'Bearer ' }],
    ['the word undefined', { authorization: 'Bearer undefined' }],
    ['another token', { authorization: `Bearer ${TOKEN}x` }],
    ['a part of the token', { authorization: `Bearer ${TOKEN.slice(0, -1)}` }],
    ['the token in another case', { authorization: `Bearer ${TOKEN.toLowerCase()}` }],
    ['the token without a scheme', { authorization: TOKEN }],
    ['the token with another scheme', { authorization: `Basic ${TOKEN}` }],
    ['the token twice', { authorization: `Bearer ${TOKEN},Bearer ${TOKEN}` }],
    ['the token in another header', { 'x-api-key': TOKEN }],
  ])('[S2] %s is refused with 401 and counted, and nothing is read', async (_, headers) => {
    const statements = system.services().database.statements();
    const answer = await call(route, headers);
    expect(answer).toMatchObject({ status: 401, body: { success: false, code: 'unauthorized' } });
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(JSON.stringify(answer)).not.toContain(TOKEN);
    expect(system.metrics).toEqual([{ UnauthorizedRequests: 1 }]);
    expect(system.services().database.statements()).toBe(statements);
    expect(system.simulator.requests.count()).toBe(0);
  });

  test.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('accepts the token with the scheme %s', async (scheme) => {
    expect((await call(route, { Authorization: `${scheme} ${TOKEN}` })).status).not.toBe(401);
    expect(system.metrics).not.toContainEqual({ UnauthorizedRequests: 1 });
  });
});

test('[A5] a token in the query string is ignored', async () => {
  expect((await call(`GET /api/audit-agents?token=${TOKEN}`, {})).status).toBe(401);
});

test('the page and the health check need no token, and a webhook needs its signature instead of a token', async () => {
  expect((await call('GET /api/health', {})).status).toBe(200);
  expect((await call('HEAD /api/health', {})).status).toBe(200);
  expect((await call('GET /', {})).status).toBe(200);
  expect((await system.webhook(agentEvent('updated', { agent_id: 'agent_1' }))).status).toBe(200);
  expect((await call('POST /api/retell-webhook', { authorization: `Bearer ${TOKEN}` })).status).toBe(401);
});

test('endpoints are open when no token is configured', async () => {
  await system.configure({});
  expect((await call('GET /api/audit-agents', {})).status).toBe(200);
});
