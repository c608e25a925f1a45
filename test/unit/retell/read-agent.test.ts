import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FaultResponse } from '../../support/faults.ts';
import type { Simulator } from '../../support/simulator.ts';
import { deserted, refusal, reply, testRetell, testSimulator } from '../../support/simulator.ts';
import { noSuchHost } from './no-such-host.ts';

const ID = 'agent_1';
let simulator: Simulator;
beforeEach(async () => {
  simulator = await testSimulator([
    { agent_id: ID, agent_name: 'Lisa', voice_id: 'v1', modified_at: 1_700_000_000_000 },
  ]);
});
afterEach(() => simulator.close());

const respondWith = (respond: FaultResponse, times?: number): void => {
  simulator.fault({ match: { path: /^\/get-agent/u }, respond, ...(times === undefined ? {} : { times }) });
};
const WHOLE = {
  agent_id: ID,
  agent_name: 'Lisa',
  voice_id: 'v1',
  version: 3,
  is_published: true,
  language: 'en-US',
  last_modification_timestamp: 1_700_000_000_000,
  response_engine: { type: 'retell-llm', llm_id: 'x' },
};

test('an agent is read', async () => {
  await expect(testRetell(simulator).session({}).readAgent(ID)).resolves.toEqual({
    ok: true,
    value: {
      agent_id: ID,
      agent_name: 'Lisa',
      voice_id: 'v1',
      version: 0,
      is_published: false,
      language: 'en-US',
      last_modification_timestamp: 1_700_000_000_000,
      // Without the engine's id, which is private.
      metadata: { response_engine: { type: 'retell-llm', version: 0 }, assigned_tags: [], is_published: false },
      webhook_url: null,
      webhook_events: null,
    },
  });
});

test.each(['a/b', 'a?version=9', 'a#b', 'a%2fb', 'ä 🎧', '...', 'a..b/..'])(
  'an agent with the id %j is read',
  async (id) => {
    simulator.account.addAgent({ agent_id: id });
    await expect(testRetell(simulator).session({}).readAgent(id)).resolves.toMatchObject({ value: { agent_id: id } });
  },
);

test.each(['.', '..', '', '\uD83D'])('the id %j is unreadable without a request', async (id) => {
  const session = testRetell(simulator).session({});
  await expect(session.readAgent(id)).resolves.toMatchObject({ ok: false });
  expect(session.calls()).toBe(0);
});

describe('a limit for everything', () => {
  const OVER = { code: 'deadline_exceeded' };

  test('ends a request without a response, and a wait for the next attempt', async () => {
    const session = testRetell(simulator, { callTimeoutMs: 20_000 }).session({});
    respondWith({ kind: 'hang' }, 1);
    await expect(session.readAgent(ID, { within_ms: 50 })).rejects.toMatchObject(OVER);
    respondWith(reply(503, {}, { 'retry-after': '30' }), 1);
    await expect(session.readAgent(ID, { within_ms: 2_000 })).rejects.toMatchObject(OVER);
  });

  test('holds for this agent only', async () => {
    const session = testRetell(simulator).session({});
    await expect(session.readAgent(ID, { within_ms: 0 })).rejects.toMatchObject(OVER);
    await expect(session.readAgent(ID, { within_ms: 10_000 })).resolves.toMatchObject({ ok: true });
    await expect(session.readAgent(ID)).resolves.toMatchObject({ ok: true });
  });

  test('does not extend the session', async () => {
    const session = testRetell(simulator).session({ deadline: Date.now() - 1 });
    await expect(session.readAgent(ID, { within_ms: 10_000 })).rejects.toMatchObject(OVER);
  });
});

describe('versions', () => {
  beforeEach(() => {
    simulator.account.publish(ID);
    simulator.account.edit(ID, { agent_name: 'Draft' });
    simulator.account.tag(ID, 'prod', 0);
  });
  test.each([
    ['latest', 'Draft'],
    ['latest_published', 'Lisa'],
    ['prod', 'Lisa'],
    ['unassigned', 'Draft'],
    ['0', 'Lisa'],
  ])('%s', async (agentVersion, agent_name) => {
    const result = await testRetell(simulator, { agentVersion }).session({}).readAgent(ID);
    expect(result).toMatchObject({ ok: true, value: { agent_name } });
  });
  test.each([
    refusal(422, 'Cannot find requested asset under given api key.'),
    refusal(404, 'Item x not found from agent'),
    refusal(400, 'Nothing is published'),
  ])(
    'latest_published of an agent that was never published is its latest, however Retell words it',
    async (respond) => {
      simulator.fault({ match: { agent_id: ID }, respond, times: 1 });
      const session = testRetell(simulator, { agentVersion: 'latest_published' }).session({});
      await expect(session.readAgent(ID)).resolves.toMatchObject({ ok: true, value: { agent_name: 'Draft' } });
      await expect(session.readAgent('agent_2')).resolves.toMatchObject({ ok: true, value: null });
    },
  );
  test('a missing version makes the agent unreadable, not gone, although Retell says not found', async () => {
    const session = testRetell(simulator, { agentVersion: '7' }).session({});
    await expect(session.readAgent(ID)).resolves.toMatchObject({ ok: false });
    await expect(session.readAgent('agent_2')).resolves.toMatchObject({ ok: true, value: null });
  });
});

describe('what a response means', () => {
  test.each<[string, FaultResponse, object]>([
    ['404 in JSON', refusal(404, 'Item x not found from agent'), { ok: true, value: null }],
    ['404 in HTML', reply(404, '<html>404</html>'), { ok: false }],
    ['404 without body', reply(404, undefined), { ok: false }],
    ['404 of a gateway', reply(404, { message: 'Not Found' }), { ok: false }],
    [
      '422 for an unknown id, as documented',
      refusal(422, 'Cannot find requested asset under given api key.'),
      { ok: true, value: null },
    ],
    ['422 for an unknown id', refusal(422, 'Item agent_1 not found from agent'), { ok: true, value: null }],
    ['404 for another route', refusal(404, 'Cannot GET /get-agent/agent_1'), { ok: false }],
    ['404 for another version', refusal(404, 'Agent version not found'), { ok: false }],
    ['422 for another version', refusal(422, 'Agent version not found'), { ok: false }],
    ['422 for something else', refusal(422, 'Item llm_1 not found from llm'), { ok: false }],
    ['another 422', refusal(422, 'version must be a number'), { ok: false }],
    ['400', refusal(400, 'Agent not found'), { ok: false }],
    ['409', reply(409, {}), { ok: false }],
    ['500', refusal(500, 'Agent not found'), { ok: false }],
    ['429', reply(429, {}), { ok: false }],
    ['HTML', reply(200, '<html>'), { ok: false }],
    ['null', reply(200, null), { ok: false }],
    ['another agent', reply(200, { ...WHOLE, agent_id: 'agent_2' }), { ok: false }],
    ['no voice_id', reply(200, { ...WHOLE, voice_id: undefined }), { value: { voice_id: null } }],
    ['no version', reply(200, { ...WHOLE, version: undefined }), { ok: false }],
    ['no response_engine', reply(200, { ...WHOLE, response_engine: undefined }), { ok: false }],
    ['no timestamp', reply(200, { ...WHOLE, last_modification_timestamp: null }), { ok: false }],
    ['a blank voice', reply(200, { ...WHOLE, voice_id: ' ' }), { value: { voice_id: null } }],
    ['[R21] a null voice', reply(200, { ...WHOLE, voice_id: null }), { value: { voice_id: null } }],
    ['a null name', reply(200, { ...WHOLE, agent_name: null }), { value: { agent_name: null } }],
    ['languages', reply(200, { ...WHOLE, language: ['en-US', 'de-DE'] }), { value: { language: 'en-US, de-DE' } }],
    ['no language', reply(200, { ...WHOLE, language: undefined }), { value: { language: null } }],
    ['[R21] an unknown language', reply(200, { ...WHOLE, language: 'tlh' }), { value: { language: 'tlh' } }],
    ['an unknown engine', reply(200, { ...WHOLE, response_engine: { type: 'telepathy' } }), { ok: true }],
    ['an unknown channel', reply(200, { ...WHOLE, channel: 'video' }), { ok: true }],
    ['no is_published', reply(200, { ...WHOLE, is_published: undefined }), { value: { is_published: false } }],
  ])('%s', async (_, respond, expected) => {
    respondWith(respond);
    const result = await testRetell(simulator, { retries: 1 }).session({}).readAgent(ID);
    expect(result).toMatchObject(expected);
  });

  test.each<[string, FaultResponse]>([
    ['500', reply(500, {})],
    ['429', reply(429, {})],
    ['408', reply(408, {})],
    ['a reset', { kind: 'destroy' }],
    ['a truncated body', { kind: 'truncate' }],
    ['a stalled body', { kind: 'hang_in_body' }],
    ['no response', { kind: 'hang' }],
    ['HTML', reply(200, '<html>')],
    ['broken JSON', { kind: 'response', status: 200, body: '{', headers: { 'content-type': 'application/json' } }],
  ])('after %s twice it is read again', async (_, respond) => {
    respondWith(respond, 2);
    const session = testRetell(simulator, { callTimeoutMs: 100 }).session({});
    await expect(session.readAgent(ID)).resolves.toMatchObject({ ok: true, value: { agent_id: ID } });
    expect(session.calls()).toBe(3);
  });

  test.each<[string, () => Promise<Pick<Simulator, 'url'>>, string]>([
    ['nothing listens', deserted, 'ECONNREFUSED'],
    ['no such host', noSuchHost, 'ENOTFOUND'],
  ])('%s: tried five times, then unreadable with the code as reason', async (_, place, code) => {
    const session = testRetell(await place(), { callTimeoutMs: 5_000 }).session({});
    const unreadable = { ok: false, timedOut: false, reason: expect.stringContaining(code) };
    await expect(session.readAgent(ID)).resolves.toMatchObject(unreadable);
    expect(session.calls()).toBe(5);
  });
});

describe('the key', () => {
  test('that is refused ends the session', async () => {
    const retell = testRetell(simulator, { apiKey: () => Promise.resolve('wrong') });
    const refusal = { status: 502, code: 'retell_unauthorized', hint: expect.stringContaining('RETELL_API_KEY') };
    await expect(retell.session({}).readAgent(ID)).rejects.toMatchObject(refusal);
    await expect(retell.session({}).checkKey()).rejects.toMatchObject(refusal);
  });

  test('that was replaced is fetched again, once for all calls', async () => {
    let key = 'old';
    let refreshed = 0;
    const retell = testRetell(simulator, {
      apiKey: () => Promise.resolve(key),
      refreshApiKey: () => {
        refreshed += 1;
        key = 'key_0123456789abcdef';
        return Promise.resolve();
      },
    });
    const session = retell.session({});
    const results = await Promise.all([1, 2, 3, 4, 5].map(() => session.readAgent(ID)));
    expect(results.every((result) => result.ok)).toBe(true);
    expect(refreshed).toBe(1);
  });

  test('that is refused again after that ends the session', async () => {
    const retell = testRetell(simulator, {
      apiKey: () => Promise.resolve('wrong'),
      refreshApiKey: () => Promise.resolve(),
    });
    const session = retell.session({});
    await expect(session.readAgent(ID)).rejects.toMatchObject({ code: 'retell_unauthorized' });
    expect(session.calls()).toBe(2);
  });
});
