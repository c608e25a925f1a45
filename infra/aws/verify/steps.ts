/** The steps, in order. A step throws if what it verifies does not hold. */
import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { RebootInstancesCommand } from '@aws-sdk/client-ec2';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { GetScheduleCommand } from '@aws-sdk/client-scheduler';
import { RotateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { required, type StepContext } from './context.ts';

export interface Step {
  readonly name: string;
  /** Resolves to what it found, or to null if it does not apply. */
  readonly run: (context: StepContext) => Promise<string | null>;
}

const REQUEST_MS = 35_000;
const NAT_RESTART_MS = 120_000;
/** One period of the schedule, plus a minute for the run. */
const RUN_MS = 6 * 60_000;

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

async function send(
  { outputs }: StepContext,
  path: string,
  request: Sent = {},
): Promise<{ status: number; body: string }> {
  const response = await fetch(required(outputs, 'ApiUrl') + path, {
    ...request,
    signal: AbortSignal.timeout(REQUEST_MS),
  });
  return { status: response.status, body: await response.text() };
}

async function authorized(context: StepContext, path: string, request: Sent = {}): Promise<string> {
  const authorization = `Bearer ${await context.secret('SyncTokenSecretArn')}`;
  const { status, body } = await send(context, path, { ...request, headers: { ...request.headers, authorization } });
  if (status !== 200) throw new Error(`${path} responded with ${status}: ${body.slice(0, 300)}`);
  return body;
}

const outputs: Step = {
  name: 'outputs',
  run: async (context) => `${context.outputs.size}, among them ${required(context.outputs, 'WebhookUrl')}`,
};

const health: Step = {
  name: 'health',
  async run(context) {
    const { status, body } = await send(context, '/api/health');
    if (status !== 200) throw new Error(`${status}: ${body.slice(0, 300)}`);
    return 'the database is reached';
  },
};

const token: Step = {
  name: 'token',
  async run(context) {
    const { status } = await send(context, '/api/sync-runs');
    if (status !== 401) throw new Error(`Without the token /api/sync-runs responded with ${status}`);
    return 'a request without it is refused';
  },
};

async function dryRun(context: StepContext): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const body = await authorized(context, '/api/sync-retell-agents', {
    method: 'POST',
    headers,
    body: '{"dry_run":true}',
  });
  const { message }: { message?: unknown } = JSON.parse(body);
  return String(message);
}

const dryRunStep: Step = { name: 'dry run', run: dryRun };

const schedule: Step = {
  name: 'schedule',
  async run(context) {
    const Name = required(context.outputs, 'ScheduleName');
    const { State, ScheduleExpression } = await context.clients.scheduler.send(new GetScheduleCommand({ Name }));
    if (State === 'DISABLED') return null;
    if (!/^rate\([1-5] minutes?\)$/.test(ScheduleExpression ?? ''))
      return `${ScheduleExpression}: too seldom to wait for`;
    const before = await lastScheduledRun(context);
    const until = Date.now() + RUN_MS;
    while (Date.now() < until) {
      await delay(10_000);
      const last = await lastScheduledRun(context);
      if (last !== before) return `run ${last}`;
    }
    throw new Error('No scheduled run appeared in the history within six minutes');
  },
};

async function lastScheduledRun(context: StepContext): Promise<string> {
  const { runs = [] }: { runs?: { id?: number; trigger?: string }[] } = JSON.parse(
    await authorized(context, '/api/sync-runs'),
  );
  return String(runs.find(({ trigger }) => trigger === 'schedule')?.id ?? 'none');
}

const webhooks: Step = {
  name: 'webhooks',
  async run(context) {
    const body = JSON.stringify({ event: 'agent_updated', agent: { agent_id: 'agent_verify_deployed' } });
    const unsigned = await send(context, '/api/retell-webhook', { method: 'POST', body });
    if (unsigned.status !== 401) throw new Error(`Without a signature the response was ${unsigned.status}`);
    if (context.deployment.settings.retellWebhookSecret !== undefined)
      return 'one without a signature is refused; send a signed one with the test button of Retell';
    const headers = { 'x-retell-signature': signatureOf(body, await context.secret('RetellApiKeySecretArn')) };
    const signed = await send(context, '/api/retell-webhook', { method: 'POST', body, headers });
    if (signed.status !== 200)
      throw new Error(`With a signature the response was ${signed.status}: ${signed.body.slice(0, 300)}`);
    return 'one without a signature is refused, one with it accepted';
  },
};

/** Signs the time and the body, as Retell does. */
export function signatureOf(body: string, key: string, now = Date.now()): string {
  return `v=${now},d=${createHmac('sha256', key)
    .update(body + now)
    .digest('hex')}`;
}

const alarm: Step = {
  name: 'alarm',
  async run({ clients, outputs: known }) {
    const AlarmName = required(known, 'AlarmName').replace('needs-attention', 'requests-refused');
    const set = (StateValue: 'ALARM' | 'OK') =>
      clients.cloudWatch.send(
        new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'npm run verify:deployed' }),
      );
    await set('ALARM');
    await delay(5_000);
    await set('OK');
    return `${AlarmName} was raised and cleared: two mails (and messages in Slack) must have arrived`;
  },
};

const nat: Step = {
  name: 'restart of the NAT',
  async run(context) {
    const id = context.outputs.get('NatInstanceId');
    if (!context.options.restartNat || id === undefined) return null;
    await context.clients.ec2.send(new RebootInstancesCommand({ InstanceIds: [id] }));
    await delay(NAT_RESTART_MS);
    return `${id} forwards again: ${await dryRun(context)}`;
  },
};

const rotation: Step = {
  name: 'another password',
  async run(context) {
    const { outputs: known, clients, options } = context;
    const SecretId = known.get('DatabaseOwnerSecretArn');
    if (!options.rotate || SecretId === undefined) return null;
    await clients.secrets.send(new RotateSecretCommand({ SecretId, RotateImmediately: true }));
    await delay(30_000);
    const FunctionName = required(known, 'MigrateFunctionName');
    const { FunctionError, Payload } = await clients.lambda.send(new InvokeCommand({ FunctionName, Payload: '{}' }));
    if (FunctionError !== undefined)
      throw new Error(
        Buffer.from(Payload ?? [])
          .toString()
          .slice(0, 300),
      );
    return 'the migrations signed in with it';
  },
};

export const STEPS: readonly Step[] = [outputs, health, token, dryRunStep, webhooks, alarm, nat, rotation, schedule];

/** Returns whether all steps passed. The steps after a failed one run too. */
export async function runSteps(
  steps: readonly Step[],
  context: StepContext,
  print: (line: string) => void,
): Promise<boolean> {
  let ok = true;
  for (const { name, run } of steps) {
    try {
      const seen = await run(context);
      print(seen === null ? `skipped  ${name}` : `passed   ${name}: ${seen}`);
    } catch (error) {
      ok = false;
      print(`FAILED   ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return ok;
}
