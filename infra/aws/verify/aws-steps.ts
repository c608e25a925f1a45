/** Steps that check what AWS does with a deployment. */
import { setTimeout as delay } from 'node:timers/promises';
import { DescribeAlarmsCommand, SetAlarmStateCommand, type StateValue } from '@aws-sdk/client-cloudwatch';
import { RebootInstancesCommand } from '@aws-sdk/client-ec2';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { ModifyDBInstanceCommand } from '@aws-sdk/client-rds';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { required, type StepContext } from './context.ts';
import { dryRun } from './requests.ts';
import { type Step, waitFor } from './step.ts';

const ALARM_MS = 90_000;
const NAT_MS = 120_000;
const ROTATION_MS = 180_000;

interface AlarmState {
  readonly value: StateValue | undefined;
  readonly since: Date | undefined;
}

async function leadingAlarm({ clients, outputs }: StepContext): Promise<AlarmState> {
  const { CompositeAlarms = [] } = await clients.cloudWatch.send(
    new DescribeAlarmsCommand({ AlarmTypes: ['CompositeAlarm'], AlarmNames: [required(outputs, 'AlarmName')] }),
  );
  const [alarm] = CompositeAlarms;
  return { value: alarm?.StateValue, since: alarm?.StateTransitionedTimestamp ?? alarm?.StateUpdatedTimestamp };
}

/** A member of the leading alarm, because CloudWatch would not reset the leading alarm itself. */
export const alarm: Step = {
  name: 'alarm',
  async run(context) {
    const leading = required(context.outputs, 'AlarmName');
    if ((await leadingAlarm(context)).value === 'ALARM') return { skipped: `${leading} is raised already` };
    const AlarmName = leading.replace(/needs-attention$/, 'sync-state');
    const { pauseMs } = context.options;
    const becomes = async (wanted: boolean) =>
      await waitFor(async () => ((await leadingAlarm(context)).value === 'ALARM') === wanted || null, {
        forMs: ALARM_MS,
        pauseMs,
      });
    const set = (StateValue: 'ALARM' | 'OK') =>
      context.clients.cloudWatch.send(
        new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'npm run verify:deployed' }),
      );
    await set('ALARM');
    const isRaised = await becomes(true);
    await set('OK');
    if (isRaised === null) throw new Error(`${leading} was not raised by ${AlarmName}`);
    if ((await becomes(false)) === null) throw new Error(`${leading} is still raised, though ${AlarmName} is over`);
    return `${leading} was raised and cleared`;
  },
};

/** Passes if the leading alarm is not raised in this time, or was already raised before. */
export function watchAlarm(since: Date, forMs: number): Step {
  return {
    name: 'alarms',
    async run(context) {
      const raised = await waitFor(
        async () => {
          const { value, since: raisedAt } = await leadingAlarm(context);
          return value === 'ALARM' && raisedAt !== undefined && raisedAt >= since ? raisedAt : null;
        },
        { forMs, pauseMs: context.options.pauseMs },
      );
      if (raised !== null)
        throw new Error(`${required(context.outputs, 'AlarmName')} was raised at ${raised.toISOString()}`);
      return `none was raised since ${since.toISOString()}`;
    },
  };
}

export const nat: Step = {
  name: 'restart of the NAT',
  async run(context) {
    const { restartNat, pauseMs, settleMs } = context.options;
    const id = context.outputs.get('NatInstanceId');
    if (id === undefined) return { skipped: 'there is no NAT instance' };
    if (!restartNat) return { skipped: 'only with --restart-nat' };
    await context.clients.ec2.send(new RebootInstancesCommand({ InstanceIds: [id] }));
    await delay(settleMs);
    const seen = await waitFor(async () => await dryRun(context).catch(() => null), { forMs: NAT_MS, pauseMs });
    if (seen === null) throw new Error(`${id} does not forward: no dry run has passed since the restart`);
    return `${id} forwards again: ${seen}`;
  },
};

export const rotation: Step = {
  name: 'another password',
  async run(context) {
    const { clients, options, outputs, deployment } = context;
    const SecretId = outputs.get('DatabaseOwnerSecretArn');
    if (SecretId === undefined) return { skipped: 'the passwords of your own database are yours' };
    if (!options.rotate) return { skipped: 'only with --rotate' };
    const version = async () => (await clients.secrets.send(new GetSecretValueCommand({ SecretId }))).VersionId;
    const before = await version();
    await clients.rds.send(
      new ModifyDBInstanceCommand({
        DBInstanceIdentifier: `${deployment.settings.name}-database`,
        RotateMasterUserPassword: true,
        ApplyImmediately: true,
      }),
    );
    const { pauseMs } = options;
    const isReplaced = async () => (await version()) !== before || null;
    if ((await waitFor(isReplaced, { forMs: ROTATION_MS, pauseMs })) === null)
      throw new Error('RDS has not replaced the password within three minutes');
    await runMigrations(context);
    return 'the migrations signed in with it';
  },
};

async function runMigrations({ clients, outputs }: StepContext): Promise<void> {
  const FunctionName = required(outputs, 'MigrateFunctionName');
  const { FunctionError, Payload } = await clients.lambda.send(new InvokeCommand({ FunctionName, Payload: '{}' }));
  if (FunctionError !== undefined) throw new Error(new TextDecoder().decode(Payload).slice(0, 300));
}

/** What only a person can check. */
export const people: Step = {
  name: 'for a person to look at',
  async run({ deployment: { settings } }) {
    const { alarmEmail, slackWebhookSecret, monthlyBudget } = settings;
    const places = [
      ...(alarmEmail === undefined
        ? []
        : [`two emails about the alarm to ${alarmEmail}, which has confirmed the subscription of SNS`]),
      ...(slackWebhookSecret === undefined ? [] : ['two messages in Slack']),
      ...(monthlyBudget === undefined ? [] : ['the cost allocation tag "application", active in Billing']),
    ];
    return places.length === 0 ? { skipped: 'no email address, no Slack and no budget is set' } : places.join('; ');
  },
};
