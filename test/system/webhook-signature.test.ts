import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { agentEvent } from '../../infra/local/retell-simulator/events.ts';
import { signWebhook } from '../../infra/local/retell-simulator/webhooks.ts';
import { TEST_KEY } from '../support/simulator.ts';
import { useSharedSystem } from '../support/system.ts';

const WEBHOOK = 'POST /api/retell-webhook';
const AGENT = { agent_id: 'agent_1', agent_name: 'Interview Lisa' };
const BODY = JSON.stringify(agentEvent('updated', AGENT));
const TEN_MINUTES = 600_000;

const system = useSharedSystem({ agents: [{ ...AGENT, published: true }] });
beforeEach(() => {
  system.simulator.requests.clear();
  system.metrics.length = 0;
});

function send(signature: string | undefined, body: string | Buffer = BODY) {
  const headers = signature === undefined ? {} : { 'x-retell-signature': signature };
  return system.call(WEBHOOK, body, { headers: { 'content-type': 'application/json', ...headers } });
}

/** The status of the response, on a stopped clock. */
async function sentAtOnce(seconds: number): Promise<number> {
  const now = Date.now();
  jest.spyOn(Date, 'now').mockReturnValue(now);
  const { status } = await send(await signWebhook(BODY, TEST_KEY, now + seconds * 1_000));
  return status;
}
afterEach(() => {
  jest.restoreAllMocks();
});

describe('[W1] a webhook is refused before anything is read when its signature is', () => {
  test.each<[string, () => Promise<string | undefined> | string | undefined]>([
    ['[W2] missing', () => undefined],
    ['empty', () => ''],
    ['made with another key', () => signWebhook(BODY, 'key_of_another_account')],
    ['ten minutes old', () => signWebhook(BODY, TEST_KEY, Date.now() - TEN_MINUTES)],
    ['ten minutes ahead', () => signWebhook(BODY, TEST_KEY, Date.now() + TEN_MINUTES)],
    ['a bare digest', async () => (await signWebhook(BODY, TEST_KEY)).split('d=')[1]],
    ['made over another body', () => signWebhook(BODY.replace('Lisa', 'Bob'), TEST_KEY)],
    [
      'made over the body with other whitespace',
      () => signWebhook(JSON.stringify(JSON.parse(BODY), null, 1), TEST_KEY),
    ],
    [
      '[W2] two joined signatures',
      async () => `${await signWebhook(BODY, TEST_KEY)},${await signWebhook(BODY, TEST_KEY)}`,
    ],
    ['100 kB long', () => `v=${'1'.repeat(100_000)},d=${'a'.repeat(64)}`],
    ['the word undefined', () => 'undefined'],
  ])('%s', async (_, sign) => {
    const statements = system.services().database.statements();
    const { status, body } = await send(await sign());
    expect(status).toBe(401);
    expect(body).toMatchObject({ success: false, code: 'invalid_signature' });
    expect(system.metrics).toEqual([{ WebhookRejected: 1 }]);
    expect(system.services().database.statements()).toBe(statements);
    expect(system.simulator.requests.count()).toBe(0);
  });

  test.each([-301, 301])('[W4] off by more than five minutes (%i s)', async (seconds) => {
    expect(await sentAtOnce(seconds)).toBe(401);
  });

  test('[W11] made over the replacement of bytes that are not UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from(BODY), Buffer.from([0xff])]);
    expect((await send(await signWebhook(bytes.toString(), TEST_KEY), bytes)).status).toBe(401);
  });
});

describe('a webhook is accepted when', () => {
  test('it is signed with the API key and no webhook key is set', async () => {
    expect((await send(await signWebhook(BODY, TEST_KEY))).status).toBe(200);
  });

  test.each([-299, 299])('[W4] its signature is off by less than five minutes (%i s)', async (seconds) => {
    expect(await sentAtOnce(seconds)).toBe(200);
  });

  test('[W9] API Gateway has encoded its body in base64', async () => {
    expect((await send(await signWebhook(BODY, TEST_KEY), Buffer.from(BODY))).status).toBe(200);
  });

  test('[A3] the name of its signature header is in another case', async () => {
    const signature = await signWebhook(BODY, TEST_KEY);
    expect((await system.call(WEBHOOK, BODY, { headers: { 'X-Retell-Signature': signature } })).status).toBe(200);
  });
});

test('[O2] with two webhook keys both are accepted and the API key is not; after the rotation only the new key is', async () => {
  const statuses = async (...keys: string[]) => {
    const answers = await Promise.all(keys.map(async (key) => send(await signWebhook(BODY, key))));
    return answers.map(({ status }) => status);
  };
  await system.configure({ RETELL_WEBHOOK_SECRET: 'key_old_0123456789, key_new_0123456789,' });
  expect(await statuses('key_old_0123456789', 'key_new_0123456789', TEST_KEY)).toEqual([200, 200, 401]);
  await system.configure({ RETELL_WEBHOOK_SECRET: 'key_new_0123456789' });
  expect(await statuses('key_old_0123456789', 'key_new_0123456789')).toEqual([401, 200]);
  await system.configure({});
});
