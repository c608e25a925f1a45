/** Fuzzes the real functions, on a real database and a simulated account. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { HANDLERS } from '../../infra/local/handlers.ts';
import { type Endpoint, routeKey } from '../../shared/api/endpoint.ts';
import { API, ENDPOINTS } from '../../shared/api/endpoints.ts';
import { webhookEndpoints } from '../../shared/api/webhook.ts';
import { interviewAgents } from '../support/agents.ts';
import { anyString } from '../support/any-string.ts';
import { isDocumented } from '../support/documented.ts';
import { httpEvent, testContext } from '../support/events.ts';
import { startSystem, type TestSystem } from '../support/system.ts';
import { type Answered, answered } from '../unit/http/stack.ts';

let system: TestSystem;
beforeAll(async () => {
  system = await startSystem({ agents: interviewAgents(6) });
  await system.call('POST /api/sync-retell-agents');
  system.simulator.account.delete('agent_1');
  await system.call('POST /api/sync-retell-agents');
  // The third run can be undone.
  await system.database.query(`update interviewer set name = 'Interview renamed' where agent_id = 'agent_2'`);
  await system.call('POST /api/sync-retell-agents');
});
afterAll(() => system.close());

const text = fc.oneof(
  anyString,
  fc.string(),
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

/** Nearly valid input reaches more code than invalid input. */
const mostly = <T>(right: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 6, arbitrary: right }, { weight: 1, arbitrary: anything });
const flag = mostly(fc.boolean());
const action = (name: string) => mostly(fc.constant(name));
const cleanup = fc.record(
  {
    action: action('cleanup_orphaned'),
    older_than_days: mostly(fc.integer({ min: -1, max: 40_000 })),
    confirm: mostly(fc.nat()),
    dry_run: flag,
  },
  { requiredKeys: ['action'] },
);
const restore = fc.record({ action: action('restore'), agent_ids: mostly(fc.array(text, { maxLength: 4 })) });

const BODIES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  'POST /api/sync-retell-agents': fc.record(
    { dry_run: flag, full: flag, confirm_orphans: mostly(fc.oneof(fc.boolean(), text)) },
    { requiredKeys: [] },
  ),
  'POST /api/audit-agents': fc.oneof(cleanup, restore),
  'POST /api/sync-runs/{id}/undo': fc.oneof(
    // A token that does not confirm what was shown is refused.
    { weight: 3, arbitrary: fc.record({ dry_run: flag }) },
    { weight: 1, arbitrary: fc.record({ dry_run: flag, confirm: text }, { requiredKeys: [] }) },
  ),
};

const query = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.dictionary(
      fc.oneof(fc.constantFrom('agent_id', 'action', 'limit', 'before', 'after', 'offset'), fc.string()),
      fc.oneof(text, fc.constantFrom('status', '1', '50', '200')),
      { maxKeys: 3 },
    ),
  },
);

const segment = fc
  .oneof(
    { weight: 1, arbitrary: text },
    { weight: 4, arbitrary: fc.constantFrom('1', '2', '3', '3', '3', '999999999999', 'console-AAAAAAAA.js') },
  )
  .filter((value) => !/^\.*$/.test(value));

/** Known and unknown names in any case, also twice; values of any kind. */
const headers = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ 'content-type': 'application/json' }) },
  {
    weight: 1,
    arbitrary: fc.dictionary(
      fc.oneof(
        fc.mixedCase(fc.constantFrom('content-type', 'content-encoding', 'authorization', 'x-retell-signature')),
        fc.string(),
      ),
      fc.oneof(
        fc.constantFrom(
          'application/json',
          'Application/JSON;x',
          'text/plain',
          'gzip',
          'identity',
          'Bearer x,Bearer y',
        ),
        anyString,
      ),
      { maxKeys: 5 },
    ),
  },
);

/** Requests with a body more often, as few of them are valid. */
const endpoint = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...ENDPOINTS) },
  { weight: 1, arbitrary: fc.constantFrom(...ENDPOINTS.filter((route) => routeKey(route) in BODIES)) },
);

/** As the gateway sends it: JSON, text, bytes in base64, or text that only claims to be base64. */
const request = endpoint.chain((route) =>
  fc.record({
    route: fc.constant(route),
    content: fc.oneof(
      {
        weight: 6,
        arbitrary: mostly(BODIES[routeKey(route)] ?? fc.constant({})).map((json) => ({ body: JSON.stringify(json) })),
      },
      { weight: 1, arbitrary: fc.record({ body: anyString, isBase64Encoded: fc.boolean() }) },
      {
        weight: 1,
        arbitrary: fc
          .uint8Array({ maxLength: 50 })
          .map((bytes) => ({ body: Buffer.from(bytes).toString('base64'), isBase64Encoded: true })),
      },
    ),
    headers,
    query,
    segment,
  }),
);

/** Few random requests show an undo that works. */
const UNDO = {
  route: API.undoRun,
  content: { body: '{"dry_run":true}' },
  headers: { 'content-type': 'application/json' },
  query: {},
  segment: '3',
};

/** Only the request can be wrong here, so every 5xx is a fault. */
function isProper(endpoint: Endpoint, { status, body, text: page }: Answered): boolean {
  const isFile = endpoint.responses[status] !== undefined && 'mediaTypes' in endpoint.responses[status];
  return status < 500 && isDocumented(endpoint, { status, body: isFile ? page : body });
}

function encoded(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

/** A webhook needs its signature, and an asset its name. */
const REACHED = ENDPOINTS.map(routeKey).filter((route) => !/retell-webhook|assets/.test(route));

test('[S4] every function responds to every request as documented', async () => {
  const succeeded = new Set<string>();
  await fc.assert(
    fc.asyncProperty(request, async ({ route, content, headers: given, query: asked, segment: value }) => {
      const search = Object.entries(asked).map(([key, part]) => `${encoded(key)}=${encoded(part)}`);
      const path = `${route.path.replace(/\{\w+\}/, encoded(value))}?${search.join('&')}`;
      const event = { ...httpEvent({ method: route.method, path, headers: given }), ...content };
      const answer = answered(await HANDLERS[route.function](event, testContext()));
      if (answer.status === 200) succeeded.add(routeKey(route));
      expect({ answer, documented: isProper(route, answer) }).toEqual({ answer, documented: true });
    }),
    { numRuns: 1_500, examples: [[UNDO]] },
  );
  expect([...succeeded].sort()).toEqual(REACHED.sort());
}, 60_000);

test('every signed webhook gets a documented response', async () => {
  // Repeated in the response and escaped, it would be too large for one.
  const endless = '"'.repeat(1_500_000);
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
      const documented = isProper(webhookEndpoints.webhook, { ...answer, text: '' });
      expect({ answer, documented }).toEqual({ answer, documented: true });
    }),
    { numRuns: 400, examples: [[{ type: `agent.${endless}` }], [{ event: `call_${endless}` }], [{ type: endless }]] },
  );
}, 60_000);
