/** The `ts` programs in docs/webhooks.md, run unchanged. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Retell } from 'retell-sdk';
import { TEST_KEY } from '../support/simulator.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

let system: TestSystem;
let url = '';
const gateway = createServer((request, response) => void pass(request, response));

async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const answer = await system.call('POST /api/retell-webhook', await buffer(request), { headers });
  response.writeHead(answer.status).end(JSON.stringify(answer.body));
}

beforeEach(async () => {
  system = await startSystem({ agents: [{ agent_id: 'agent_1', agent_name: 'Interview 1' }] });
  gateway.listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  const address = gateway.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`;
});

afterEach(async () => {
  gateway.close();
  await system.close();
});

/** Runs the documented program that defines this function, and then the statement. */
async function runDocumented(name: string, statement: string, SYNC_WEBHOOK_URL = url): Promise<string> {
  const document = await readFile('docs/webhooks.md', 'utf8');
  const programs = [...document.matchAll(/```ts\n(.*?)```/gsu)].map(([, program]) => program ?? '');
  const program = `${programs.find((text) => text.includes(`function ${name}(`))}\n${statement}`;
  const { stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module-typescript', '--eval', program],
    {
      env: { SYNC_WEBHOOK_URL, RETELL_WEBHOOK_KEY: TEST_KEY },
    },
  );
  return stderr;
}

test('the webhook that the documented relay sends creates the row', async () => {
  await runDocumented('announceAgent', `await announceAgent('agent.created', 'agent_1');`);
  expect(await system.rows()).toMatchObject([{ agent_id: 'agent_1', sync_status: 'active' }]);
});

async function forward(body: string, signature: string, address = url): Promise<string> {
  const values = [body, signature].map((value) => JSON.stringify(value)).join(', ');
  return await runDocumented('forwardEvent', `await forwardEvent(${values});`, address);
}

/** As Retell sends it to the platform: its bytes are not what JSON.stringify would make of it. */
const CALL = '{ "event": "call_started", "call": {"agent_id": "agent_1", "agent_version": 0} }';

test('an event of Retell that the platform forwards as documented creates the row', async () => {
  const warned = await forward(CALL, await Retell.sign(CALL, TEST_KEY));
  expect(warned).not.toContain('not forwarded');
  expect(await system.rows()).toMatchObject([{ agent_id: 'agent_1', sync_status: 'active' }]);
});

test('a forwarded event with a forged signature changes nothing, and the refusal is logged', async () => {
  const warned = await forward(CALL, await Retell.sign(CALL, 'key_of_a_stranger'));
  expect(warned).toContain('The event was not forwarded 401');
  expect(await system.rows()).toEqual([]);
});

test('the documented forwarding does not fail the platform while the service does not respond', async () => {
  const warned = await forward(CALL, 'none', 'http://127.0.0.1:1/');
  expect(warned).toContain('The event was not forwarded');
});
