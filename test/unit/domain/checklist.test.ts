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
  own_webhooks: [{ agent_id: 'a1', webhook_url: 'https://example.org/api/retell-webhook', webhook_events: null }],
  schedule_ms: 300_000,
  last_scheduled_run: new Date(NOW.getTime() - 60_000),
  now: NOW,
};

test('a set-up that is complete has every item done', () => {
  expect(checklistOf(READY).map(({ item, done }) => [item, done])).toEqual([
    ['api_key', true],
    ['database', true],
    ['token', true],
    ['webhook', true],
    ['agent_webhooks', true],
    ['schedule', true],
  ]);
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
  ['no token on one machine', { token_set: false, on_lambda: false }, { item: 'token', done: null }],
  ['no webhook yet', { last_webhook: null }, { item: 'webhook', done: false }],
  [
    'agents with their own webhook',
    { own_webhooks: [ELSEWHERE, NO_CALLS] },
    { item: 'agent_webhooks', done: false, agent_ids: ['a2', 'a3'] },
  ],
  ['no schedule', { schedule_ms: null }, { item: 'schedule', done: null }],
  ['a schedule that never ran', { last_scheduled_run: null }, { item: 'schedule', done: null }],
  ['a late schedule', { last_scheduled_run: new Date(NOW.getTime() - 600_001) }, { item: 'schedule', done: false }],
])('with %s the checklist says so', (_, facts, expected) => {
  expect(checklistOf({ ...READY, ...facts })).toContainEqual(expect.objectContaining(expected));
});
