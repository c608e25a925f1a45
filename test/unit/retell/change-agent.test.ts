import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { latestVersion } from '../../../infra/local/retell-simulator/account.ts';
import type { RetellSession } from '../../../shared/retell/client.ts';
import type { Simulator } from '../../support/simulator.ts';
import { arrived, deserted, testRetell, testSimulator } from '../../support/simulator.ts';
import { noSuchHost } from './no-such-host.ts';

const ID = 'agent_1';
let simulator: Simulator;
beforeEach(async () => {
  simulator = await testSimulator([{ agent_id: ID, agent_name: 'Lisa', published: true }]);
});
afterEach(() => simulator.close());

const session = (): RetellSession => testRetell(simulator, { callTimeoutMs: 100 }).session({});
const NEW_AGENT = {
  agent_name: 'New Lisa',
  voice_id: 'v',
  response_engine: { type: 'retell-llm', llm_id: 'llm_1' },
} as const;

test('a published agent is renamed by way of a draft', async () => {
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

test('an agent or a version that is not there is null', async () => {
  await expect(session().readVersion('agent_2', 'latest')).resolves.toBeNull();
  await expect(session().readVersion(ID, 8)).resolves.toBeNull();
});

test('a version that cannot be read is an error', async () => {
  simulator.fault({ match: { agent_id: ID }, respond: { kind: 'answer', status: 200, body: { agent_id: ID } } });
  await expect(session().readVersion(ID, 0)).rejects.toMatchObject({ code: 'retell_unavailable' });
  await expect(session().readVersion('..', 0)).rejects.toMatchObject({ code: 'retell_refused' });
});

test('an agent is made', async () => {
  const { agent_id } = await session().createAgent(NEW_AGENT);
  const made = simulator.account.get(agent_id);
  expect(made && latestVersion(made)).toMatchObject({ version: 0, is_published: false, settings: NEW_AGENT });
});

describe('what must not be done twice', () => {
  const operations: [string, (retell: RetellSession) => Promise<unknown>, string][] = [
    ['createAgent', (retell) => retell.createAgent(NEW_AGENT), '/create-agent'],
    ['createVersion', (retell) => retell.createVersion(ID, 0), `/create-agent-version/${ID}`],
    ['publish', (retell) => retell.publish(ID, 1), `/publish-agent-version/${ID}`],
  ];
  const losses = [
    ['a reset', { kind: 'after_effect', answer: 'destroy' }],
    ['silence', { kind: 'after_effect', answer: 'hang' }],
    ['a 500', { kind: 'after_effect', answer: { status: 500, body: {} } }],
    ['a 408', { kind: 'after_effect', answer: { status: 408 } }],
  ] as const;
  const cases = operations.flatMap(([name, act, path]) =>
    losses.map(([loss, respond]) => ({ name, loss, act, path, respond })),
  );

  test.each(cases)('[R26] $name: after $loss nobody knows, and nobody tries again', async ({ act, path, respond }) => {
    if (path.startsWith('/publish')) simulator.account.edit(ID, { agent_name: 'Bob' });
    simulator.fault({ match: { path }, respond });
    const retell = session();
    await expect(act(retell)).rejects.toMatchObject({ status: 502, code: 'outcome_unknown' });
    expect(simulator.requests.count(path)).toBe(1);
  });

  test.each(operations)('%s: an abort under way leaves it unknown', async (_, act, path) => {
    simulator.fault({ match: { path }, respond: { kind: 'hang' } });
    const controller = new AbortController();
    const acting = act(testRetell(simulator, { callTimeoutMs: 10_000 }).session(controller));
    void arrived(simulator, path).then(() => controller.abort());
    await expect(acting).rejects.toMatchObject({ code: 'outcome_unknown' });
  });

  test.each(operations)('%s: a refusal is a plain one', async (_, act, path) => {
    simulator.fault({ match: { path }, respond: { kind: 'answer', status: 422, body: { message: 'no' } } });
    await expect(act(session())).rejects.toMatchObject({ code: 'retell_refused', details: { retell_status: 422 } });
  });

  test.each(operations)('%s: a 429 was not carried out, so it is sent again', async (_, act, path) => {
    if (path.startsWith('/publish')) simulator.account.edit(ID, { agent_name: 'Bob' });
    simulator.fault({ match: { path }, times: 2, respond: { kind: 'answer', status: 429, body: {} } });
    await act(session());
    expect(simulator.requests.count(path)).toBe(3);
  });

  test('an unreadable success of createAgent is unknown, too', async () => {
    const respond = {
      kind: 'answer',
      status: 201,
      body: '{"agent',
      headers: { 'content-type': 'application/json' },
    } as const;
    simulator.fault({ match: { path: '/create-agent' }, respond });
    await expect(session().createAgent(NEW_AGENT)).rejects.toMatchObject({ code: 'outcome_unknown' });
  });

  test.each<[string, () => Promise<Pick<Simulator, 'url'>>]>([
    ['nobody listens', deserted],
    ['no such host', noSuchHost],
  ])('[R10] %s: nothing was carried out, so it is sent again', async (_, place) => {
    const retell = testRetell(await place(), { callTimeoutMs: 5_000 }).session({});
    await expect(retell.createAgent(NEW_AGENT)).rejects.toMatchObject({ code: 'retell_unavailable' });
    expect(retell.calls()).toBe(5);
  });
});

test('a rename does no harm twice, so it is repeated', async () => {
  simulator.account.edit(ID, { voice_id: 'v2' });
  simulator.fault({ match: { method: 'PATCH' }, times: 2, respond: { kind: 'after_effect', answer: 'destroy' } });
  await session().renameDraft(ID, 'Bob');
  expect(simulator.requests.count('/update-agent')).toBe(3);
});
