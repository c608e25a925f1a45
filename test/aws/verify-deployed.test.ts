/** The steps of `npm run verify:deployed`, against the built functions behind a server of this machine. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseSettings } from '../../infra/aws/settings.ts';
import { createClients, type StepContext } from '../../infra/aws/verify/context.ts';
import { runSteps, STEPS, signatureOf } from '../../infra/aws/verify/steps.ts';
import { verifySignature } from '../../shared/retell/signature.ts';
import { type DeployedSystem, startDeployedSystem, THREE_AGENTS, TOKEN } from '../support/deployed-system.ts';
import { withOneSecret } from '../support/deployment-settings.ts';
import { TEST_KEY } from '../support/simulator.ts';
import { synthesise } from '../support/synthesised.ts';

const HTTP_STEPS = STEPS.filter(({ name }) => ['outputs', 'health', 'token', 'dry run', 'webhooks'].includes(name));

test('signs as Retell does', async () => {
  expect(await verifySignature('{"event":"x"}', signatureOf('{"event":"x"}', 'key'), ['key'])).toBe(true);
});

describe('the steps', () => {
  let system: DeployedSystem;
  let api: Server;
  let url: string;
  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/' } = request;
    const sent = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const body = await text(request);
    const { status, text: answer } = await system.request({
      method,
      path,
      headers: { authorization: '', ...sent },
      body,
    });
    response.writeHead(status).end(answer);
  }
  beforeAll(async () => {
    system = await startDeployedSystem(await synthesise(), { agents: THREE_AGENTS });
    api = createServer((request, response) => {
      void respond(request, response);
    });
    api.listen(0, '127.0.0.1');
    await once(api, 'listening');
    const address = api.address();
    url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }, 180_000);
  afterAll(async () => {
    api.close();
    await system.close();
  });

  async function run(secrets: Readonly<Record<string, string>>) {
    const context: StepContext = {
      deployment: { name: 'test', settings: parseSettings(withOneSecret(), 'test'), isExample: false },
      options: { restartNat: false, rotate: false },
      outputs: new Map([
        ['ApiUrl', url],
        ['WebhookUrl', `${url}/api/retell-webhook`],
      ]),
      clients: createClients('eu-central-1'),
      secret: async (output) => secrets[output] ?? '',
    };
    const lines: string[] = [];
    const ok = await runSteps(HTTP_STEPS, context, (line) => void lines.push(line));
    return { ok, lines };
  }

  test('pass on a deployment that works', async () => {
    const { ok, lines } = await run({ SyncTokenSecretArn: TOKEN, RetellApiKeySecretArn: TEST_KEY });
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      'passed   outputs',
      'passed   health',
      'passed   token',
      'passed   dry run',
      'passed   webhooks',
    ]);
    expect(ok).toBe(true);
    expect(await system.activeNames()).toEqual([]);
  }, 60_000);

  test('name a failed step, and run the others', async () => {
    const { ok, lines } = await run({ SyncTokenSecretArn: 'another-token', RetellApiKeySecretArn: TEST_KEY });
    expect(ok).toBe(false);
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^FAILED {3}dry run: \/api\/sync-retell-agents responded with 401/),
        expect.stringMatching(/^passed {3}webhooks: /),
      ]),
    );
  }, 60_000);
});
