/** Text in requests that Postgres would refuse. */
import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { type Endpoint, routeKey } from '../../shared/api/endpoint.ts';
import { ENDPOINTS } from '../../shared/api/endpoints.ts';
import { Moment } from '../../shared/api/fields.ts';
import { interviewAgents } from '../support/agents.ts';
import { useSharedSystem } from '../support/system.ts';

interface TextField {
  readonly field: string;
  readonly schema: v.GenericSchema;
}

/** Every schema of a text within a schema, at any depth. */
function textsIn(schema: object, field: string): readonly TextField[] {
  const part = (name: string): unknown => Reflect.get(schema, name);
  const inside = [part('item'), part('wrapped'), part('options')].flat();
  const nested = inside.filter(isSchema).flatMap((one) => textsIn(one, field));
  const entries = Object.entries(part('entries') ?? {}).filter((entry): entry is [string, v.GenericSchema] =>
    isSchema(entry[1]),
  );
  const own = part('type') === 'string' && isSchema(schema) ? [{ field, schema }] : [];
  return [...own, ...nested, ...entries.flatMap(([name, one]) => textsIn(one, `${field}.${name}`))];
}

function isSchema(value: unknown): value is v.GenericSchema {
  return typeof value === 'object' && value !== null && Reflect.get(value, 'kind') === 'schema';
}

/** The name of an asset is compared with existing names, and reaches no database. The webhook reads its raw body. */
const NOT_STORED = ['GET /assets/{file} path.file', 'POST /api/retell-webhook body'];

function textsOf(endpoint: Endpoint): readonly TextField[] {
  const { path, query, body } = endpoint.request;
  const parts = Object.entries({ path, query, body });
  return parts.flatMap(([name, schema]) =>
    schema === undefined ? [] : textsIn(schema, `${routeKey(endpoint)} ${name}`),
  );
}

const texts = ENDPOINTS.flatMap(textsOf).filter(({ field }) => !NOT_STORED.some((name) => field.startsWith(name)));

const HOSTILE = ['\0', 'agent_1\0', '\ud800', 'agent_1\udfff', '\udfff\ud800', `${'x'.repeat(21)}\ud800`];

test('[S91] no text of any request may hold what Postgres cannot store: a NUL character or a lone surrogate', () => {
  expect(texts.length).toBeGreaterThan(10);
  const taken = texts.flatMap(({ field, schema }) =>
    HOSTILE.filter((text) => v.is(schema, text)).map((text) => `${field}: ${JSON.stringify(text)}`),
  );
  expect(taken).toEqual([]);
});

describe('a moment', () => {
  test.each([
    ['2026-02-28T12:00:00Z', '2026-02-28T12:00:00.000Z'],
    ['2024-02-29T00:00:00.123456789+23:59', '2024-02-28T00:01:00.123Z'],
    ['0000-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59-01:00', '9999-12-31T23:59:59.999Z'],
  ])('%s is %s', (given, moment) => {
    expect(v.parse(Moment, given)).toBe(moment);
  });

  test.each(['2026-02-30T00:00:00Z', '2025-02-29T00:00:00Z', '2026-04-31T00:00:00Z', '2026-01-01', 'yesterday'])(
    '%s is refused',
    (given) => {
      expect(v.is(Moment, given)).toBe(false);
    },
  );
});

describe('over HTTP', () => {
  const system = useSharedSystem({ agents: interviewAgents(2) });
  const json = { headers: { 'content-type': 'application/json' } };

  test.each([
    ['POST /api/sync-retell-agents', { confirm_orphans: '\ud800' }],
    ['POST /api/audit-agents', { action: 'cleanup_orphaned', confirm: '\0' }],
    ['POST /api/audit-agents', { action: 'restore', agent_ids: ['agent_1', '\ud800'] }],
    ['GET /api/audit-agents?agent_id=%00', undefined],
    ['GET /api/agents?after=a%00', undefined],
    ['GET /api/sync-runs?since=2026-02-30T00:00:00Z', undefined],
    ['GET /api/sync-runs?kind=%00', undefined],
    ['GET /api/sync-runs/1%00', undefined],
    ['GET /api/webhook-events?hours=1%00', undefined],
    ['GET /api/agents?toString=1', undefined],
    ['POST /api/sync-retell-agents', { constructor: true }],
    ['POST /api/audit-agents', { action: 'cleanup_orphaned', valueOf: 1 }],
  ])('%s %j is a bad request', async (route, body) => {
    const { status } = await system.call(route, body === undefined ? undefined : JSON.stringify(body), json);
    expect(status).toBe(400);
  });

  test.each(['javascript', 'http,https', ''])(
    'the webhook URL does not get the scheme %j from a header',
    async (scheme) => {
      const { body } = await system.call('GET /api/settings', undefined, { headers: { 'x-forwarded-proto': scheme } });
      expect(body.webhook_url).toMatch(/^https?:\/\//);
    },
  );

  test.each(['0000-01-01T00:00:00Z', '9999-12-31T23:59:59-01:00', '2026-01-01T00:00:00+23:59'])(
    'the runs since %s are listed',
    async (since) => {
      const { status } = await system.call(`GET /api/sync-runs?since=${encodeURIComponent(since)}`);
      expect(status).toBe(200);
    },
  );

  test.each(['call_\0', 'call_\ud800', 'agent.updated\0', '\ud800'])(
    'a signed webhook with the event %j is counted, and so are the events after it',
    async (event) => {
      const { status } = await system.webhook({ event, data: { agent_id: '\ud800' } });
      expect(status).toBeLessThan(500);
      await system.webhook({ event: 'agent_updated', data: { agent_id: 'agent_1' } });
      const { body } = await system.call('GET /api/webhook-events');
      expect(body.counts.map((count: { event: string }) => count.event)).toContain('agent_updated');
    },
  );
});
