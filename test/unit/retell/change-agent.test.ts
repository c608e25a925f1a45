import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { latestVersion } from '../../../infra/local/retell-simulator/account.ts';
import type { RetellSession } from '../../../shared/retell/client.ts';
import { readTemplate } from '../../../shared/sync/push-agent.ts';
import type { FaultResponse } from '../../support/faults.ts';
import type { Simulator } from '../../support/simulator.ts';
import { arrived, deserted, refusal, reply, testRetell, testSimulator } from '../../support/simulator.ts';
import { noSuchHost } from './no-such-host.ts';

const ID = 'agent_1';
let simulator: Simulator;
beforeEach(async () => {
  simulator = await testSimulator([{ agent_id: ID, agent_name: 'Lisa', published: true }]);
});
afterEach(() => simulator.close());

const session = (callTimeoutMs = 10_000): RetellSession => testRetell(simulator, { callTimeoutMs }).session({});
/** Only where no response can be the result. */
const BRIEF_MS = 100;
const NEW_AGENT = {
  agent_name: 'New Lisa',
  voice_id: 'v',
  response_engine: { type: 'retell-llm', llm_id: 'llm_1' },
} as const;

test('a published agent is renamed through a draft', async () => {
  const retell = session();
  const latest = await retell.readVersion(ID, 'latest');
  expect(latest).toMatchObject({ version: 0, is_published: true, agent_name: 'Lisa' });
  await expect(retell.renameDraft(ID, 'Bob')).rejects.toMatchObject({ code: 'retell_refused' });
  const draft = await retell.createVersion(ID, 0);
  expect(draft.version).toBe(1);
  await retell.renameDraft(ID, 'Bob');
  await retell.publish(ID, draft.version);
  await expect(retell.readVersion(ID, 'latest_published')).resolves.toMatchObject({
    version: 1,
    is_published: true,
    agent_name: 'Bob',
    base_version: 0,
    voice_id: '11labs-Adrian',
    response_engine: { type: 'retell-llm' },
  });
});

test('an agent or a version that does not exist is null', async () => {
  await expect(session().readVersion('agent_2', 'latest')).resolves.toBeNull();
  await expect(session().readVersion(ID, 8)).resolves.toBeNull();
});

test('a version that cannot be read is an error', async () => {
  simulator.fault({ match: { agent_id: ID }, respond: { kind: 'response', status: 200, body: { agent_id: ID } } });
  await expect(session().readVersion(ID, 0)).rejects.toMatchObject({ code: 'retell_unavailable' });
  await expect(session().readVersion('..', 0)).rejects.toMatchObject({ code: 'retell_refused' });
});

test('an agent is created with an engine of a type that did not exist before', async () => {
  const engine = { type: 'telepathy', mind_id: 'mind_1', nested: { depth: 2 } };
  simulator.fault({ match: { path: '/create-agent' }, respond: reply(201, { agent_id: 'agent_2' }) });
  await expect(session().createAgent({ ...NEW_AGENT, response_engine: engine })).resolves.toEqual({
    agent_id: 'agent_2',
  });
  expect(simulator.requests.all.at(-1)).toMatchObject({ body: { response_engine: engine } });
});

test('a template is copied with its engine, of whatever type', async () => {
  const engine = { type: 'telepathy', mind_id: 'mind_1' };
  const template = { agent_id: ID, version: 0, voice_id: 'v', response_engine: engine, agent_name: 'Template' };
  simulator.fault({ match: { agent_id: ID }, respond: reply(200, template) });
  await expect(readTemplate(session(), ID)).resolves.toEqual({ voice_id: 'v', response_engine: engine });
});

describe('the check of the key', () => {
  const path = '/get-api-key-info';
  test.each([401, 403])('fails on a %d', async (status) => {
    simulator.fault({ match: { path }, respond: refusal(status, 'Unauthorized') });
    await expect(session().checkKey()).rejects.toMatchObject({
      code: 'retell_unauthorized',
      hint: expect.stringContaining('RETELL_API_KEY'),
    });
  });

  test.each<[string, FaultResponse]>([
    ['a 404, as if the endpoint did not exist', reply(404, '<html>')],
    ['a 422', refusal(422, 'no')],
    ['a 402', reply(402, {})],
    ['a 500', reply(500, {})],
    ['a 429', reply(429, {})],
    ['no response', { kind: 'hang' }],
    ['HTML', reply(200, '<html>')],
  ])('[R29] passes on %s, which says nothing about the key', async (_, respond) => {
    simulator.fault({ match: { path }, respond });
    await expect(session(BRIEF_MS).checkKey()).resolves.toBeUndefined();
  });

  test('passes when its time is over', async () => {
    simulator.fault({ match: { path }, respond: reply(429, {}, { 'retry-after': '60' }) });
    const over = testRetell(simulator).session({ deadline: Date.now() + 10_000 });
    await expect(over.checkKey()).resolves.toBeUndefined();
  });
});

test('an agent is created', async () => {
  const { agent_id } = await session().createAgent(NEW_AGENT);
  const created = simulator.account.get(agent_id);
  expect(created && latestVersion(created)).toMatchObject({ version: 0, is_published: false, settings: NEW_AGENT });
});

describe('what must not be executed twice', () => {
  const operations: [string, (retell: RetellSession) => Promise<unknown>, string][] = [
    ['createAgent', (retell) => retell.createAgent(NEW_AGENT), '/create-agent'],
    ['createVersion', (retell) => retell.createVersion(ID, 0), `/create-agent-version/${ID}`],
    ['publish', (retell) => retell.publish(ID, 1), `/publish-agent-version/${ID}`],
  ];
  const losses = [
    ['a reset', { kind: 'after_effect', response: 'destroy' }],
    ['no response', { kind: 'after_effect', response: 'hang' }],
    ['a 500', { kind: 'after_effect', response: { status: 500, body: {} } }],
    ['a 408', { kind: 'after_effect', response: { status: 408 } }],
  ] as const;
  const cases = operations.flatMap(([name, act, path]) =>
    losses.map(([loss, respond]) => ({ name, loss, act, path, respond })),
  );

  test.each(cases)(
    '$name: after $loss the outcome is unknown, and it is not retried',
    async ({ act, path, respond }) => {
      if (path.startsWith('/publish')) simulator.account.edit(ID, { agent_name: 'Bob' });
      simulator.fault({ match: { path }, respond });
      const retell = session(BRIEF_MS);
      await expect(act(retell)).rejects.toMatchObject({ status: 502, code: 'outcome_unknown' });
      expect(simulator.requests.count(path)).toBe(1);
    },
  );

  test.each(operations)('%s: aborted in flight, its outcome is unknown', async (_, act, path) => {
    simulator.fault({ match: { path }, respond: { kind: 'hang' } });
    const controller = new AbortController();
    const acting = act(testRetell(simulator, { callTimeoutMs: 10_000 }).session(controller));
    void arrived(simulator, path).then(() => controller.abort());
    await expect(acting).rejects.toMatchObject({ code: 'outcome_unknown' });
  });

  test.each(operations)('%s: a 422 is a plain refusal', async (_, act, path) => {
    simulator.fault({ match: { path }, respond: { kind: 'response', status: 422, body: { message: 'no' } } });
    await expect(act(session())).rejects.toMatchObject({ code: 'retell_refused', details: { retell_status: 422 } });
  });

  test.each(operations)('%s: a 429 was not executed, so it is sent again', async (_, act, path) => {
    if (path.startsWith('/publish')) simulator.account.edit(ID, { agent_name: 'Bob' });
    simulator.fault({ match: { path }, times: 2, respond: { kind: 'response', status: 429, body: {} } });
    await act(session());
    expect(simulator.requests.count(path)).toBe(3);
  });

  test('createAgent: the outcome of an unreadable success is unknown', async () => {
    const respond = {
      kind: 'response',
      status: 201,
      body: '{"agent',
      headers: { 'content-type': 'application/json' },
    } as const;
    simulator.fault({ match: { path: '/create-agent' }, respond });
    await expect(session().createAgent(NEW_AGENT)).rejects.toMatchObject({ code: 'outcome_unknown' });
  });

  test.each<[string, () => Promise<Pick<Simulator, 'url'>>]>([
    ['nothing listens', deserted],
    ['no such host', noSuchHost],
  ])('%s: nothing was executed, so it is sent again', async (_, place) => {
    const retell = testRetell(await place(), { callTimeoutMs: 5_000 }).session({});
    await expect(retell.createAgent(NEW_AGENT)).rejects.toMatchObject({ code: 'retell_unavailable' });
    expect(retell.calls()).toBe(5);
  });
});

test('a rename is idempotent, so it is retried', async () => {
  simulator.account.edit(ID, { voice_id: 'v2' });
  simulator.fault({ match: { method: 'PATCH' }, times: 2, respond: { kind: 'after_effect', response: 'destroy' } });
  await session().renameDraft(ID, 'Bob');
  expect(simulator.requests.count('/update-agent')).toBe(3);
});
