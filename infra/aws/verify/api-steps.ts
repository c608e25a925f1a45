/** Steps that check what a caller sees of a deployment. */
import { createHmac } from 'node:crypto';
import { GetScheduleCommand } from '@aws-sdk/client-scheduler';
import { required, type StepContext } from './context.ts';
import { authorized, dryRun, send } from './requests.ts';
import { type Step, waitFor } from './step.ts';

/** A period of the schedule, and a minute for the run. */
const RUN_MS = 6 * 60_000;

export const outputs: Step = {
  name: 'outputs',
  run: async (context) => `${context.outputs.size}, among them ${required(context.outputs, 'WebhookUrl')}`,
};

export const health: Step = {
  name: 'health',
  async run(context) {
    const { status, body } = await send(context, '/api/health');
    if (status !== 200) throw new Error(`${status}: ${body.slice(0, 300)}`);
    return 'the database is reached';
  },
};

export const token: Step = {
  name: 'token',
  async run(context) {
    const { status } = await send(context, '/api/sync-runs');
    if (status !== 401) throw new Error(`Without the token /api/sync-runs responded with ${status}`);
    return 'a request without it is refused';
  },
};

export const status: Step = {
  name: 'status',
  async run(context) {
    const body = await authorized(context, '/api/scheduled-sync?action=status');
    const { status: seen = {} }: { status?: { state?: unknown; reason?: unknown } } = JSON.parse(body);
    return `${String(seen.state)}${typeof seen.reason === 'string' ? ` (${seen.reason})` : ''}`;
  },
};

export const dryRunStep: Step = { name: 'dry run', run: dryRun };

export const schedule: Step = {
  name: 'schedule',
  async run(context) {
    const Name = required(context.outputs, 'ScheduleName');
    const { State, ScheduleExpression } = await context.clients.scheduler.send(new GetScheduleCommand({ Name }));
    if (State === 'DISABLED') return { skipped: 'it is off' };
    if (!/^rate\([1-5] minutes?\)$/.test(ScheduleExpression ?? ''))
      return { skipped: `${ScheduleExpression} is too seldom to wait for` };
    const before = await lastScheduledRun(context);
    const { pauseMs } = context.options;
    const run = await waitFor(
      async () => {
        const last = await lastScheduledRun(context);
        return last === before ? null : last;
      },
      { forMs: RUN_MS, pauseMs },
    );
    if (run === null) throw new Error('No scheduled run appeared in the history within six minutes');
    return `run ${run}`;
  },
};

async function lastScheduledRun(context: StepContext): Promise<string> {
  const { runs = [] }: { runs?: { id?: number; trigger?: string }[] } = JSON.parse(
    await authorized(context, '/api/sync-runs'),
  );
  return String(runs.find(({ trigger }) => trigger === 'schedule')?.id ?? 'none');
}

export const webhooks: Step = {
  name: 'webhooks',
  async run(context) {
    const body = JSON.stringify({ event: 'agent_updated', agent: { agent_id: 'agent_verify_deployed' } });
    const unsigned = await send(context, '/api/retell-webhook', { method: 'POST', body });
    if (unsigned.status !== 401) throw new Error(`Without a signature the response was ${unsigned.status}`);
    const headers = { 'x-retell-signature': signatureOf(body, await webhookKey(context)) };
    const signed = await send(context, '/api/retell-webhook', { method: 'POST', body, headers });
    if (signed.status !== 200)
      throw new Error(`With a signature the response was ${signed.status}: ${signed.body.slice(0, 300)}`);
    return 'one without a signature is refused, one with it accepted';
  },
};

/** The first key of a secret of webhook keys, if there is one; else the API key. */
async function webhookKey(context: StepContext): Promise<string> {
  const { retellWebhookSecret } = context.deployment.settings;
  if (retellWebhookSecret === undefined) return await context.secret('RetellApiKeySecretArn');
  const [key = ''] = (await context.secretNamed(retellWebhookSecret)).split(',');
  return key.trim();
}

/** The signature as Retell makes it: over the time and the body. */
export function signatureOf(body: string, key: string, now = Date.now()): string {
  return `v=${now},d=${createHmac('sha256', key)
    .update(body + now)
    .digest('hex')}`;
}
