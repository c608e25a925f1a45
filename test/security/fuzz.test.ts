/** The real functions, on a real database and account, given whatever anybody can think of. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import * as v from 'valibot';
import { ROUTES } from '../../shared/contract.ts';
import { interviewAgents } from '../support/agents.ts';
import { type Answered, startSystem, type TestSystem } from '../support/system.ts';

let system: TestSystem;
beforeAll(async () => {
  system = await startSystem({ agents: interviewAgents(6) });
  await system.call('POST /api/sync-retell-agents');
  system.simulator.account.delete('agent_1');
  await system.call('POST /api/sync-retell-agents');
});
afterAll(() => system.close());

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    'agent_1',
    'agent_2',
    '../x',
    '\u0000',
    '\ud800',
    "'; --",
    '%',
    '__proto__',
    'x'.repeat(300),
    '٣',
    '1e3',
    '-1',
    '0',
  ),
);
const anything = fc.oneof(fc.jsonValue(), text, fc.double(), fc.maxSafeInteger(), fc.array(text, { maxLength: 3 }));

/** Bodies that are nearly right reach further than those that are not. */
const body = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record(
      {
        action: fc.oneof(fc.constantFrom('cleanup_orphaned', 'restore', 'status'), anything),
        agent_ids: fc.oneof(fc.array(text, { maxLength: 4 }), anything),
        older_than_days: fc.oneof(fc.integer({ min: -1, max: 40_000 }), anything),
        confirm: fc.oneof(fc.nat(), anything),
        dry_run: fc.oneof(fc.boolean(), anything),
        full: fc.oneof(fc.boolean(), anything),
        confirm_orphans: fc.oneof(fc.boolean(), text, anything),
      },
      { requiredKeys: [] },
    ),
  },
  { weight: 1, arbitrary: anything },
);

const query = fc.dictionary(
  fc.oneof(fc.constantFrom('agent_id', 'action', 'limit', 'before', 'after', 'offset'), fc.string()),
  fc.oneof(text, fc.constantFrom('status', '1', '50', '200')),
  { maxKeys: 3 },
);

const segment = fc
  .oneof(text, fc.constantFrom('1', '2', '999999999999', 'console-AAAAAAAA.js'))
  .filter((value) => !/^\.*$/.test(value));

const Failure = v.looseObject({
  success: v.literal(false),
  error: v.string(),
  code: v.string(),
  hint: v.string(),
  request_id: v.string(),
});

function isDocumented({ status, body }: Answered): boolean {
  return status < 300 || (status !== 500 && v.is(Failure, body));
}

function encoded(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

test('every function answers every request as is documented', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...ROUTES), body, query, segment, async (route, sent, asked, value) => {
      const path = route.path.replace(/\{\w+\}/, encoded(value));
      const search = Object.entries(asked).map(([key, part]) => `${encoded(key)}=${encoded(part)}`);
      const request = `${route.method} ${path}${search.length === 0 ? '' : `?${search.join('&')}`}`;
      const answer = await system.call(request, route.method === 'POST' ? JSON.stringify(sent) : undefined, {
        headers: { 'content-type': 'application/json' },
      });
      expect([request, sent, answer.status, answer.body, isDocumented(answer)]).toEqual([
        request,
        sent,
        answer.status,
        answer.body,
        true,
      ]);
    }),
    { numRuns: 400 },
  );
}, 60_000);

test('every signed webhook is answered as is documented', async () => {
  const about = fc.record(
    { agent_id: fc.oneof(text, anything), agent_version: anything, agent_name: anything, call_id: anything },
    { requiredKeys: [] },
  );
  const payload = fc.record(
    {
      type: fc.oneof(fc.constantFrom('agent.created', 'agent.updated', 'agent.deleted'), anything),
      event: fc.oneof(fc.constantFrom('call_ended', 'chat_analyzed', 'agent_deleted', 'transfer_started'), anything),
      data: fc.oneof(about, anything),
      agent: fc.oneof(about, anything),
      call: fc.oneof(about, anything),
      chat: fc.oneof(about, anything),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(payload, anything), async (sent) => {
      const answer = await system.webhook(sent);
      expect([answer.status, answer.body, isDocumented(answer)]).toEqual([answer.status, answer.body, true]);
    }),
    { numRuns: 400 },
  );
}, 60_000);
