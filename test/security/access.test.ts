import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ENDPOINTS } from '../../shared/api/endpoints.ts';
import { EVENTS } from '../../shared/contract.ts';
import { interviewAgents } from '../support/agents.ts';
import { busEvent } from '../support/events.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

const TOKEN = 'the-token-of-the-operators-0123456789';
const WEBHOOK_KEY = 'key_of_the_webhooks';
const NEXT_WEBHOOK_KEY = 'key_of_the_webhooks_to_come';
const API_KEY = 'key_of_the_account';
const SYNC = 'POST /api/sync-retell-agents';
const UPDATED = { type: 'agent.updated', data: { agent_id: 'agent_1' } };

let system: TestSystem;
const ask = (route: string, authorization?: string, body?: object) =>
  system.call(route, body, authorization === undefined ? {} : { headers: { authorization, ...jsonType(body) } });
const jsonType = (body?: object): Record<string, string> =>
  body === undefined ? {} : { 'content-type': 'application/json' };

beforeAll(async () => {
  system = await startSystem({
    agents: interviewAgents(8),
    env: {
      SYNC_AUTH_TOKEN: TOKEN,
      RETELL_API_KEY: API_KEY,
      RETELL_WEBHOOK_SECRET: `${WEBHOOK_KEY}, ${NEXT_WEBHOOK_KEY}`,
    },
  });
  system.simulator.replaceKey(API_KEY);
  await ask(SYNC, `Bearer ${TOKEN}`);
});
afterAll(() => system.close());

describe.each([
  ['[A6] the webhook key', `Bearer ${WEBHOOK_KEY}`],
  ['the API key', `Bearer ${API_KEY}`],
  ['the token as a password', `Basic ${Buffer.from(`x:${TOKEN}`).toString('base64')}`],
])('with %s', (_, authorization) => {
  test.each(ENDPOINTS.filter(({ access }) => access === 'token'))(
    '$method $path is refused before anything is read or asked',
    async ({ method, path }) => {
      const before = [system.services().database.statements(), system.simulator.requests.count()];
      const answer = await ask(`${method} ${path.replace('{id}', '1')}`, authorization, { dry_run: true });
      expect(answer).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
      expect(system.metrics.at(-1)).toEqual({ UnauthorizedRequests: 1 });
      expect([system.services().database.statements(), system.simulator.requests.count()]).toEqual(before);
    },
  );
});

describe('a webhook', () => {
  test.each([WEBHOOK_KEY, NEXT_WEBHOOK_KEY])('is accepted with each of the keys: %s', async (key) => {
    expect(await system.webhook(UPDATED, { key })).toMatchObject({ status: 200 });
  });

  test.each([
    ['the token', TOKEN],
    ['the API key, once there is a key for webhooks', API_KEY],
    ['the list of keys as it stands', `${WEBHOOK_KEY}, ${NEXT_WEBHOOK_KEY}`],
    ['a key that is nothing', ' '],
  ])('[A6] signed with %s is refused and counted, and nothing is read', async (_, key) => {
    const before = [system.services().database.statements(), system.simulator.requests.count()];
    expect(await system.webhook(UPDATED, { key })).toMatchObject({ status: 401, body: { code: 'invalid_signature' } });
    expect(system.metrics.at(-1)).toEqual({ WebhookRejected: 1 });
    expect([system.services().database.statements(), system.simulator.requests.count()]).toEqual(before);
  });

  test('with a valid token but no signature is refused', async () => {
    expect(await ask('POST /api/retell-webhook', `Bearer ${TOKEN}`, UPDATED)).toMatchObject({ status: 401 });
  });
});

test('[S7] an HTTP request cannot pose as the schedule, the bus or a confirmation', async () => {
  for (let number = 1; number <= 8; number += 1) system.simulator.account.delete(`agent_${number}`);
  const now = new Date().toISOString();
  const event = busEvent(EVENTS.syncContinuationRequested, {
    confirm_orphans: true,
    started_at: now,
    stale_before: now,
  });
  for (const body of [event, { trigger: 'start', confirm_orphans: true }]) {
    const { status } = await ask('POST /api/scheduled-sync', `Bearer ${TOKEN}`, body);
    expect(status).toBe(400);
  }
  expect((await ask('POST /api/scheduled-sync', `Bearer ${TOKEN}`)).status).toBe(409);
  const { body } = await ask('GET /api/sync-runs', `Bearer ${TOKEN}`);
  expect(body.runs[0]).toMatchObject({ trigger: 'manual', status: 'held' });
  expect((await system.rows()).every((row) => row['sync_status'] === 'active')).toBe(true);
});

test('[A13] no request in another event format, and no unknown event, starts a sync', async () => {
  const claims = { source: 'aws.scheduler', 'detail-type': 'Scheduled Event', detail: { confirm_orphans: true } };
  const restApi = { version: '1.0', httpMethod: 'POST', path: '/api/scheduled-sync', requestContext: {}, headers: {} };
  const loadBalancer = { httpMethod: 'POST', path: '/', requestContext: { elb: {} }, headers: {}, body: '{}' };
  const before = [system.services().database.statements(), system.simulator.requests.count()];
  for (const event of [restApi, loadBalancer]) {
    expect(await system.direct({ ...claims, ...event })).toMatchObject({ statusCode: 501 });
  }
  const detail = { confirm_orphans: true, started_at: 'never', stale_before: 'never' };
  const forged = { ...busEvent(EVENTS.syncContinuationRequested, {}), source: 'someone.else' };
  const unknown = [{}, null, { source: 'aws.events' }, forged, busEvent(EVENTS.syncContinuationRequested, detail)];
  for (const event of unknown) await expect(system.direct(event)).rejects.toMatchObject({ code: 'unknown_event' });
  expect([system.services().database.statements(), system.simulator.requests.count()]).toEqual(before);
});
