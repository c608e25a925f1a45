/** `GET /api/settings`, and how long changes took. The checklist's items: ../unit/domain/checklist.test.ts. */
import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { HANDLERS } from '../../infra/local/handlers.ts';
import { webhookEndpoints } from '../../shared/api/webhook.ts';
import { webhookProblem } from '../../shared/domain/agent-webhook.ts';
import { eligibleAgent, interviewAgents } from '../support/agents.ts';
import { httpEvent, testContext } from '../support/events.ts';
import { TEST_KEY } from '../support/simulator.ts';
import { useSystem } from '../support/system.ts';

const SETTINGS = 'GET /api/settings';
const SYNC = 'POST /api/sync-retell-agents';
const TOKEN = 'a-token-of-the-test-0123456789';

const system = useSystem({ agents: interviewAgents(3) });

test('the settings have their source, and show no secret', async () => {
  await system.configure({ SYNC_AUTH_TOKEN: TOKEN, HISTORY_DAYS: '30' });
  const { status, body } = await system.call(SETTINGS, undefined, { headers: { authorization: `Bearer ${TOKEN}` } });
  expect(status).toBe(200);
  expect(body.settings).toEqual(
    expect.arrayContaining([
      { name: 'HISTORY_DAYS', value: 30, source: 'environment' },
      { name: 'SYNC_DIRECTION', value: 'both', source: 'default' },
      { name: 'RETELL_API_KEY', value: null, source: 'environment' },
      { name: 'SYNC_AUTH_TOKEN', value: null, source: 'environment' },
      { name: 'RETELL_WEBHOOK_SECRET', value: null, source: 'default' },
    ]),
  );
  expect(body).toMatchObject({
    version: expect.stringMatching(/^\d+\./),
    schema_version: expect.stringMatching(/^00\d\d-/),
    database: { schema: 'public', rights: ['select', 'insert', 'update', 'delete'] },
    webhook_url: 'https://id.execute-api.us-east-1.amazonaws.com/api/retell-webhook',
  });
  expect(JSON.stringify(body)).not.toContain(TOKEN);
  expect(JSON.stringify(body)).not.toContain(TEST_KEY);
});

test('the settings are those of the table in the README, and no others', async () => {
  const readme = await readFile('README.md', 'utf8');
  const [, table = ''] = /^## Settings\n(.*?)^## /ms.exec(readme) ?? [];
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  const documented = rows.flatMap((row) => row.split('|')[1]?.match(/[A-Z_]+/g) ?? []);
  const { body } = await system.call(SETTINGS);
  expect(body.settings.map(({ name }: { name: string }) => name).sort()).toEqual(documented.sort());
});

test('the webhook URL has the base path of a custom domain in front', async () => {
  const event = { ...httpEvent({ path: '/api/settings' }), rawPath: '/voices/api/settings' };
  const result = Object(await HANDLERS.console(event, testContext()));
  expect(JSON.parse(result.body).webhook_url).toMatch(/^https:\/\/[^/]+\/voices\/api\/retell-webhook$/);
});

test('the checklist follows the last runs without a request to Retell', async () => {
  const item = async (name: string) =>
    (await system.call(SETTINGS)).body.checklist.find((entry: { item: string }) => entry.item === name);
  expect(await item('api_key')).toMatchObject({ done: null });
  await system.call(SYNC);
  await system.database.query(
    `update voice_agent_sync.retell_agent set webhook_url = 'https://example.org/hook' where agent_id = 'agent_1'`,
  );
  system.simulator.requests.clear();
  expect(await item('api_key')).toMatchObject({ done: true, text: 'Retell accepts the key: 3 agents in the account' });
  expect(await item('agent_webhooks')).toMatchObject({ done: false, agent_ids: ['agent_1'] });
  expect(system.simulator.requests.count()).toBe(0);
  system.simulator.replaceKey('key_other');
  await system.call(SYNC);
  expect(await item('api_key')).toMatchObject({ done: false });
});

test("an agent's own webhook is recognized by the path of the endpoint", () => {
  const webhook_url = `https://example.org${webhookEndpoints.webhook.path}`;
  expect(webhookProblem({ webhook_url, webhook_events: null })).toBeNull();
});

test('freshness is measured from a change in Retell to its row, without first values', async () => {
  await system.call(SYNC);
  const status = async () => (await system.call('GET /api/scheduled-sync?action=status')).body.status;
  expect((await status()).freshness).toEqual({ p50_s: null, p95_s: null, samples: 0 });
  for (const number of [1, 2])
    system.simulator.account.edit(`agent_${number}`, { voice_id: 'openai-Nova' }, { publish: true });
  await system.call(SYNC);
  const { freshness } = await status();
  expect(freshness).toMatchObject({ samples: 2 });
  expect(freshness.p50_s).toBeGreaterThanOrEqual(0);
  expect(freshness.p95_s).toBeGreaterThanOrEqual(freshness.p50_s);
  expect(freshness.p95_s).toBeLessThan(60);
});

test('freshness leaves out an agent whose version goes back: its time in Retell is that of the older version', async () => {
  system.simulator.account.addAgent({ ...eligibleAgent(4), published: true, modified_at: Date.UTC(2026, 0, 1) });
  await system.call(SYNC);
  system.simulator.account.edit('agent_4', { voice_id: 'openai-Nova' }, { publish: true });
  await system.call(SYNC);
  system.simulator.account.deleteVersion('agent_4', 1);
  await system.call(SYNC, { full: true });
  expect(await system.row('agent_4')).toMatchObject({ agent_version: 0 });
  const { body } = await system.call('GET /api/scheduled-sync?action=status');
  expect(body.status.freshness).toMatchObject({ samples: 1 });
  expect(body.status.freshness.p95_s).toBeLessThan(60);
});

test("a run's log has its changes as data", async () => {
  await system.call(SYNC);
  await system.database.query(`update interviewer set name = 'Interview renamed' where agent_id = 'agent_1'`);
  const { body } = await system.call(SYNC);
  const changes = [{ field: 'retell_name', from: 'Interview agent 1', to: 'Interview renamed' }];
  expect(body.pushed).toMatchObject([{ agent_id: 'agent_1', changes }]);
  const run = await system.call(`GET /api/sync-runs/${body.run_id}`);
  expect(run.body.audit_logs).toContainEqual(expect.objectContaining({ action: 'pushed', changes }));
});
