/** The relay in docs/webhooks.md, run unchanged. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { TEST_KEY } from '../support/simulator.ts';
import { startSystem } from '../support/system.ts';

test('the webhook that the documented relay sends creates the row', async () => {
  const document = await readFile('docs/webhooks.md', 'utf8');
  const sample = /```ts\n(.*?)```/su.exec(document)?.[1] ?? '';
  const system = await startSystem({ agents: [{ agent_id: 'agent_1', agent_name: 'Interview 1' }] });
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const answer = await system.call('POST /api/retell-webhook', await buffer(request), { headers });
    response.writeHead(answer.status).end(JSON.stringify(answer.body));
  };
  const gateway = createServer((request, response) => void pass(request, response));
  gateway.listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  try {
    const address = gateway.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const program = `${sample}\nawait announceAgent('agent.created', 'agent_1');`;
    await promisify(execFile)(process.execPath, ['--input-type=module-typescript', '--eval', program], {
      env: { SYNC_WEBHOOK_URL: `http://127.0.0.1:${port}/`, RETELL_WEBHOOK_KEY: TEST_KEY },
    });
    expect(await system.rows()).toMatchObject([{ agent_id: 'agent_1', sync_status: 'active' }]);
  } finally {
    gateway.close();
    await system.close();
  }
});
