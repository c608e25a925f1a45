import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Retell } from 'retell-sdk';
import { startSimulator } from '../../infra/local/retell-simulator/start-simulator.ts';
import { SAMPLE_AGENTS } from '../../infra/local/sample-account.ts';
import { raw } from '../support/local-server.ts';
import { arrived, type Simulator, TEST_KEY, testSimulator } from '../support/simulator.ts';

const ID = 'agent_1';
const ENGINE = { type: 'retell-llm', llm_id: 'llm_1' } as const;
let simulator: Simulator;
let client: Retell;
beforeEach(async () => {
  simulator = await testSimulator([
    { agent_id: ID, agent_name: 'Lisa', published: true, modified_at: 1_700_000_000_000 },
  ]);
  client = sdk(simulator);
});
afterEach(() => simulator.close());

function sdk({ url }: Simulator, apiKey = TEST_KEY): Retell {
  return new Retell({ apiKey, baseURL: url, maxRetries: 0, logLevel: 'off' });
}

async function publish(agent_id: string, version: number): Promise<Response> {
  return client.agent.publish(agent_id, { version }).asResponse();
}

describe('agents', () => {
  test('are created, drafted, published and deleted', async () => {
    const made = await client.agent
      .create({ agent_name: 'Bob', voice_id: 'v', response_engine: ENGINE })
      .withResponse();
    expect(made.response.status).toBe(201);
    expect(made.data).toMatchObject({ version: 0, is_published: false, agent_name: 'Bob', voice_id: 'v' });
    const { agent_id } = made.data;
    expect(agent_id).toMatch(/^agent_[0-9a-f]{26}$/u);
    await publish(agent_id, 0);
    const draft = await client.agent.createVersion(agent_id, { base_version: 0 });
    expect(draft).toMatchObject({ version: 1, base_version: 0, is_published: false });
    await client.agent.update(agent_id, { agent_name: 'Bobby' });
    await expect(client.agent.retrieve(agent_id)).resolves.toMatchObject({ version: 1, agent_name: 'Bobby' });
    const published = { version: 'latest_published' };
    await expect(client.agent.retrieve(agent_id, published)).resolves.toMatchObject({ version: 0, agent_name: 'Bob' });
    const deleted = await client.agent.delete(agent_id).asResponse();
    expect(deleted.status).toBe(204);
    await expect(client.agent.retrieve(agent_id)).rejects.toMatchObject({
      status: 404,
      error: { status: 'error', message: `Item ${agent_id} not found from agent` },
    });
  });

  test('refuse changes once they are published', async () => {
    const refusal = { status: 422, message: expect.stringContaining('Cannot update published agent') };
    await expect(client.agent.update(ID, { agent_name: 'Bob' })).rejects.toMatchObject(refusal);
    await expect(publish(ID, 0)).rejects.toMatchObject({ status: 422 });
  });

  test('are published with an empty response that claims to be JSON, which the SDK fails to parse', async () => {
    simulator.account.edit(ID, { agent_name: 'Bob' });
    simulator.account.edit(ID, { agent_name: 'Bobby' });
    const response = await publish(ID, 1);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('application/json');
    await expect(response.text()).resolves.toBe('');
    simulator.account.edit(ID, { agent_name: 'Robert' });
    await expect(client.agent.publish(ID, { version: 2 })).rejects.toThrow('JSON');
    await expect(client.agent.retrieve(ID)).resolves.toMatchObject({ version: 2, is_published: true });
  });

  test('have the timestamp of their last edit', async () => {
    const before = simulator.account.get(ID)?.user_modified_timestamp ?? 0;
    await client.agent.createVersion(ID, { base_version: 0 });
    await client.agent.update(ID, { voice_id: 'v2' });
    const after = simulator.account.get(ID)?.user_modified_timestamp ?? 0;
    expect(after).toBeGreaterThan(before);
    await expect(client.agent.retrieve(ID)).resolves.toMatchObject({ last_modification_timestamp: after });
  });

  test.each<[string, () => Promise<unknown>, number]>([
    ['no voice', () => client.post('/create-agent', { body: { response_engine: ENGINE } }), 400],
    ['no engine', () => client.post('/create-agent', { body: { voice_id: 'v' } }), 400],
    ['a number as name', () => client.patch(`/update-agent/${ID}`, { body: { agent_name: 7 } }), 400],
    ['an unknown base version', () => client.agent.createVersion(ID, { base_version: 9 }), 422],
    ['an unknown version to publish', () => publish(ID, 9), 422],
    ['an unknown agent', () => client.agent.update('agent_2', {}), 404],
    ['a listing of 1001', () => client.agent.list({ limit: 1001 }), 422],
    ['an invented key', () => client.agent.list({ pagination_key: 'x' }), 422],
    [
      'a filter, which is not simulated',
      () => client.agent.list({ filter_criteria: { channel: { type: 'string', op: 'eq', value: 'voice' } } }),
      400,
    ],
    ['the listing of v1', () => client.get('/list-agents'), 404],
    ['another key', () => sdk(simulator, 'wrong').agent.retrieve(ID), 401],
  ])('refuse %s as Retell does', async (_, act, status) => {
    await expect(act()).rejects.toMatchObject({ status, error: { status: 'error', message: expect.any(String) } });
  });

  test('name the owner of their API key', async () => {
    await expect(client.identity.retrieve()).resolves.toMatchObject({ org_name: expect.any(String) });
  });
});

describe('the listing', () => {
  test('shows five fields and no others', async () => {
    const { items, ...rest } = await client.agent.list();
    expect(rest).toEqual({ has_more: false });
    expect(items).toEqual([
      { agent_id: ID, agent_name: 'Lisa', channel: 'voice', tags: {}, user_modified_timestamp: 1_700_000_000_000 },
    ]);
  });

  test('has stable pages while agents are added and removed', async () => {
    simulator.seed(120);
    const first = await client.agent.list();
    expect(first).toMatchObject({ has_more: true, items: { length: 50 } });
    simulator.account.delete(ID);
    simulator.account.addAgent({ agent_name: 'newcomer' });
    const seen = [...first.items];
    for (let key = first.pagination_key; key !== undefined; ) {
      const page = await client.agent.list({ pagination_key: key });
      seen.push(...page.items);
      key = page.pagination_key;
    }
    expect(seen).toHaveLength(122);
    expect(new Set(seen.map((item) => item.agent_id)).size).toBe(122);
  });

  test('of 100,000 agents is fast', async () => {
    const before = process.memoryUsage().heapUsed;
    simulator.seed(100_000);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200_000_000);
    await expect(client.agent.list({ limit: 1000 })).resolves.toMatchObject({ items: { length: 1000 } });
  });
});

test.each([
  ['on its way to Retell takes effect later', { there: 20, back: 0 }, 'Bob'],
  ['on its way back returns the earlier value', { there: 0, back: 20 }, 'Lisa'],
])('a request that is delayed %s', async (_, travel, agent_name) => {
  simulator.setLatency(() => travel);
  const asking = client.agent.retrieve(ID);
  await arrived(simulator, '/get-agent');
  simulator.account.edit(ID, { agent_name: 'Bob' });
  await expect(asking).resolves.toMatchObject({ agent_name });
});

test('requests over the rate limit are refused as Retell does', async () => {
  const limited = await testSimulator([], { rateLimit: 3 });
  const answers = await Promise.allSettled([1, 2, 3, 4, 5].map(() => sdk(limited).agent.list()));
  expect(answers.filter((answer) => answer.status === 'fulfilled')).toHaveLength(3);
  expect(answers.at(-1)).toMatchObject({
    reason: { status: 429, message: expect.stringContaining('Account rate limited, please throttle your requests.') },
  });
  await limited.close();
});

test.each([
  ['the name of a web page', 'Host: evil.example', 403],
  ['two names', 'Host: localhost\r\nHost: evil.example', 403],
  ['the name of this machine', 'Host: localhost', 200],
])('[S122] a request to %s (%s) has the status %d', async (_, lines, status) => {
  const head = `GET /get-api-key-info HTTP/1.1\r\n${lines}\r\nAuthorization: Bearer ${TEST_KEY}\r\nConnection: close`;
  expect(await raw(simulator, `${head}\r\n\r\n`)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
});

describe('between starts', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'simulator-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  test('the account is kept', async () => {
    const options = { apiKey: TEST_KEY, statePath: join(directory, 'deep', 'account.json'), agents: SAMPLE_AGENTS };
    const first = await startSimulator(options);
    expect(first.account.agents.size).toBe(SAMPLE_AGENTS.length);
    first.account.edit(SAMPLE_AGENTS[0]?.agent_id ?? '', { agent_name: 'Explorer Luise' });
    const { agent_id } = first.account.addAgent({ agent_name: 'Bob' });
    await first.close();
    const second = await startSimulator(options);
    expect([...second.account.agents]).toEqual([...first.account.agents]);
    second.account.delete(agent_id);
    await second.close();
    const third = await startSimulator(options);
    expect(third.account.get(agent_id)).toBeUndefined();
    await third.close();
    await expect(readdir(join(directory, 'deep'))).resolves.toEqual(['account.json']);
  });

  test('a file with other content is left unchanged', async () => {
    const statePath = join(directory, 'account.json');
    await writeFile(statePath, '{"agents":[1]}');
    await expect(startSimulator({ apiKey: TEST_KEY, statePath })).rejects.toThrow('does not hold a simulated');
  });
});

test('closes without waiting for open requests', async () => {
  const closing = await testSimulator([{ agent_id: ID }]);
  closing.fault({ match: { agent_id: ID }, respond: { kind: 'hang' } });
  const asking = sdk(closing).agent.retrieve(ID).then(String, String);
  await arrived(closing, '/get-agent');
  await closing.close();
  await expect(asking).resolves.toContain('Connection error');
});

test('[S122] a body over 10 MB is not kept, whoever sends it: the connection ends', async () => {
  const body = Buffer.alloc(10_000_001, ' ');
  await expect(fetch(`${simulator.url}/v2/list-agents`, { method: 'POST', body })).rejects.toThrow('fetch failed');
});
