import { expect, test } from '@jest/globals';
import { type ChecklistFacts, checklistOf } from '../../../shared/domain/checklist.ts';
import { NOW } from './builders.ts';

const DATABASE = { database: 'platform', schema: 'public', role: 'service', superuser: false };

const READY: ChecklistFacts = {
  last_run: { error_code: null, agents: 12 },
  database: { ...DATABASE, rights: ['select', 'insert', 'update', 'delete'] },
  token_set: true,
  on_lambda: true,
  last_webhook: '2026-03-01T11:00:00.000Z',
  is_local: false,
  own_webhooks: [{ agent_id: 'a1', webhook_url: 'https://example.org/api/retell-webhook', webhook_events: null }],
  schedule_ms: 300_000,
  last_scheduled_run: new Date(NOW.getTime() - 60_000),
  last_start: null,
  now: NOW,
};

test('a complete set-up has every item done but the alarm emails, which are unknown', () => {
  expect(checklistOf(READY).map(({ item, done }) => [item, done])).toEqual([
    ['api_key', true],
    ['database', true],
    ['token', true],
    ['webhook', true],
    ['agent_webhooks', true],
    ['schedule', true],
    ['alarm_mail', null],
  ]);
});

test('on one machine, which sends no alarms, the checklist leaves alarm emails out', () => {
  const items = checklistOf({ ...READY, on_lambda: false }).map(({ item }) => item);
  expect(items).toEqual(['api_key', 'database', 'token', 'webhook', 'agent_webhooks', 'schedule']);
});

const ELSEWHERE = { agent_id: 'a2', webhook_url: 'https://example.org/', webhook_events: null };
const NO_CALLS = { agent_id: 'a3', webhook_url: null, webhook_events: ['transcript_updated'] };

test.each<[string, Partial<ChecklistFacts>, object]>([
  ['no run', { last_run: null }, { item: 'api_key', done: null }],
  [
    'a refused key',
    { last_run: { error_code: 'retell_unauthorized', agents: null } },
    { item: 'api_key', done: false },
  ],
  [
    "another account's key",
    { last_run: { error_code: 'account_mismatch', agents: null } },
    { item: 'api_key', done: false },
  ],
  [
    'a run that failed otherwise',
    { last_run: { error_code: 'timeout', agents: null } },
    { item: 'api_key', done: null },
  ],
  [
    'a run without a score',
    { last_run: { error_code: null, agents: null } },
    { item: 'api_key', done: true, text: 'Retell accepts the key' },
  ],
  ['a blocked run', { last_run: { error_code: 'orphan_guard', agents: 3 } }, { item: 'api_key', done: true }],
  [
    'a role that lacks rights',
    { database: { ...DATABASE, rights: ['select', 'delete'] } },
    { item: 'database', done: false, text: expect.stringContaining('may not insert, update: run') },
  ],
  ['no token on AWS', { token_set: false }, { item: 'token', done: false }],
  ['no token on one machine', { token_set: false, on_lambda: false }, { item: 'token', done: null, optional: true }],
  ['no webhook yet', { last_webhook: null }, { item: 'webhook', done: false }],
  [
    'agents with their own webhook',
    { own_webhooks: [ELSEWHERE, NO_CALLS] },
    { item: 'agent_webhooks', done: false, agent_ids: ['a2', 'a3'] },
  ],
  ['no schedule', { schedule_ms: null }, { item: 'schedule', done: null, optional: true }],
  ['a schedule that never ran', { last_scheduled_run: null }, { item: 'schedule', done: null }],
  [
    'a schedule of a service that just started again',
    { last_scheduled_run: new Date(NOW.getTime() - 900_000), last_start: new Date(NOW.getTime() - 600_000) },
    { item: 'schedule', done: null, text: 'The schedule has not run since the start' },
  ],
  [
    'a schedule that is late although the service started before',
    { last_scheduled_run: new Date(NOW.getTime() - 900_000), last_start: new Date(NOW.getTime() - 600_001) },
    { item: 'schedule', done: false },
  ],
  ['a late schedule', { last_scheduled_run: new Date(NOW.getTime() - 600_001) }, { item: 'schedule', done: false }],
])('with %s the checklist says so', (_, facts, expected) => {
  expect(checklistOf({ ...READY, ...facts })).toContainEqual(expect.objectContaining(expected));
});

test.each<[Partial<ChecklistFacts>, string]>([
  [{ last_run: null }, 'No run has asked Retell yet: run a sync'],
  [
    { last_run: { error_code: 'retell_unauthorized', agents: null } },
    'Retell refuses the API key: set RETELL_API_KEY to a key of the account',
  ],
  [
    { last_run: { error_code: 'account_mismatch', agents: null } },
    "The key is another account's: none of its agents has an interviewer",
  ],
  [{ last_run: { error_code: 'timeout', agents: null } }, 'The last run says nothing about the key: see its error'],
  [{}, 'Retell accepts the key: 12 agents in the account'],
  [
    {},
    'The service uses public.interviewer in the database platform as service, which may select, insert, update, delete',
  ],
  [
    { database: { ...DATABASE, rights: ['select'] } },
    'The service uses public.interviewer in the database platform as service, which may not insert, update, delete: run shared/db/service-role.sql',
  ],
  [{}, 'Requests need the token'],
  [{ token_set: false }, 'SYNC_AUTH_TOKEN is not set: requests of this machine need no token'],
  [
    { last_webhook: null },
    "No event has arrived yet: enter the webhook URL in the settings of the Retell account; if the platform's URL is there, leave it, and have the platform forward its events",
  ],
  [
    { last_webhook: null, is_local: true },
    "No event has arrived yet: enter the webhook URL in the settings of the Retell account; if the platform's URL is there, leave it, and have the platform forward its events; Retell reaches this machine only through a tunnel",
  ],
  [{}, 'Events arrive: the last one at 2026-03-01T11:00:00.000Z'],
  [{}, 'No agent has a webhook of its own in the way'],
  [
    { own_webhooks: [ELSEWHERE] },
    '1 agent with a webhook of its own that points elsewhere or leaves the calls out: clear it in Retell, unless the platform needs it; without forwarded events, changes are found only by the schedule',
  ],
  [{ schedule_ms: null }, 'SYNC_SCHEDULE is off'],
  [{ last_scheduled_run: null }, 'The schedule has not run yet'],
  [
    { last_scheduled_run: new Date(NOW.getTime() - 600_001) },
    `The schedule last ran at ${new Date(NOW.getTime() - 600_001).toISOString()}, more than two periods ago`,
  ],
  [
    { last_scheduled_run: new Date(NOW.getTime() - 600_000) },
    `The schedule runs: the last time at ${new Date(NOW.getTime() - 600_000).toISOString()}`,
  ],
])('the checklist says what was found or what to do: %j', (facts, text) => {
  expect(checklistOf({ ...READY, ...facts }).map((item) => item.text)).toContain(text);
});

test('an item of the checklist names at most a thousand agents, or none if it is not about agents', () => {
  const own_webhooks = Array.from({ length: 1_001 }, (_, index) => ({ ...ELSEWHERE, agent_id: `a${index}` }));
  const items = checklistOf({ ...READY, own_webhooks });
  expect(items.map(({ agent_ids }) => agent_ids.length)).toEqual([0, 0, 0, 0, 1_000, 0, 0]);
});

const minutesAgo = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000);

test.each([
  ['ran in time, and no start is known', 9, null, true],
  ['ran in time, before the start', 9, 1, true],
  ['ran two periods ago', 10, null, true],
  ['is late, and no start is known', 11, null, false],
  ['is late, and could run since the start', 30, 11, false],
  ['is late, but could not run before the start', 30, 1, null],
])('a schedule that %s', (_case, ran, started, done) => {
  const last_start = started === null ? null : minutesAgo(started);
  const items = checklistOf({ ...READY, last_scheduled_run: minutesAgo(ran), last_start });
  expect(items.find(({ item }) => item === 'schedule')?.done).toBe(done);
});
