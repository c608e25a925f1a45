/** Whether the account can hold the stacks. */
import { GetAccountSettingsCommand } from '@aws-sdk/client-lambda';
import { GetParameterCommand, ParameterNotFound } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { type Check, failed, passed, reasonOf } from './check.ts';

const BOOTSTRAP_PARAMETER = '/cdk-bootstrap/hnb659fds/version';
const LEAST_BOOTSTRAP = 6;
const ACCESS =
  "Set credentials of the account, such as AWS_PROFILE, and the region: in the deployment's file, or AWS_REGION.";
/** Our functions reserve 33, and Lambda keeps 100 unreserved. */
const LEAST_CONCURRENCY = 150;

/** Asked first: without it nothing else can be asked. */
export const identity: Check = {
  name: 'account',
  async run({ deployment: { settings }, aws }) {
    const identified = await aws.sts.send(new GetCallerIdentityCommand({})).catch((error: unknown) => reasonOf(error));
    if (typeof identified === 'string') return failed(`AWS cannot be asked (${identified}).`, ACCESS);
    const { Account = '', Arn } = identified;
    return settings.account === undefined || settings.account === Account
      ? passed(`${Account}, as ${Arn}`)
      : failed(`The credentials are of ${Account}, the settings of ${settings.account}.`, 'Use the other credentials.');
  },
};

const bootstrap: Check = {
  name: 'bootstrap',
  async run({ deployment: { name }, aws }) {
    const remedy = `npx cdk bootstrap -c deployment=${name}`;
    try {
      const { Parameter } = await aws.ssm.send(new GetParameterCommand({ Name: BOOTSTRAP_PARAMETER }));
      const version = Number(Parameter?.Value);
      if (version >= LEAST_BOOTSTRAP) return passed(`version ${version}`);
      return failed(`Version ${version} is too old.`, remedy);
    } catch (error) {
      if (!(error instanceof ParameterNotFound)) throw error;
      return failed('This account and region are not bootstrapped.', remedy);
    }
  },
};

const concurrency: Check = {
  name: 'concurrent executions',
  async run({ deployment: { settings }, aws }) {
    const { AccountLimit } = await aws.lambda.send(new GetAccountSettingsCommand({}));
    const limit = AccountLimit?.ConcurrentExecutions ?? 0;
    if (settings.reservedConcurrency && limit < LEAST_CONCURRENCY)
      return failed(
        `The limit is ${limit}; to reserve some it must be ${LEAST_CONCURRENCY}.`,
        'Set reservedConcurrency to false.',
      );
    if (!settings.reservedConcurrency && limit >= LEAST_CONCURRENCY)
      return passed(`${limit}: reservedConcurrency may be set to true, so that webhooks cannot use up all connections`);
    return passed(`${limit}`);
  },
};

const plan: Check = {
  name: 'plan',
  async run({ deployment: { settings }, aws }) {
    const { database } = settings;
    const remedies =
      database.kind === 'rds'
        ? [
            ...(database.backupDays > 1 ? ['database.backupDays to 1'] : []),
            ...(database.natInstanceType === 't4g.nano' ? ['database.natInstanceType to t4g.micro'] : []),
          ]
        : [];
    if (remedies.length === 0) return passed("nothing that AWS's free plan refuses");
    if ((await aws.accountPlan()) !== 'FREE') return passed('a paid plan');
    return failed("The account is on AWS's free plan, which refuses that.", `Set ${remedies.join(', and ')}.`);
  },
};

export const ACCOUNT_CHECKS: readonly Check[] = [bootstrap, concurrency, plan];
