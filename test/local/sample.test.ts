import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { findRunning, type Running, removeRunning, runningFile, writeRunning } from '../../infra/local/pid-file.ts';
import { agentResponse, latestVersion } from '../../infra/local/retell-simulator/account.ts';
import { EVENT_NAMES } from '../../infra/local/retell-simulator/events.ts';
import { runSample } from '../../infra/local/run-sample.ts';
import { accountFile, SAMPLE_AGENTS } from '../../infra/local/sample-account.ts';
import { verifySignature } from '../../shared/retell/signature.ts';
import type { Simulator } from '../support/simulator.ts';
import { TEST_KEY, testSimulator } from '../support/simulator.ts';

const WEBHOOK_KEY = 'webhook_key';
let simulator: Simulator;
let webhook: Server;
let project: string;
let received: unknown[] = [];

beforeEach(async () => {
  simulator = await testSimulator(SAMPLE_AGENTS);
  received = [];
  webhook = createServer((request, response) => void receive(request, response));
  await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve));
  project = await mkdtemp(join(tmpdir(), 'sample-'));
  await run({});
});
afterEach(async () => {
  webhook.closeAllConnections();
  webhook.close();
  await simulator.close();
  await rm(project, { recursive: true });
});

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await buffer(request);
  const valid = await verifySignature(body, String(request.headers['x-retell-signature']), [WEBHOOK_KEY]);
  if (valid) received.push({ path: request.url, ...JSON.parse(body.toString()) });
  response.writeHead(valid ? 200 : 401).end('{"success":true}');
}

/** Writes what `npm start` would write. */
async function run(changes: Partial<Running>): Promise<void> {
  const address = webhook.address();
  const port = typeof address === 'object' ? address?.port : 0;
  await writeRunning(project, {
    pid: process.pid,
    url: `http://127.0.0.1:${port}`,
    simulator_url: simulator.url,
    retell_api_key: TEST_KEY,
    webhook_key: WEBHOOK_KEY,
    ...changes,
  });
}

function shown(agent_id: string): unknown {
  const agent = simulator.account.get(agent_id);
  return agent && agentResponse(agent, latestVersion(agent));
}

const LISA = 'agent_1f0c6a9d84e2b7350d91c4f8a2';
const DRAFT = 'agent_3c94e07ab162d85f3b40a7e91d';

test('[S93] a name cannot control the terminal, hide its characters or end its line', async () => {
  simulator.account.addAgent({ agent_id: 'agent_hostile', agent_name: 'Bob\u001b[2J\nagent_fake \u202egnp.\u200b' });
  const listed = await runSample(['list'], project);
  expect(listed).toContain(String.raw`Bob\u001B[2J\u000Aagent_fake \u202Egnp.\u200B`);
  const renamed = await runSample(['rename', 'agent_hostile', 'Bob\u202e'], project);
  expect(`${listed}${renamed}`.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

test('list shows one agent per line', async () => {
  const lines = (await runSample(['list'], project)).split('\n');
  expect(lines).toHaveLength(SAMPLE_AGENTS.length);
  expect(lines[0]).toMatch(/^agent_1f0c6a9d84e2b7350d91c4f8a2 {2}Explorer Lisa +11labs-Chloe +version 0, published$/u);
  expect(lines.filter((line) => line.includes('(no voice)'))).toHaveLength(1);
  expect(lines.filter((line) => line.includes('(no name)'))).toHaveLength(1);
});

test('rename publishes an agent again that was published, and keeps a draft a draft', async () => {
  await expect(runSample(['rename', 'Explorer Lisa', 'Explorer Luise'], project)).resolves.toContain('version 1');
  expect(shown(LISA)).toMatchObject({ agent_name: 'Explorer Luise', version: 1, is_published: true });
  await runSample(['rename', DRAFT, 'Luise'], project);
  expect(shown(DRAFT)).toMatchObject({ agent_name: 'Luise', version: 0, is_published: false });
  expect(received).toEqual([]);
});

test('voice, add and delete change the account, and send the event with --event', async () => {
  await runSample(['voice', LISA, 'v2', '--event'], project);
  expect(shown(LISA)).toMatchObject({ voice_id: 'v2', is_published: true });
  const added = await runSample(['--event', 'add', 'Interview Zoë'], project);
  const agent_id = /agent_[0-9a-f]{26}/u.exec(added)?.[0] ?? '';
  expect(shown(agent_id)).toMatchObject({ agent_name: 'Interview Zoë' });
  await expect(runSample(['delete', 'Interview Zoë', '--event'], project)).resolves.toContain('status 200');
  expect(shown(agent_id)).toBeUndefined();
  const path = '/api/retell-webhook';
  expect(received).toEqual([
    { path, type: 'agent.updated', data: { agent_id: LISA, agent_name: 'Explorer Lisa' } },
    { path, type: 'agent.created', data: { agent_id, agent_name: 'Interview Zoë' } },
    { path, type: 'agent.deleted', data: { agent_id, agent_name: 'Interview Zoë' } },
  ]);
});

test.each(EVENT_NAMES)('send %s is signed and names the agent', async (event) => {
  await expect(runSample(['send', event, LISA], project)).resolves.toContain('status 200');
  expect(JSON.stringify(received)).toContain(LISA);
});

describe('one line says', () => {
  test.each<[string, string[], RegExp]>([
    ['that a name is unknown', ['rename', 'Nobody', 'x'], /^No agent has the id or the name "Nobody"\.$/u],
    ['that a name is not unique', ['delete', 'Sales role interview'], /^Several agents are named/u],
    ['that a command is unknown', ['explode'], /^There is no command "explode"/u],
    ['that an event is unknown', ['send', 'agent.exploded', LISA], /^There is no event "agent.exploded"/u],
    ['that arguments are missing', ['rename', LISA], /^`rename` takes 2/u],
  ])('%s', async (_, args, sentence) => {
    await expect(runSample(args, project)).rejects.toThrow(sentence);
  });

  test.each<[string, Partial<Running>]>([
    ['has ended', { pid: 2 ** 22 + 1 }],
    ['wrote something else', { url: 'nowhere' }],
  ])('that nothing runs when the server %s', async (_, changes) => {
    await run(changes);
    await expect(runSample(['list'], project)).rejects.toThrow(
      'No sample account runs here: start it with `npm start`, without RETELL_API_KEY.',
    );
  });

  test('that nothing runs before the first start', async () => {
    await expect(runSample(['list'], join(project, 'elsewhere'))).rejects.toThrow('npm start');
  });
});

describe('reset', () => {
  test('lets the next start begin with the sample agents', async () => {
    await removeRunning(project);
    await writeFile(accountFile(project), '{"agents": []}');
    await expect(runSample(['reset'], project)).resolves.toContain('begins with the sample agents');
    await expect(stat(accountFile(project))).rejects.toThrow('ENOENT');
    await expect(runSample(['reset'], project)).resolves.toContain('begins with the sample agents');
  });

  test('is refused while the service holds the account', async () => {
    await writeFile(accountFile(project), '{"agents": []}');
    await expect(runSample(['reset'], project)).rejects.toThrow(/^Stop `npm start` first: http/u);
    expect((await stat(accountFile(project))).size).toBeGreaterThan(0);
  });
});

test('the file that names the server is readable by its owner only, and removed with it', async () => {
  expect((await stat(runningFile(project))).mode.toString(8)).toMatch(/600$/u);
  await expect(findRunning(project)).resolves.toMatchObject({ webhook_key: WEBHOOK_KEY });
  await removeRunning(project);
  await expect(findRunning(project)).resolves.toBeNull();
});

test('help works while nothing runs', async () => {
  await expect(runSample(['--help'], '/nowhere')).resolves.toContain('npm run sample -- rename');
});
