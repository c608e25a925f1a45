/** The steps of `npm run verify:deployed`, against the built functions behind a local server. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseSettings } from '../../infra/aws/settings.ts';
import { signatureOf } from '../../infra/aws/verify/api-steps.ts';
import { createClients, type StepContext } from '../../infra/aws/verify/context.ts';
import { runSteps } from '../../infra/aws/verify/step.ts';
import { STEPS } from '../../infra/aws/verify/steps.ts';
import { verifySignature } from '../../shared/retell/signature.ts';
import { type DeployedSystem, startDeployedSystem, THREE_AGENTS, TOKEN } from '../support/deployed-system.ts';
import { withOneSecret } from '../support/deployment-settings.ts';
import { schedulerEvent } from '../support/events.ts';
import { TEST_KEY } from '../support/simulator.ts';
import { synthesize } from '../support/synthesized.ts';

const HTTP_STEPS = STEPS.filter(({ name }) =>
  ['outputs', 'health', 'token', 'status', 'dry run', 'webhooks', 'schedule'].includes(name),
);

/** The response of EventBridge Scheduler about every schedule. */
async function startScheduler(schedule: object) {
  const server = createServer((_, response) => response.end(JSON.stringify(schedule)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const endpoint = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return {
    client: new SchedulerClient({ endpoint, region: 'eu-central-1', credentials }),
    close: () => server.close(),
  };
}

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
    system = await startDeployedSystem(await synthesize(), { agents: THREE_AGENTS });
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

  async function run(secrets: Readonly<Record<string, string>>, settings = {}, schedule: object = ENABLED) {
    const scheduler = await startScheduler(schedule);
    const context: StepContext = {
      deployment: { name: 'test', settings: parseSettings(withOneSecret(settings), 'test'), isExample: false },
      options: { restartNat: false, rotate: false, pauseMs: 20, settleMs: 0 },
      outputs: new Map([
        ['ApiUrl', url],
        ['WebhookUrl', `${url}/api/retell-webhook`],
        ['ScheduleName', 'schedule'],
      ]),
      clients: { ...createClients('eu-central-1'), scheduler: scheduler.client },
      secret: async (output) => secrets[output] ?? '',
      secretNamed: async (name) => secrets[name] ?? '',
    };
    const lines: string[] = [];
    const ok = await runSteps(HTTP_STEPS, context, (line) => void lines.push(line));
    scheduler.close();
    return { ok, lines };
  }
  const ENABLED = { State: 'ENABLED', ScheduleExpression: 'rate(5 minutes)' };
  const DISABLED = { State: 'DISABLED', ScheduleExpression: 'rate(1 days)' };

  test('pass on a deployment that works', async () => {
    const scheduled = await system.container('ScheduledSyncFunction');
    const running = run({ SyncTokenSecretArn: TOKEN, RetellApiKeySecretArn: TEST_KEY });
    // The schedule repeats until the history shows a run.
    const steps = { areOver: false };
    const done = running.finally(() => {
      steps.areOver = true;
    });
    while (!steps.areOver) await scheduled.invoke(schedulerEvent());
    const { ok, lines } = await done;
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      'passed   outputs',
      'passed   health',
      'passed   token',
      'passed   status',
      'passed   dry run',
      'passed   webhooks',
      'passed   schedule',
    ]);
    expect(ok).toBe(true);
  }, 60_000);

  test('show the status, and write nothing', async () => {
    const before = await system.runs();
    const { lines } = await run({ SyncTokenSecretArn: TOKEN, RetellApiKeySecretArn: TEST_KEY }, {}, DISABLED);
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^passed {3}status: (in_sync|out_of_sync|unknown)/),
        'skipped  schedule: it is off',
      ]),
    );
    expect((await system.runs()).filter(({ trigger }) => trigger === 'schedule')).toHaveLength(
      before.filter(({ trigger }) => trigger === 'schedule').length,
    );
  }, 60_000);

  test('sign with the first key of a secret of webhook keys', async () => {
    const secrets = { SyncTokenSecretArn: TOKEN, 'retell/webhook': `${TEST_KEY}, an-older-key` };
    const { lines } = await run(secrets, { retellWebhookSecret: 'retell/webhook' }, DISABLED);
    expect(lines).toContainEqual(expect.stringMatching(/^passed {3}webhooks: /));
  }, 60_000);

  test('name a failed step, and run the others', async () => {
    const { ok, lines } = await run(
      { SyncTokenSecretArn: 'another-token', RetellApiKeySecretArn: TEST_KEY },
      {},
      DISABLED,
    );
    expect(ok).toBe(false);
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^FAILED {3}dry run: \/api\/sync-retell-agents responded with 401/),
        expect.stringMatching(/^passed {3}webhooks: /),
      ]),
    );
  }, 60_000);
});
